"""`sse-chat serve`: the store, then the workers, then the lines that say how to use it."""

import contextlib
import http.client
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess

from sse_chat.app import create_app
from sse_chat.errors import SettingsError
from sse_chat.server.protocol import ChatProtocol
from sse_chat.settings import Settings
from sse_chat.store.check import check_store
from sse_chat.store.embedded import EmbeddedStore

_KEEP_ALIVE_S = 75
_DRAIN_S = 2
_BACKLOG = 4096
_READY_S = 30


def serve(settings: Settings) -> None:
    """Runs until SIGTERM or Ctrl-C; raises SettingsError for what keeps it from starting."""
    signal.signal(signal.SIGTERM, _exit)
    folder = settings.data_folder(os.environ)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(contextlib.closing(_bind(settings)))
        if not settings.secret:
            settings = replace(settings, secret=_kept_secret(folder / "secret"))
        if not settings.redis:
            store = EmbeddedStore(folder / "store")
            stack.callback(store.stop)
            store.start()
            settings = replace(settings, redis=store.url)
        check_store(settings.redis, settings.key_prefix)
        _say_when_ready(settings, listener)
        _run_workers(settings, listener)


def _exit(signum: int, frame: FrameType | None) -> None:
    """uvicorn raises the signal again once it has stopped; then the store must be stopped."""
    raise SystemExit(0)


def _bind(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as exc:
        reason = exc.strerror or str(exc)
        raise SettingsError(f"cannot listen on {settings.host}:{settings.port}: {reason}") from exc


def _kept_secret(path: Path) -> str:
    """The secret of this data folder, made when it is not there yet."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
        kept = path.read_text().strip()
    except OSError as exc:
        reason = exc.strerror or str(exc)
        raise SettingsError(f"the data folder {path.parent} cannot be used: {reason}") from exc
    if len(kept) < 16:
        raise SettingsError(f"{path} is damaged; delete it, and all will have to sign in again")
    return kept


def _run_workers(settings: Settings, listener: socket.socket) -> None:
    config = Config(
        partial(create_app, settings),
        factory=True,
        http=ChatProtocol,
        ws="none",
        lifespan="on",
        workers=settings.workers,
        log_config=_log_config(settings),
        access_log=settings.access_log,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    with contextlib.suppress(KeyboardInterrupt):
        if settings.workers > 1:
            Multiprocess(config, sockets=[listener]).run()
        else:
            Server(config).run(sockets=[listener])


def _log_config(settings: Settings) -> dict[str, Any]:
    level = settings.log_level.upper()
    handler = {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}
    access = "INFO" if settings.access_log else "CRITICAL"
    quiet = "WARNING" if level == "INFO" else level
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
        "handlers": {"stderr": handler},
        "root": {"handlers": ["stderr"], "level": quiet},
        "loggers": {
            "sse_chat": {"level": level},
            "uvicorn": {"level": quiet},
            "uvicorn.access": {"level": access},
        },
    }


def _say_when_ready(settings: Settings, listener: socket.socket) -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    threading.Thread(target=_say, args=(settings, listener.getsockname()), daemon=True).start()


def _say(settings: Settings, address: tuple[Any, ...]) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    port = int(address[1])
    deadline_s = time.monotonic() + _READY_S
    while not _is_ready(host, port):
        if time.monotonic() > deadline_s:
            print("sse-chat has not become ready; see the lines above", file=sys.stderr)
            return
        time.sleep(0.05)
    shown = f"[{host}]" if ":" in host else host
    url = f"{settings.public_url.rstrip('/') or f'http://{shown}:{port}'}/chat/"
    url += settings.default_room
    print(
        f"sse-chat is ready\n\n"
        f"  page   {url}\n"
        f"  read   curl -N {url}\n"
        f"  write  curl -d 'hello' {url}\n\n"
        f"Ctrl-C stops it.",
        flush=True,
    )


def _is_ready(host: str, port: int) -> bool:
    with contextlib.closing(http.client.HTTPConnection(host, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
