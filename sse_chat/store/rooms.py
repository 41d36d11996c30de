"""RoomStore: append to rooms, and read pages, single entries and lists of them."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from sse_chat.counts import Counts
from sse_chat.errors import ChatError, Forbidden, KeyReused, NotFound, StoreUnavailable, no_entry
from sse_chat.events import Draft, Entry, Gap, StreamEnds, find_gap
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.appending import LIVE_ENTRIES, Appending, digest_of, entry_of, until_answered
from sse_chat.store.charges import Charges, refusal
from sse_chat.store.damage import Damage
from sse_chat.store.keys import Keys
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.quotes import Quotes
from sse_chat.store.records import NO_STREAM, PROBE, to_ends, to_fields, with_changes
from sse_chat.store.rendered import to_entries, with_all_html
from sse_chat.store.scripts import Script, load_script
from sse_chat.store.slow import SlowStore
from sse_chat.store.versions import read_versions

_APPEND = load_script("append")
_DELETE = load_script("delete")
_EDIT = load_script("edit")
_PAGE = load_script("read_page")
_REACT = load_script("react")
_TOPIC = load_script("set_topic")

# What the script of a post says first.
_APPENDED, _OVER_LIMIT = 1, 2
_MAX_EMOJI, _MAX_PEOPLE = 20, 500
# A reply is decoded in one turn of the loop: a thousand long messages would hold everybody up. What
# the delivery core reads is shorter: it decides from one reply.
PART = 250
_LAST_ID = EntryId(2**64 - 1, 2**64 - 1)


@dataclass(frozen=True, slots=True)
class Appended:
    entry: Entry
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of one room, oldest first, and both ends of the room at that moment.

    `has_cursor`: the entry at the cursor that was asked for is kept.
    """

    entries: list[Entry]
    ends: StreamEnds
    has_more: bool
    gap: Gap | None = None
    has_cursor: bool = False


