"""ByteLimits: what reading, and the bodies of hooks, cost by their bytes. No I/O.

Each worker counts, as it is the worker that they hold up. What an answer costs is known once it is
there: it is charged then, and who is over the limit by then must wait before the next one.
"""

import time
from collections.abc import Callable

from sse_chat.people.limit_settings import Limits
from sse_chat.people.limits import ADDRESS_READS, PERSON_READS, READ_BYTES, Limit
from sse_chat.people.networks import network_of
from sse_chat.people.roles import Person

_MAX_KNOWN = 50_000


class ByteLimits:
    """`of`: the limit of one person, and that of an address."""

    def __init__(
        self,
        *,
        limits: Limits,
        of: tuple[Limit, Limit] = (PERSON_READS, ADDRESS_READS),
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._of = of
        self._limits = limits
        self._now_s = now_s
        # When each is used up no more (GCRA), in seconds of the clock.
        self._due_s: dict[tuple[str, str], float] = {}

    def check(self, person: Person) -> None:
        """Before anything is read; raises TooMany."""
        if not self._limits.is_on:
            return
        now_s = self._now_s()
        for limit, who in self._payers(person):
            wait_s = self._due_s.get((limit.name, who), 0.0) - now_s - limit.burst / limit.per_s
            if wait_s > 0:
                raise limit.refusal(wait_s)

    def spend(self, person: Person, count_bytes: int) -> None:
        """For so many bytes."""
        if not self._limits.is_on:
            return
        now_s = self._now_s()
        if len(self._due_s) >= _MAX_KNOWN:
            kept = {who: due_s for who, due_s in self._due_s.items() if due_s > now_s}
            # Else the next answer would look through them all again.
            self._due_s = kept if len(kept) < _MAX_KNOWN / 2 else {}
        units = 1 + count_bytes // READ_BYTES
        for limit, who in self._payers(person):
            key = (limit.name, who)
            self._due_s[key] = max(self._due_s.get(key, 0.0), now_s) + units / limit.per_s

    def _payers(self, person: Person) -> list[tuple[Limit, str]]:
        """Those without any name are as many as are behind the address."""
        for_person, for_address = map(self._limits.of, self._of)
        by_address = (for_address, network_of(person.address))
        if not person.is_named:
            return [by_address]
        return [(for_person, person.author.author_id), by_address]
