"""The ASGI application: wiring, and what runs while it serves."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from sse_chat.errors import ChatError
from sse_chat.metrics.families import measure
from sse_chat.metrics.peers import Peers
from sse_chat.server.asgi import ANSWERING, Answering
from sse_chat.server.graceful_shutdown import delay_sigterm
from sse_chat.server.loop_watch import LoopWatch
from sse_chat.server.own_names import own_names
from sse_chat.server.slow_heads import IdleConnections, SlowHeads
from sse_chat.settings import Settings
from sse_chat.web.fast_path import FastPath
from sse_chat.web.http.cors import Cors
from sse_chat.web.http.edge import Edge, EdgeMiddleware
from sse_chat.web.http.forwarded import parse_networks
from sse_chat.web.http.hosts import Hosts
from sse_chat.web.http.proxied import RootPath, TrustedProxies, find_root
from sse_chat.web.http.request_ids import RequestIds
from sse_chat.web.http.secure_headers import SecureHeaders
from sse_chat.web.http.templating import compile_all
from sse_chat.web.routes import ROUTES, on_chat_error, on_failure, on_http_error
from sse_chat.web.site.doctor import ProbeSlots
from sse_chat.wiring import make_services

_log = logging.getLogger("sse_chat")


def create_app(
    settings: Settings,
    *,
    peers_folder: Path | None = None,
    on_fault: Callable[[], None] | None = None,
    sources: Mapping[str, str] | None = None,
) -> Starlette:
    """The application for one worker; `settings.redis` must name a store.

    Without `settings.secret` sessions hold only as long as this process. `peers_folder`: where
    the workers of one server find each other for `/metrics`. `on_fault`: called before the worker
    asks itself to stop, because a task has ended that must not. `sources`: by which flag or
    variable each setting was given.
    """
    compile_all()
    root = find_root(settings.root_path, settings.public_url)
    proxies = TrustedProxies(
        parse_networks(settings.trusted_proxies), trusts_unix=bool(settings.uds)
    )
    hosts = Hosts(settings.public_url, settings.hosts.split(","), own_names())
    cors = Cors(settings.cors_origins, hosts)
    # Under a path the site is not ours alone: others may be plain HTTP.
    secure_headers = SecureHeaders(
        is_public_tls=settings.public_url.startswith("https://"),
        has_hsts=settings.hsts and not root,
    )
    edge = Edge(RequestIds(), proxies, RootPath(root), hosts, cors, secure_headers)
    app = Starlette(
        routes=ROUTES,
        lifespan=_lifespan,
        middleware=[Middleware(EdgeMiddleware, edge=edge, logs_access=settings.access_log)],
        exception_handlers={
            ChatError: on_chat_error,
            HTTPException: on_http_error,
            Exception: on_failure,
        },
    )
    has_feeds = settings.sink == "transport"
    app.state.fast_path = FastPath(
        app, edge, root=root, has_feeds=has_feeds, logs_access=settings.access_log
    )
    app.state.settings = settings
    app.state.sources = sources or {}
    app.state.peers_folder = peers_folder
    app.state.on_fault = on_fault
    app.state.proxies = proxies
    app.state.probes = ProbeSlots()
    app.router.redirect_slashes = False
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    services = make_services(app.state.settings)
    app.state.services = services
    app.state.peers = Peers(app.state.peers_folder, partial(measure, services))
    loop_watch = LoopWatch(services.counts)
    slow_heads, idle = SlowHeads(app.state.settings.head_timeout), IdleConnections()
    work = {
        "store": services.store.serve(),
        "tail": services.tail.run(),
        "schedule": services.hub.schedule.run(),
        "activity": services.hub.activity.run(),
        "sweep": services.hub.sweep(),
        "hooks": services.deliveries.run(),
        "updates": services.updates.run(),
        "abandoned rooms": services.abandoned.run(),
        "slow heads": slow_heads.run(),
        "idle connections": idle.run(),
        "rights": services.people_cache.watch(services.authorizer.check),
    }
    tasks = [_watch(name, each, app.state.on_fault) for name, each in work.items()]
    if app.state.settings.drain_delay:
        delay_sigterm(app.state.settings.drain_delay, services.hub.announce_drain)
    loop_watch.start()
    try:
        async with app.state.peers.serve():
            await app.state.peers.wait(app.state.settings.workers)
            yield {ANSWERING: Answering(app, app.state.fast_path, slow_heads, idle, services)}
    finally:
        loop_watch.stop()
        services.drain()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _watch(
    name: str, work: Coroutine[Any, Any, None], on_fault: Callable[[], None] | None
) -> asyncio.Task[None]:
    """A task that must not end by itself; if it does, the worker must not go on without it."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(partial(_end_if_failed, on_fault))
    return task


def _end_if_failed(on_fault: Callable[[], None] | None, task: asyncio.Task[None]) -> None:
    if task.cancelled():
        return
    if on_fault is not None:
        on_fault()
    _log.critical(
        "the task %r ended; this worker stops", task.get_name(), exc_info=task.exception()
    )
    # Half a worker would answer health checks and deliver nothing.
    signal.raise_signal(signal.SIGTERM)
