"""The ASGI application: wiring, and what runs while it serves."""

import asyncio
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from sse_chat.counts import Counts
from sse_chat.errors import ChatError
from sse_chat.feed.hub import Hub
from sse_chat.feed.tail import Tail, Tails
from sse_chat.hooks.large_bodies import HookRendering
from sse_chat.metrics.families import measure
from sse_chat.metrics.peers import Peers
from sse_chat.people.abandoned import Abandoned
from sse_chat.people.accounts import Accounts
from sse_chat.people.administration import Administration
from sse_chat.people.deleting import RoomDeletion
from sse_chat.people.deliveries import Deliveries
from sse_chat.people.direct import DirectMessages
from sse_chat.people.erasing import Erasure
from sse_chat.people.factors import Factors
from sse_chat.people.guard import Guard
from sse_chat.people.guests import Guests
from sse_chat.people.hooks import Hooks
from sse_chat.people.identity import Identities
from sse_chat.people.invitations import Invitations
from sse_chat.people.keeping import Keeping
from sse_chat.people.last_seen import LastSeen
from sse_chat.people.limit_log import LimitLog
from sse_chat.people.limit_settings import read_limits
from sse_chat.people.limits import ADDRESS_HOOK_BODIES, HOOK_BODIES
from sse_chat.people.mentionable import Mentionable
from sse_chat.people.moderation import Moderation
from sse_chat.people.opening import Opening
from sse_chat.people.outgoing import Outgoing
from sse_chat.people.passkeys import Passkeys
from sse_chat.people.permissions import Permissions
from sse_chat.people.posting import Posting
from sse_chat.people.quotas import Quotas
from sse_chat.people.reads import Reads
from sse_chat.people.register import Register
from sse_chat.people.sessions import Sessions
from sse_chat.people.tokens import Tokens
from sse_chat.presence import Presence, Throttle
from sse_chat.server.asgi import ANSWERING, Answering
from sse_chat.server.leaving import delay_sigterm
from sse_chat.server.loop_watch import LoopWatch
from sse_chat.server.own_names import own_names
from sse_chat.server.slow_heads import SlowHeads
from sse_chat.services import Bodies, Services
from sse_chat.settings import Settings
from sse_chat.store.abandoned import AbandonedRooms
from sse_chat.store.appending import Appending
from sse_chat.store.batches import BatchStore
from sse_chat.store.directory import Directory
from sse_chat.store.erasing import ErasingStore
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.live import LiveReader
from sse_chat.store.outgoing import OutgoingStore
from sse_chat.store.people import PeopleStore
from sse_chat.store.questions import QuestionStore
from sse_chat.store.retention import RetentionStore
from sse_chat.store.rooms import RoomStore
from sse_chat.store.updates import UpdateStore
from sse_chat.web.cors import Cors
from sse_chat.web.direct import Direct
from sse_chat.web.doctor import ProbeSlots
from sse_chat.web.forwarded import parse_networks
from sse_chat.web.front import Front, FrontMiddleware
from sse_chat.web.hosts import Hosts
from sse_chat.web.proxied import RootPath, TrustedProxies, find_root
from sse_chat.web.request_ids import RequestIds
from sse_chat.web.routes import ROUTES, on_chat_error, on_failure, on_http_error
from sse_chat.web.secure_headers import SecureHeaders
from sse_chat.web.templating import compile_all

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
    front = Front(RequestIds(), proxies, RootPath(root), hosts, cors, secure_headers)
    app = Starlette(
        routes=ROUTES,
        lifespan=_lifespan,
        middleware=[Middleware(FrontMiddleware, front=front, logs_access=settings.access_log)],
        exception_handlers={
            ChatError: on_chat_error,
            HTTPException: on_http_error,
            Exception: on_failure,
        },
    )
    has_feeds = settings.sink == "transport"
    app.state.direct = Direct(
        app, front, root=root, has_feeds=has_feeds, logs_access=settings.access_log
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
    services = _make_services(app.state.settings)
    app.state.services = services
    app.state.peers = Peers(app.state.peers_folder, partial(measure, services))
    loop_watch = LoopWatch(services.counts)
    slow_heads = SlowHeads(app.state.settings.head_timeout)
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
        "rights": services.register.watch(services.guard.check),
    }
    tasks = [_watch(name, each, app.state.on_fault) for name, each in work.items()]
    if app.state.settings.drain_delay:
        delay_sigterm(app.state.settings.drain_delay, services.hub.announce_drain)
    loop_watch.start()
    try:
        async with app.state.peers.serve():
            yield {ANSWERING: Answering(app, app.state.direct, slow_heads, services)}
    finally:
        loop_watch.stop()
        services.drain()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _make_services(settings: Settings) -> Services:
    keys = Keys(settings.key_prefix)
    links = Links(settings.redis, wait_replicas=settings.wait_replicas)
    reads = Links(settings.redis)
    counts = Counts()
    write_pipeline, read_pipeline = links.pipeline(), reads.pipeline()
    appending = Appending(
        keys, retention=settings.retention, retention_age_s=settings.retention_age
    )
    store = RoomStore(
        posts=write_pipeline,
        reads=read_pipeline,
        keys=keys,
        appending=appending,
        counts=counts,
    )
    hub = Hub(
        store,
        server=settings.node or f"{socket.gethostname()}-{os.getpid()}",
        rotate_s=settings.rotate,
        max_feeds=settings.max_feeds,
        retention=settings.retention,
        retention_age_s=settings.retention_age,
        counts=counts,
    )
    directory = Directory(read_pipeline, keys)
    sessions = Sessions(
        settings.secret or secrets.token_hex(32),
        idle_s=settings.session_idle,
        total_s=settings.session_total,
    )
    people = PeopleStore(write_pipeline, keys)
    limits = read_limits(settings.limits)
    register = Register(people, directory, limits=limits)
    accounts = Accounts(register)
    tokens = Tokens(register, accounts)
    permissions = Permissions(register, settings)
    guests = Guests(register)
    factors = Factors(register, required=settings.require_second_factor)
    identities = Identities(sessions, accounts, guests, tokens, register, factors, limits=limits)
    invitations, last_seen = Invitations(register), LastSeen(register.people)
    direct = DirectMessages(register, accounts, identities, directory)
    guard = Guard(hub, register, permissions, identities, direct, limits=limits)
    positions = OutgoingStore(write_pipeline, keys)
    outgoing = Outgoing(register, positions)
    hub.activity.hear = guard.hear
    hub.retention_of = register.retention_of
    batches = BatchStore(write_pipeline, appending, counts)
    updates = UpdateStore(write_pipeline, keys, appending)
    quotas = Quotas(people, limits=limits)
    rooms = AbandonedRooms(write_pipeline, keys)
    abandoned = Abandoned(
        rooms,
        register,
        keep_s=settings.guest_rooms_age,
        default_room=settings.default_room,
    )
    return Services(
        abandoned=abandoned,
        erasure=Erasure(
            register, accounts, directory, store, ErasingStore(write_pipeline, keys, appending)
        ),
        room_deletion=RoomDeletion(
            register, permissions, outgoing, rooms, default_room=settings.default_room
        ),
        bodies=Bodies(settings.max_bodies),
        settings=settings,
        store=store,
        questions=QuestionStore(write_pipeline, keys, appending),
        updates=updates,
        hub=hub,
        tail=Tails([Tail(LiveReader(reads.make(), keys, group), hub) for group in reads.groups]),
        sessions=sessions,
        directory=directory,
        register=register,
        accounts=accounts,
        tokens=tokens,
        factors=factors,
        passkeys=Passkeys(factors, accounts, sessions),
        invitations=invitations,
        administration=Administration(register, accounts, tokens, invitations, factors, last_seen),
        hooks=Hooks(register, accounts),
        hook_rendering=HookRendering(settings.max_text),
        outgoing=outgoing,
        deliveries=Deliveries(
            outgoing, positions, store, hub, parse_networks(settings.hook_networks)
        ),
        identities=identities,
        permissions=permissions,
        posting=Posting(store, batches, updates, people, permissions, quotas, limits=limits),
        guests=guests,
        guard=guard,
        opening=Opening(
            register, permissions, identities, direct, default_room=settings.default_room
        ),
        direct=direct,
        presence=Presence(directory, is_silent=register.has_block),
        typing=Throttle(every_s=3),
        reads=Reads(limits=limits),
        hook_bodies=Reads(limits=limits, of=(HOOK_BODIES, ADDRESS_HOOK_BODIES)),
        keeping=Keeping(register, permissions, invitations, RetentionStore(write_pipeline, keys)),
        moderation=Moderation(register, permissions, accounts, directory, store),
        mentionable=Mentionable(register, accounts, directory, permissions),
        limit_log=LimitLog(counts),
        last_seen=last_seen,
        counts=counts,
    )


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
