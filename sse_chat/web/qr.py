"""Addresses as QR codes: SVG made here, so that no other site is asked and no script is needed."""

from io import BytesIO

import segno
from starlette.requests import Request
from starlette.responses import Response

from sse_chat.room_names import room_path
from sse_chat.web.proxied import base_url
from sse_chat.web.reading import charged, reader_of
from sse_chat.web.requests import room_of, services_of

# On white, as a camera wants it, in the dark theme too.
_LIGHT = "#fff"
_MAX_AGE_S = 3600


def make_qr(text: str) -> str:
    """To stand in a page."""
    code = segno.make(text, error="m")
    return str(code.svg_inline(scale=4, border=4, light=_LIGHT, title="QR code"))


@charged
async def get_qr(request: Request) -> Response:
    """The room's address, for whoever may read the room."""
    services, room = services_of(request), room_of(request)
    await reader_of(request, room)
    url = base_url(request, services.settings.public_url)
    svg = BytesIO()
    code = segno.make(f"{url}{room_path(room)}", error="m")
    code.save(svg, kind="svg", scale=4, border=4, light=_LIGHT, omitsize=True)
    headers = {"Cache-Control": f"private, max-age={_MAX_AGE_S}"}
    return Response(svg.getvalue(), media_type="image/svg+xml", headers=headers)
