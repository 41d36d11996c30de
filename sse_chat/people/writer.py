"""PeopleWriter: changes what is kept of people and rooms: noted, and seen by all workers."""

import time
from collections.abc import Sequence

from sse_chat.people.audit_log import Act, AuditLog
from sse_chat.people.cache import PeopleCache
from sse_chat.people.records import encode
from sse_chat.people.roles import Person
from sse_chat.store.people import DONE, PeopleStore
from sse_chat.store.scripts import Script

# So long after the first of its version came, a node leaves those of the one before something that
# they can read.
_OLDER_NODES_S = 24 * 3600


class PeopleWriter:
    """`audit`: where changes are noted with who made them; by default, of nobody in particular, and
    free of charge. All calls raise StoreUnavailable."""

    def __init__(
        self, people: PeopleStore, cache: PeopleCache, audit: AuditLog | None = None
    ) -> None:
        self._people = people
        self._cache = cache
        self._audit = audit or AuditLog(people)
        self._lists_until_s: float | None = None

    async def encode(self, record: object) -> str:
        """As it is to be kept, see `records`: at first so that nodes of the version before, which
        may use the same store while one after the other is upgraded, can read it."""
        if self._lists_until_s is None:
            left_s = await self._people.lists_left_s(_OLDER_NODES_S)
            self._lists_until_s = time.monotonic() + left_s
        return encode(record, as_list=time.monotonic() < self._lists_until_s)

    async def charge(self, did: str, *, to: str, by: Person | None) -> Act:
        """For a `change` at the end of others, all of which it pays for. Raises TooMany."""
        return await self._audit.charge(did, to=to, by=by)

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
        act = await self._audit.charge(did, to=to, by=by) if did else None
        await self._people.write(
            *name,
            fields=fields,
            without=without or (),
            audit=act.fields() if act else None,
            is_admin=act is not None and act.is_admin,
        )
        if act is not None:
            self._audit.say(act)
        self._cache.forget_at_once()

    async def change(
        self,
        script: Script,
        names: Sequence[Sequence[str]],
        *args: str | int,
        by: Person | None = None,
        did: str = "",
        to: str = "",
        act: Act | None = None,
    ) -> str:
        """As of PeopleStore; `by`, `did` and `to` go into the audit log if it is done, or in their
        place an `act` that was charged before."""
        if did:
            act = await self._audit.charge(did, to=to, by=by)
        outcome = ""
        try:
            outcome = await self._people.change(
                script,
                names,
                *args,
                audit=act.fields() if act else None,
                is_admin=act is not None and act.is_admin,
            )
        finally:
            # A change whose answer was lost may be done all the same.
            if outcome in (DONE, ""):
                self._cache.forget_at_once()
        if act is not None and outcome == DONE:
            self._audit.say(act)
        return outcome
