"""Register: what this worker knows of people and rooms, so that a request asks the store seldom.

A version in the store counts every change; each worker looks at it twice a second, and forgets
all that it knew when it is another one. While the store is away, what is known holds on.
"""

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from sse_chat.errors import Unavailable
from sse_chat.people.bans import Bans, read_bans
from sse_chat.people.limit_settings import NO_LIMITS, Limits
from sse_chat.people.limits import ADDRESS_ACTS, PERSON_ACTS, charges_of
from sse_chat.people.records import Account, decode, encode
from sse_chat.people.roles import Person, Role
from sse_chat.people.rules import PUBLIC, RoomRules, direct_rules, read_rules
from sse_chat.room_names import is_direct, members_of
from sse_chat.store.directory import Directory
from sse_chat.store.people import DONE, PeopleStore
from sse_chat.store.scripts import Script
from sse_chat.visible import make_terminal_safe, quote

_log = logging.getLogger("sse_chat.people")
_LOOK_S = 0.5
_MAX_KNOWN = 50_000
# So long after the first of its version came, a node leaves those of the one before something that
# they can read.
_OLDER_NODES_S = 24 * 3600


class Register:
    """`limits`: what people do to their own rooms and accounts is charged. `actor`: in whose
    name changes are noted that nobody makes who has signed in, as "command line (root)"."""

    def __init__(
        self,
        people: PeopleStore,
        directory: Directory,
        *,
        limits: Limits = NO_LIMITS,
        actor: str = "",
    ) -> None:
        self.people = people
        self._limits = limits
        self._actor = actor
        self._directory = directory
        self._version = ""
        self._generation = 0
        # What this worker changes itself is acted upon at once.
        self._has_changed = asyncio.Event()
        self._rules: dict[str, RoomRules] = {"": PUBLIC}
        self._records: dict[tuple[str, ...], str | None] = {}
        self._existing: set[str] = set()
        self._lists_until_s: float | None = None
        self.known_bans: Bans | None = None

    async def watch(self, on_change: Callable[[], Awaitable[None]]) -> None:
        """Runs until cancelled; calls back after every change, and to look at what has ended."""
        while True:
            try:
                version = await self.people.version()
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

    async def forget_everywhere(self) -> None:
        """For a change that is not one of people."""
        await self.people.count_change()
        self._forget_at_once()

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
            rules = read_rules(await self.people.read("rules", room))
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
        has_ended = any(each is None or decode(Account, each).has_ended for each in records)
        return direct_rules(room, blockers=blockers, has_ended=has_ended)

    async def learn_rules(self, rooms: Iterable[str]) -> None:
        """Of all that are not known yet at once, as each alone waits for the store."""
        unknown = [room for room in rooms if room not in self._rules]
        await asyncio.gather(*map(self.rules, unknown))

    async def bans(self) -> Bans:
        generation = self._generation
        bans = read_bans(await self.people.read("bans"))
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
            kept = await self.people.read_field(*name, field=field)
            if generation == self._generation:
                if len(self._records) >= _MAX_KNOWN:
                    self._records = {}
                self._records[where] = kept
        return kept

    async def encode(self, record: object) -> str:
        """As it is to be kept, see `records`: at first so that nodes of the version before, which
        may use the same store while one after the other is upgraded, can read it."""
        if self._lists_until_s is None:
            left_s = await self.people.lists_left_s(_OLDER_NODES_S)
            self._lists_until_s = time.monotonic() + left_s
        return encode(record, as_list=time.monotonic() < self._lists_until_s)

    async def write(
        self,
        *name: str,
        fields: dict[str, str] | None = None,
        without: list[str] | None = None,
        by: Person | None = None,
        did: str = "",
        to: str = "",
    ) -> None:
        """Changes a hash; `by`, `did` and `to` go into the audit log with it. Raises TooMany."""
        audit = await self._audit(by, did, to) if did else None
        await self.people.write(
            *name,
            fields=fields,
            without=without or (),
            audit=audit,
            is_office=self._is_of_office(by),
        )
        _log_act(audit)
        self._forget_at_once()

    async def change(
        self,
        script: Script,
        names: Sequence[Sequence[str]],
        *args: str | int,
        by: Person | None = None,
        did: str = "",
        to: str = "",
    ) -> str:
        """As of PeopleStore; `by`, `did` and `to` go into the audit log if it is done."""
        audit = await self._audit(by, did, to) if did else None
        outcome = ""
        try:
            outcome = await self.people.change(
                script, names, *args, audit=audit, is_office=self._is_of_office(by)
            )
        finally:
            # A change whose answer was lost may be done all the same.
            if outcome in (DONE, ""):
                self._forget_at_once()
        if outcome == DONE:
            _log_act(audit)
        return outcome

    def _forget_at_once(self) -> None:
        self.forget()
        self._has_changed.set()

    async def note(self, did: str, *, to: str = "", by: Person | None = None) -> None:
        """Into the audit log; `by` None: the command line, or whoever has no name yet."""
        audit = await self._audit(by, did, to)
        await self.people.note(audit, is_office=self._is_of_office(by))
        _log_act(audit)

    def _is_of_office(self, by: Person | None) -> bool:
        return bool(self._actor) if by is None else by.role >= Role.MODERATOR

    async def _audit(self, by: Person | None, did: str, to: str) -> dict[str, str]:
        """Charged first: nobody may push what others did out of the log. Raises TooMany."""
        if by is None:
            return {"by": self._actor, "by_id": "", "did": did, "to": to}
        if self._limits.is_on and by.role < Role.MODERATOR:
            charges = charges_of(by, PERSON_ACTS, ADDRESS_ACTS)
            await self.people.charge(self._limits.of_charges(charges))
        return {"by": by.author.name, "by_id": by.author.author_id, "did": did, "to": to}


def _log_act(audit: Mapping[str, str] | None) -> None:
    if audit is not None:
        by = quote(audit["by"] or "nobody known")
        who = f"{by} ({audit['by_id']})" if audit["by_id"] else by
        _log.info("%s: %s: %s", who, make_terminal_safe(audit["did"]), quote(audit["to"]))


def digest_of(secret: str) -> str:
    """What is kept of a secret that is random itself: no salt is needed."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
