"""What a worker is made of, put together once: stores, people, feeds, and what joins them."""

import os
import secrets
import socket

from sse_chat.counts import Counts
from sse_chat.feed.hub import Hub
from sse_chat.feed.tail import Tail, Tails
from sse_chat.highlighting.highlighter import Highlighter
from sse_chat.hooks.large_bodies import HookRendering
from sse_chat.people.abandoned import Abandoned
from sse_chat.people.accounts import Accounts
from sse_chat.people.activity_filter import ActivityFilter
from sse_chat.people.administration import Administration
from sse_chat.people.audit_log import AuditLog
from sse_chat.people.authorizer import Authorizer
from sse_chat.people.byte_limits import ByteLimits
from sse_chat.people.cache import PeopleCache
from sse_chat.people.direct import DirectMessages
from sse_chat.people.erasure import Erasure
from sse_chat.people.factors import Factors
from sse_chat.people.guests import Guests
from sse_chat.people.hook_deliveries import HookDeliveries
from sse_chat.people.hooks import Hooks
from sse_chat.people.hooks_out import HooksOut
from sse_chat.people.identity import Identities
from sse_chat.people.invitations import Invitations
from sse_chat.people.last_seen import LastSeen
from sse_chat.people.limit_log import LimitLog
from sse_chat.people.limit_settings import read_limits
from sse_chat.people.limits import ADDRESS_HOOK_BODIES, HOOK_BODIES
from sse_chat.people.mentionable import Mentionable
from sse_chat.people.moderation import Moderation
from sse_chat.people.passkeys import Passkeys
from sse_chat.people.permissions import Permissions
from sse_chat.people.posting import Posting
from sse_chat.people.quotas import Quotas
from sse_chat.people.room_administration import RoomAdministration
from sse_chat.people.room_creation import RoomCreation
from sse_chat.people.room_deletion import RoomDeletion
from sse_chat.people.sessions import Sessions
from sse_chat.people.tokens import Tokens
from sse_chat.people.writer import PeopleWriter
from sse_chat.presence import Presence, Throttle
from sse_chat.request_bodies import Bodies
from sse_chat.services import Services
from sse_chat.settings import Settings
from sse_chat.store.abandoned import AbandonedRooms
from sse_chat.store.appending import Appending
from sse_chat.store.batches import BatchStore
from sse_chat.store.directory import Directory
from sse_chat.store.erasing import ErasingStore
from sse_chat.store.hooks_out import HooksOutStore
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.live import LiveReader
from sse_chat.store.people import PeopleStore
from sse_chat.store.questions import QuestionStore
from sse_chat.store.read_marks import ReadMarks
from sse_chat.store.retention import RetentionStore
from sse_chat.store.rooms import RoomStore
from sse_chat.store.updates import UpdateStore
from sse_chat.web.http.forwarded import parse_networks


def make_services(settings: Settings) -> Services:
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
    directory = Directory(read_pipeline, keys)
    sessions = Sessions(
        settings.secret or secrets.token_hex(32),
        idle_s=settings.session_idle,
        total_s=settings.session_total,
    )
    people = PeopleStore(write_pipeline, keys)
    limits = read_limits(settings.limits)
    cache, audit = PeopleCache(people, directory), AuditLog(people, limits=limits)
    writer = PeopleWriter(people, cache, audit)
    accounts = Accounts(people, cache, writer)
    tokens = Tokens(people, cache, writer, accounts)
    permissions = Permissions(cache, settings)
    guests = Guests(people, audit)
    factors = Factors(people, cache, writer, required=settings.require_second_factor)
    identities = Identities(
        sessions, accounts, guests, tokens, people, cache, factors, limits=limits
    )
    invitations, last_seen = Invitations(people, writer), LastSeen(people)
    direct = DirectMessages(people, cache, writer, accounts, identities, directory)
    hub = Hub(
        store,
        server=settings.node or f"{socket.gethostname()}-{os.getpid()}",
        rotate_s=settings.rotate,
        max_feeds=settings.max_feeds,
        retention=settings.retention,
        retention_age_s=settings.retention_age,
        retention_of=cache.retention_of,
        hear=ActivityFilter(permissions, direct).hear,
        counts=counts,
    )
    authorizer = Authorizer(hub, cache, permissions, identities, limits=limits)
    positions = HooksOutStore(write_pipeline, keys)
    hooks_out = HooksOut(people, writer, positions)
    batches = BatchStore(write_pipeline, appending, counts)
    updates = UpdateStore(write_pipeline, keys, appending)
    quotas = Quotas(people, limits=limits)
    rooms = AbandonedRooms(write_pipeline, keys)
    abandoned = Abandoned(
        rooms,
        people,
        cache,
        keep_s=settings.guest_rooms_age,
        default_room=settings.default_room,
    )
    return Services(
        abandoned=abandoned,
        erasure=Erasure(
            people,
            cache,
            writer,
            accounts,
            directory,
            store,
            ErasingStore(write_pipeline, keys, appending),
        ),
        room_deletion=RoomDeletion(
            cache, writer, permissions, hooks_out, rooms, default_room=settings.default_room
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
        read_marks=ReadMarks(read_pipeline, keys, directory),
        people=people,
        people_cache=cache,
        audit=audit,
        accounts=accounts,
        tokens=tokens,
        factors=factors,
        passkeys=Passkeys(factors, accounts, sessions),
        invitations=invitations,
        administration=Administration(accounts, tokens, invitations, factors, last_seen),
        hooks=Hooks(people, cache, writer, accounts),
        hook_rendering=HookRendering(settings.max_text),
        highlighter=Highlighter(),
        hooks_out=hooks_out,
        deliveries=HookDeliveries(
            hooks_out, positions, store, hub, parse_networks(settings.hook_networks)
        ),
        identities=identities,
        permissions=permissions,
        posting=Posting(store, batches, updates, people, permissions, quotas, limits=limits),
        guests=guests,
        authorizer=authorizer,
        room_creation=RoomCreation(
            cache, writer, permissions, identities, direct, default_room=settings.default_room
        ),
        direct=direct,
        presence=Presence(directory, is_silent=cache.has_block),
        typing=Throttle(every_s=3),
        reads=ByteLimits(limits=limits),
        hook_bodies=ByteLimits(limits=limits, of=(HOOK_BODIES, ADDRESS_HOOK_BODIES)),
        room_administration=RoomAdministration(
            writer, permissions, invitations, RetentionStore(write_pipeline, keys)
        ),
        moderation=Moderation(
            people, cache, writer, audit, permissions, accounts, directory, store
        ),
        mentionable=Mentionable(cache, accounts, directory, permissions),
        limit_log=LimitLog(counts),
        last_seen=last_seen,
        counts=counts,
    )
