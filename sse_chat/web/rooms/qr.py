"""A room's address as a QR code."""

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.room_names import room_path
from sse_chat.web.http.qr import make_qr_image
from sse_chat.web.http.read_charges import charged, reader_of
from sse_chat.web.http.requests import room_of, services_of
from sse_chat.web.http.shared_url import shared_url

_MAX_AGE_S = 3600


@charged
async def get_qr(request: Request) -> Response:
    """The room's address, for whoever may read the room."""
    services, room = services_of(request), room_of(request)
    await reader_of(request, room)
    url = shared_url(request, services.settings)
    headers = {"Cache-Control": f"private, max-age={_MAX_AGE_S}"}
    return Response(
        make_qr_image(f"{url}{room_path(room)}"), media_type="image/svg+xml", headers=headers
    )