class RoomStore:
    """Rooms as the store has them, for any number of tasks of one event loop; `serve` runs once.

    All calls raise StoreUnavailable when the store does not answer in some seconds or refuses, Busy
    when too many wait, and StoreFull where they write. A post whose answer was lost is tried again
    under its key; of an edit, deletion, reaction or topic that raised, nobody knows if it was done.
    """

    def __init__(
        self,
        *,
        posts: Pipeline | SlotPipelines,
        reads: Pipeline | SlotPipelines,
        keys: Keys,
        appending: Appending,
        counts: Counts | None = None,
    ) -> None:
        self._counts = counts or Counts()
        self._slow = SlowStore(self._counts)
        self._posts = posts
        self._reads = reads
        self._keys = keys
        self._quotes = Quotes(reads, keys)
        self._damage = Damage(self._counts)
        self._page_keys = (keys.room, keys.meta, keys.edits, keys.reactions, keys.answers)
        self._appending = appending

    async def serve(self) -> None:
        """Carries the calls of all others; runs until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._posts.serve())
            group.create_task(self._reads.serve())

    def queues(self) -> dict[str, int]:
        """How many commands wait to be sent."""
        return {"posts": len(self._posts), "reads": len(self._reads)}

    async def about(self) -> dict[str, str]:
        """ "version" and "memory" of the store, as far as it tells."""
        try:
            told = str(await self._reads.call("INFO"))
        except StoreUnavailable:
            return {}
        facts = dict(line.partition(":")[::2] for line in told.splitlines())
        name = "valkey" if "valkey_version" in facts else "redis"
        return {
            "version": f"{name} {facts.get(f'{name}_version', '')}",
            "memory": facts.get("used_memory_human", ""),
            "max_memory": facts.get("maxmemory_human", ""),
        }

    async def append(self, draft: Draft, charges: Charges = ()) -> Appended:
        """One script call; a lost reply is asked for again under the same key.

        Raises KeyReused, TooMany, StoreUnavailable, Busy.
        """
        digest = digest_of(draft)
        began_s = time.monotonic()
        is_new, outcome = await self._append_until_answered(draft, digest, charges)
        self._slow.posted(time.monotonic() - began_s)
        stored_id, _, known_digest = outcome.partition(" ")
        if not is_new and known_digest != digest:
            raise KeyReused
        [entry] = await self._quotes.add(draft.room, [entry_of(draft, stored_id)])
        return Appended(entry, is_replay=not is_new)

    async def _append_until_answered(
        self, draft: Draft, digest: str, charges: Charges
    ) -> tuple[bool, str]:
        appending = self._appending
        idempotency, once_s = appending.idempotency_of(draft)
        limit_keys, limits = appending.pack_charges(draft.room, charges)
        keys = [*appending.keys_of(draft.room), idempotency, *limit_keys]
        args: tuple[str | int, ...] = (
            once_s, digest, draft.room, *appending.trim, len(charges), *limits,
            *to_fields(draft),
        )  # fmt: skip
        done, outcome = await until_answered(lambda: self._run(_APPEND, keys, *args))
        if done == _OVER_LIMIT:
            raise refusal(charges, outcome)
        # Found by our own key: an earlier try got through and its reply was lost.
        return done == _APPENDED or draft.key is None, outcome

    async def edit(self, draft: Draft, *, is_own: bool) -> Entry:
        """Appends an `edit` of the message at `draft.target`.

        `is_own`: only its author may. Raises NotFound, Forbidden, StoreUnavailable, Busy.
        """
        return await self._change(_EDIT, draft, is_own=is_own)

    async def delete(self, draft: Draft, *, is_own: bool) -> Entry:
        """Takes the message at `draft.target` and its edits away, and appends a `delete`.

        `is_own`: only its author may. Raises NotFound, Forbidden, StoreUnavailable, Busy.
        """
        return await self._change(_DELETE, draft, is_own=is_own)

    async def react(self, draft: Draft) -> Entry | None:
        """Appends a `reaction` to the message at `draft.target`, or takes it back.

        None when that changes nothing. Raises NotFound, Forbidden, StoreUnavailable, Busy.
        """
        author = draft.author
        is_removed = int(draft.extra.removed)
        what = (draft.text, author.author_id, author.name, is_removed, _MAX_EMOJI, _MAX_PEOPLE)
        full = Forbidden("this message cannot have more reactions")
        return await self.change(_REACT, draft, *what, refusals={"full": full})

    async def set_topic(self, draft: Draft) -> Entry:
        """Appends a `topic`, the room's from now on. Raises StoreUnavailable, Busy."""
        args = (draft.room, *self._appending.trim, draft.text, *to_fields(draft))
        _, stored_id = await self._run(_TOPIC, self._appending.keys_of(draft.room), *args)
        return entry_of(draft, stored_id)

    async def _change(self, script: Script, draft: Draft, *, is_own: bool) -> Entry:
        entry = await self.change(script, draft, is_own=is_own)
        assert entry is not None
        return entry

    async def change(
        self,
        script: Script,
        draft: Draft,
        *what: str | int,
        is_own: bool = False,
        refusals: Mapping[str, ChatError] = MappingProxyType({}),
    ) -> Entry | None:
        """The message at `draft.target` is changed by a script of the draft's kind, with `what`.

        None when that changes nothing. `is_own`: only its author may; `refusals`: what the
        script's own refusals mean, by their word. Raises these, NotFound, Forbidden,
        StoreUnavailable, Busy.
        """
        keys = [
            *self._appending.keys_of(draft.room),
            self._keys.edits(draft.room),
            self._keys.reactions(draft.room),
            self._keys.answers(draft.room),
        ]
        args = (
            draft.room,
            *self._appending.trim,
            str(draft.target),
            draft.author.author_id if is_own else "",
            *what,
            *to_fields(draft),
        )
        done, outcome = await self._run(script, keys, *args)
        if done:
            return entry_of(draft, outcome) if done == _APPENDED else None
        if outcome in refusals:
            raise refusals[outcome]
        if outcome == "author":
            raise Forbidden(f"this message is not yours to {draft.kind}")
        if outcome == "kind":
            raise NotFound(f"entry {draft.target} is not a message; only messages can be changed")
        raise no_entry(draft.room, draft.target)

    async def _run(self, script: Script, keys: Sequence[str], *args: str | int) -> tuple[int, str]:
        first, second = await self._posts.run(script, keys, *args)
        return first, second

    async def read_after(self, room: str, cursor: EntryId, limit: int) -> Page:
        """Entries with id > cursor, oldest first, at most `limit`, and the gap before them.

        After a `reset` the page starts at the oldest entry of the store as it is now.
        """
        page = await self._page_after(room, cursor, min(limit, PART))
        if page.gap and page.gap.reason == "reset":
            restart = await self._page_after(room, ZERO, min(limit, PART))
            page = replace(restart, gap=page.gap)
        while page.has_more and (left := limit - len(page.entries)) > 0:
            rest = await self._page_after(room, page.entries[-1].id, min(left, PART))
            if rest.gap or not rest.has_cursor:
                # What comes next, or this past, went meanwhile: whoever goes on is told.
                break
            page = replace(page, entries=page.entries + rest.entries, has_more=rest.has_more)
        return page

    async def _page_after(self, room: str, cursor: EntryId, limit: int) -> Page:
        start = min(cursor, EntryId(_LAST_ID.ms, _LAST_ID.seq - 1))
        entries, ends, is_kept = await self._page(
            "XRANGE", room, f"({start}", "+", limit + 1, str(start)
        )
        gap = find_gap(cursor, ends)
        return Page(entries[:limit], ends, len(entries) > limit, gap, has_cursor=is_kept)

    async def read_before(self, room: str, before: EntryId | None, limit: int) -> Page:
        """The newest `limit` entries with id < before (None: of all), oldest first."""
        page = await self._page_before(room, before, min(limit, PART))
        while page.has_more and (left := limit - len(page.entries)) > 0:
            rest = await self._page_before(room, page.entries[0].id, min(left, PART))
            if not rest.has_cursor:
                # It was deleted, or the store is another one: what was read may not go together.
                return await self.read_before(room, before, limit)
            page = replace(page, entries=rest.entries + page.entries, has_more=rest.has_more)
        return page

    async def _page_before(self, room: str, before: EntryId | None, limit: int) -> Page:
        newest = "+" if before is None else "-" if before == ZERO else f"({before}"
        kept = () if before is None else (str(before),)
        entries, ends, is_kept = await self._page("XREVRANGE", room, newest, "-", limit + 1, *kept)
        return Page(entries[:limit][::-1], ends, len(entries) > limit, has_cursor=is_kept)

    async def read_entry(self, room: str, entry_id: EntryId) -> Entry | None:
        entries, _, _ = await self._page("XRANGE", room, str(entry_id), str(entry_id), 1)
        return entries[0] if entries else None

    async def read_versions(self, room: str, target: EntryId) -> list[Entry]:
        return await read_versions(self._reads, self._keys, room, target)

    async def read_meta(self, room: str, name: str) -> str | None:
        """What a script keeps of the room under this name; None where it keeps nothing."""
        found: str | None = await self._reads.call("HGET", self._keys.meta(room), name)
        return found

    async def _page(
        self, command: str, room: str, start: str, end: str, count: int, *kept: str
    ) -> tuple[list[Entry], StreamEnds, bool]:
        """Entries, both ends, and whether the entry `kept` is there."""
        keys = [each(room) for each in self._page_keys]
        args: list[str | int] = [command, start, end, count, self._appending.keep_ms, *kept]
        reply = await self._reads.run(_PAGE, keys, *args)
        entries = await self._quotes.add(room, await to_entries(room, reply[0]))
        if len(reply) == 1:
            return entries, NO_STREAM, False
        info, meta, edits, is_kept, reactions, answers = reply[1:]
        ends = to_ends(info, *meta)
        entries = await with_all_html(await with_changes(entries, edits, reactions, answers))
        self._damage.note(entries)
        return entries, ends, bool(is_kept)

    async def send_probe(self, partition: int, token: str) -> None:
        """What every tail of this partition will see; raises StoreFull too."""
        key = self._keys.changes(partition)
        await self._reads.call("XADD", key, "MAXLEN", "~", LIVE_ENTRIES, "*", PROBE, token)
