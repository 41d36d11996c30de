"""The store: whether it is there, new enough, of this server, durable, and undamaged."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

from sse_chat.check.findings import Finding, fatal, note, ok, wrong
from sse_chat.errors import ChatError, SettingsError, StoreUnavailable
from sse_chat.settings import Settings
from sse_chat.store.check import check_store
from sse_chat.store.damage import find_damaged, list_rooms
from sse_chat.store.embedded import EmbeddedStore, has_store, running_url
from sse_chat.store.inspection import StoreFacts, inspect_store
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links

_SLOW_S = 0.05
_MAX_SKEW_S = 5
_MAX_SHOWN = 20


async def check_stored(
    settings: Settings, folder: Path, *, is_quick: bool
) -> AsyncIterator[Finding]:
    """`is_quick`: an embedded store is not started, entries are not read, and a store that is away
    is no fault: the server waits for it."""
    if settings.redis:
        secret = settings.secret or _kept(folder / "secret")
        settings = replace(settings, secret=secret)
        async for each in _check_at(settings, is_shared=bool(secret), is_quick=is_quick):
            yield each
        return
    url = running_url(folder / "store")
    if url is None and not has_store(folder / "store"):
        yield ok("store", "an embedded one will be created at the first start")
    elif url is not None:
        async for each in _check_at(
            replace(settings, redis=url), is_shared=False, is_quick=is_quick
        ):
            yield each
    elif is_quick:
        yield ok("store", f"embedded, in {folder / 'store'}")
    else:
        async for each in _check_stopped(settings, folder):
            yield each


async def _check_stopped(settings: Settings, folder: Path) -> AsyncIterator[Finding]:
    store = EmbeddedStore(folder / "store")
    try:
        store.start()
    except SettingsError as exc:
        yield fatal("store", str(exc), "see the page on restoring a backup")
        return
    try:
        async for each in _check_at(
            replace(settings, redis=store.url), is_shared=False, is_quick=False
        ):
            yield each
    finally:
        store.stop()


def _kept(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


async def _check_at(
    settings: Settings, *, is_shared: bool, is_quick: bool
) -> AsyncIterator[Finding]:
    what = "store"
    try:
        await check_store(settings, is_shared=is_shared, keeps=False)
        facts = await inspect_store(settings.redis)
    except SettingsError as exc:
        yield fatal(what, str(exc), "mend --redis, or what the line says")
        return
    except StoreUnavailable as exc:
        level = note if is_quick else wrong
        yield level(what, exc.detail, "start it; a server that is started waits for it")
        return
    for finding in _classify(facts):
        yield finding
    if not is_quick:
        yield await _check_entries(settings)


def _classify(facts: StoreFacts) -> Iterator[Finding]:
    what = "store"
    yield ok(what, f"{facts.version}, answers in {facts.answer_s * 1000:.1f} ms")
    if facts.answer_s > _SLOW_S:
        yield note(what, "it answers slowly", "put it near the server: each post waits for it")
    if not facts.is_append_only:
        yield note(
            what,
            "it does not write an append-only file: a post that was answered may be lost with it",
            "appendonly yes, and appendfsync always to lose nothing",
        )
    if facts.evicts:
        yield wrong(
            what,
            f"maxmemory-policy is {facts.policy}: full, it throws rooms away",
            "maxmemory-policy noeviction",
        )
    skew_s = facts.time_s - time.time()
    if abs(skew_s) > _MAX_SKEW_S:
        yield note(
            "clock",
            f"that of the store is {skew_s:+.0f} s from this one",
            "set both (timedatectl set-ntp true): ids are made from the store's",
        )


async def _check_entries(settings: Settings) -> Finding:
    keys, link = Keys(settings.key_prefix), Links(settings.redis).make()
    damaged = []
    try:
        rooms = await list_rooms(link, keys)
        async for entry in find_damaged(link, keys, rooms):
            damaged.append(f"{entry.room} {entry.id}")
    except ChatError as exc:
        return wrong("entries", f"they could not be read: {exc.detail}", "check again")
    finally:
        await link.close()
    if not damaged:
        return ok("entries", f"none is damaged in {len(rooms):,} rooms")
    shown = ", ".join(damaged[:_MAX_SHOWN])
    return wrong(
        "entries",
        f"{len(damaged):,} are not as they were written: {shown}",
        "a backup from before has them; look at the disk and the memory of this machine",
    )
