"""Before the workers: wait for a store that is not up yet, and say so to whoever asks."""

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from uvicorn import Config, Server

from sse_chat.errors import ChatError, StoreUnavailable
from sse_chat.settings import Settings
from sse_chat.store.check import check_store

_log = logging.getLogger("sse_chat")
_FIRST_PAUSE_S = 0.25
_MAX_PAUSE_S = 5.0


async def await_store(settings: Settings, listener: socket.socket, *, is_shared: bool) -> None:
    """Returns once the store can be used; raises SettingsError for what waiting does not mend.

    Until then `listener` answers 503, and `/healthz` 200. A signal that stops a server ends it.
    """
    try:
        return await check_store(settings, is_shared=is_shared)
    except StoreUnavailable as exc:
        _log.warning("%s; waiting for the store", exc.detail)
        answers = _Answers(exc)
    server = Server(_config(settings, answers))
    # uvicorn closes what it was given.
    serving = asyncio.create_task(server.serve(sockets=[listener.dup()]))
    pause_s = _FIRST_PAUSE_S
    try:
        while not serving.done():
            await asyncio.wait([serving], timeout=pause_s)
            pause_s = min(pause_s * 2, _MAX_PAUSE_S)
            try:
                await check_store(settings, is_shared=is_shared)
            except StoreUnavailable as exc:
                answers.problem = exc
            else:
                _log.warning("the store is back")
                return
    finally:
        server.should_exit = True
        # What SIGTERM raised there has ended the loop already.
        with contextlib.suppress(SystemExit):
            await serving


def _config(settings: Settings, answers: "_Answers") -> Config:
    return Config(
        answers,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ssl_certfile=settings.ssl_certfile or None,
        ssl_keyfile=settings.ssl_keyfile or None,
        timeout_graceful_shutdown=1,
    )


Message = dict[str, Any]


class _Answers:
    """An ASGI application: alive, and not ready."""

    def __init__(self, problem: ChatError) -> None:
        self.problem = problem

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        problem = self.problem
        status, payload = problem.status, problem.as_json()
        headers = {"content-type": "application/json", "connection": "close", **problem.headers}
        if scope["path"].endswith("/healthz"):
            status, payload = 200, {"status": "alive"}
        head = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": json.dumps(payload).encode()})
