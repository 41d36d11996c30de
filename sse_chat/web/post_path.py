"""PostPath: posts to a room go past Starlette's router and its layers of error handling.

They are most of what a busy server is asked; the way through costs a tenth of a post. The
route stays for all other methods, and for whoever mounts the routes without this.
"""

import re

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from sse_chat.errors import ChatError
from sse_chat.web.messages import post_message
from sse_chat.web.pipe import put_lines
from sse_chat.web.requests import is_ndjson
from sse_chat.web.responses import error_response

_ROOM_PATH = re.compile(r"/chat/([^/]+)")


class PostPath:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            found = _ROOM_PATH.fullmatch(scope["path"])
            if found:
                scope["path_params"] = {"room": found[1]}
                await _post(Request(scope, receive), send)
                return
        await self._app(scope, receive, send)


async def _post(request: Request, send: Send) -> None:
    try:
        response = await (put_lines(request) if is_ndjson(request) else post_message(request))
    except ChatError as exc:
        response = error_response(request, exc)
    await response(request.scope, request.receive, send)
