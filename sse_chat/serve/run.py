"""`sse-chat serve`: the store, then the workers, then the lines that say how to use it."""

import asyncio
import contextlib
import logging
import logging.config
import os
import secrets
import signal
import socket
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from uvicorn import Config, Server

from sse_chat.admin.invite import invite_first_owner
from sse_chat.errors import ChatError, SettingsError
from sse_chat.serve.await_store import await_store
from sse_chat.serve.exit_status import ExitStatus
from sse_chat.serve.listening import BACKLOG, PerWorker, open_listener
from sse_chat.serve.ready import Ready
from sse_chat.serve.reload import ReloadedCertificate, Supervisor, check_certificate, on_sighup
from sse_chat.serve.worker import make_worker_app
from sse_chat.server.asgi import ServedConnection
from sse_chat.server.logs import log_config
from sse_chat.settings import Settings
from sse_chat.settings_view import view_settings, without_password
from sse_chat.store.embedded import EmbeddedStore
from sse_chat.store.links import Links

_log = logging.getLogger("sse_chat")
_DRAIN_S = 2
# Until a worker that does not answer its supervisor is taken for hung. It does not while it starts:
# with uvicorn's 5 s, workers on a busy machine are killed before they serve, again and again.
_HUNG_S = 30


def serve(settings: Settings, sources: Mapping[str, str] | None = None) -> None:
    """Runs until SIGTERM or Ctrl-C; raises SettingsError for what keeps it from starting.

    `sources`: which flag or variable each setting was given by.
    """
    status = ExitStatus()
    signal.signal(signal.SIGTERM, status.exit)
    on_sighup()
    logging.config.dictConfig(log_config(settings))
    folder = settings.data_folder(os.environ)
    with contextlib.ExitStack() as stack:
        stack.callback(status.log_end)
        check_certificate(settings)
        is_shared = bool(settings.redis)
        if settings.wait_replicas and not is_shared:
            raise SettingsError(
                "--wait-replicas needs --redis: the embedded Valkey has no replicas"
            )
        listener, settings = open_listener(settings, os.environ, stack)
        if not settings.secret:
            settings = replace(settings, secret=_kept_secret(folder / "secret"))
        if not is_shared:
            store = EmbeddedStore(folder / "store")
            stack.callback(store.stop)
            store.start()
            settings = replace(settings, redis=store.url)
        asyncio.run(await_store(settings, listener, is_shared=is_shared))
        ready = Ready(settings, listener, folder / "owner-link", _invite_first_owner(settings))
        status.start()
        ready.announce(_describe_start(settings, sources or {}, is_shared=is_shared))
        peers = stack.enter_context(TemporaryDirectory(prefix="sse-chat-"))
        _run_workers(settings, listener, Path(peers), status, sources or {})


def _describe_start(settings: Settings, sources: Mapping[str, str], *, is_shared: bool) -> str:
    """What the first line of the log says beside the address."""
    given = [
        f"{each.flag}={each.value}" + ("" if each.source == each.flag else f" ({each.source})")
        for each in view_settings(settings, sources)
        if not each.is_default and each.flag not in ("--redis", "--data")
    ]
    store = without_password(settings.redis) if is_shared else "embedded Valkey"
    data = settings.data_folder(os.environ)
    return f"store {store}; data {data}; settings: {' '.join(given) or 'all by default'}"


def _invite_first_owner(settings: Settings) -> str | None:
    try:
        return asyncio.run(invite_first_owner(Links(settings.redis), settings))
    except ChatError as exc:
        # A full store cannot keep the invitation, and can be read all the same.
        _log.warning("no link for an owner: %s", exc.detail)
        return None


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


def _run_workers(
    settings: Settings,
    listener: socket.socket,
    peers_folder: Path,
    status: ExitStatus,
    sources: Mapping[str, str],
) -> None:
    config = Config(
        partial(make_worker_app, settings, peers_folder, status.fail, sources),
        factory=True,
        http=ServedConnection,
        ws="none",
        lifespan="on",
        workers=settings.workers,
        log_config=log_config(settings),
        access_log=settings.access_log,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        ssl_certfile=settings.ssl_certfile or None,
        ssl_keyfile=settings.ssl_keyfile or None,
        ssl_context_factory=ReloadedCertificate(settings) if settings.ssl_certfile else None,
        timeout_graceful_shutdown=_DRAIN_S,
        timeout_worker_healthcheck=_HUNG_S,
    )
    with contextlib.suppress(KeyboardInterrupt):
        if settings.workers > 1:
            if isinstance(listener, PerWorker):
                listener.give_way()
            Supervisor(config, [listener], status.note).run()
        else:
            Server(config).run(sockets=[listener])
