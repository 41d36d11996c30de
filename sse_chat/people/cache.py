"""PeopleCache: what this worker knows of people and rooms, so that a request asks the store seldom.

A version in the store counts every change; each worker looks at it twice a second, and forgets
all that it knew when it is another one. While the store is away, what is known holds on. What
must be as of now is read from the PeopleStore itself; changes are made by the PeopleWriter.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable

from sse_chat.errors import Unavailable
from sse_chat.people.bans import Bans, read_bans
from sse_chat.people.records import Account, decode
from sse_chat.people.rules import PUBLIC, RoomRules, direct_rules, read_rules
from sse_chat.room_names import is_direct, members_of
from sse_chat.store.directory import Directory
from sse_chat.store.people import PeopleStore

_log = logging.getLogger("sse_chat.people")
_LOOK_S = 0.5
_MAX_KNOWN = 50_000


class PeopleCache:
    """What reads the store raises StoreUnavailable; what is `known` does not read it."""

    def __init__(self, people: PeopleStore, directory: Directory) -> None:
        self._people = people
        self._directory = directory
        self._version = ""
        self._generation = 0
        # What this worker changes itself is acted upon at once.
        self._has_changed = asyncio.Event()
        self._rules: dict[str, RoomRules] = {"": PUBLIC}
        self._records: dict[tuple[str, ...], str | None] = {}
        self._existing: set[str] = set()
        self.known_bans: Bans | None = None

    async def watch(self, on_change: Callable[[], Awaitable[None]]) -> None:
        """Runs until cancelled; calls back after every change, and to look at what has ended."""
        while True:
            try:
                version = await self._people.version()
                if version != self._version:
                    self._version = version
                    self.forget()
                await on_change()
            except Unavailable as exc:
                _log.debug("people are as they were: %s", exc.detail)
            except Exception:
                # What is not looked at now is looked at with the next round.
                _log.exception("the look at people's rights failed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._has_changed.wait()
            self._has_changed.clear()

    @property
    def generation(self) -> int:
        """Grows with every change that this worker has seen."""
        return self._generation

    def forget(self) -> None:
        """What was read before now may have changed; a read under way is not kept either."""
        self._generation += 1
        self._rules = {"": PUBLIC}
        self._records = {}
        self._existing = set()
        self.known_bans = None

    def forget_at_once(self) -> None:
        """For what this worker has changed itself: acted upon without waiting for the next look."""
        self.forget()
        self._has_changed.set()

    async def forget_everywhere(self) -> None:
        """In every worker, for a change that no PeopleWriter made."""
        await self._people.count_change()
        self.forget_at_once()

    def known_rules(self, room: str) -> RoomRules | None:
        return self._rules.get(room)

    def retention_of(self, room: str) -> tuple[int, int]:
        """Entries and seconds that the room keeps of its own; 0 where it has none, or where that is
        not known."""
        rules = self._rules.get(room)
        return (rules.retention, rules.retention_age_s) if rules else (0, 0)

    def has_block(self, room: str) -> bool:
        """Whether it is known of the two of a conversation that one has blocked the other."""
        rules = self._rules.get(room)
        return rules is not None and bool(rules.blockers)

    async def rules(self, room: str) -> RoomRules:
        generation = self._generation
        if is_direct(room):
            rules = await self._direct_rules(room)
        else:
            rules = read_rules(await self._people.read("rules", room))
        if generation == self._generation:
            if len(self._rules) >= _MAX_KNOWN:
                self._rules = {"": PUBLIC}
            self._rules[room] = rules
        return rules

    async def _direct_rules(self, room: str) -> RoomRules:
        one, other = members_of(room)
        blockers = [
            who
            for who, whom in ((one, other), (other, one))
            if await self.read_field("blocks", who, field=whom) is not None
        ]
        records = [await self.read_field("accounts", field=who) for who in (one, other)]
        has_ended = any(record is None or decode(Account, record).has_ended for record in records)
        return direct_rules(room, blockers=blockers, has_ended=has_ended)

    async def learn_rules(self, rooms: Iterable[str]) -> None:
        """Of all that are not known yet at once, as each alone waits for the store."""
        unknown = [room for room in rooms if room not in self._rules]
        await asyncio.gather(*map(self.rules, unknown))

    async def bans(self) -> Bans:
        generation = self._generation
        bans = read_bans(await self._people.read("bans"))
        if generation == self._generation:
            self.known_bans = bans
        return bans

    async def room_exists(self, room: str) -> bool:
        """Whether anything was written there, and it is not gone by itself since."""
        if room in self._existing:
            return True
        exists = await self._directory.has_room(room)
        if exists:
            if len(self._existing) >= _MAX_KNOWN:
                self._existing.clear()
            self._existing.add(room)
        return exists

    def knows_room(self, room: str) -> bool:
        return room in self._existing

    async def read_field(self, *name: str, field: str) -> str | None:
        """As kept, None when there is none; remembered either way until the next change."""
        where = (*name, field)
        if where in self._records:
            kept = self._records[where]
        else:
            generation = self._generation
            kept = await self._people.read_field(*name, field=field)
            if generation == self._generation:
                if len(self._records) >= _MAX_KNOWN:
                    self._records = {}
                self._records[where] = kept
        return kept
