"""AuditLog: who did what, charged before, kept by the store, and said in the server's log."""

import logging
from dataclasses import dataclass

from sse_chat.author_ids import NOBODY, AuthorId
from sse_chat.people.limit_settings import NO_LIMITS, Limits
from sse_chat.people.limits import ADDRESS_ACTS, PERSON_ACTS, charges_of
from sse_chat.people.roles import Person, Role
from sse_chat.store.people import PeopleStore
from sse_chat.visible import make_terminal_safe, quote

_log = logging.getLogger("sse_chat.people")


@dataclass(frozen=True, slots=True)
class Act:
    """`by` and `by_id` "": nobody who has signed in. `is_admin`: of those who run the server; they
    have a log that nobody else can fill."""

    by: str
    by_id: AuthorId
    did: str
    to: str
    is_admin: bool

    def fields(self) -> dict[str, str]:
        """As the store keeps it."""
        return {"by": self.by, "by_id": self.by_id, "did": self.did, "to": self.to}


class AuditLog:
    """`limits`: what people do to their own rooms and accounts is charged. `actor`: in whose
    name acts are noted that nobody does who has signed in, as "command line (root)"."""

    def __init__(self, people: PeopleStore, *, limits: Limits = NO_LIMITS, actor: str = "") -> None:
        self._people = people
        self._limits = limits
        self._actor = actor

    async def charge(self, did: str, *, to: str, by: Person | None) -> Act:
        """What is about to be done. Charged first: nobody may push what others did out of the log.

        `by` None: the command line, or whoever has no name yet. Raises TooMany.
        """
        if by is None:
            return Act(self._actor, NOBODY, did, to, is_admin=bool(self._actor))
        is_admin = by.role >= Role.MODERATOR
        if self._limits.is_on and not is_admin:
            charges = charges_of(by, PERSON_ACTS, ADDRESS_ACTS)
            await self._people.charge(self._limits.of_charges(charges))
        return Act(by.author.name, by.author.author_id, did, to, is_admin)

    async def note(self, did: str, *, to: str = "", by: Person | None = None) -> None:
        """For what is kept elsewhere than the log, or nowhere."""
        await self.record(await self.charge(did, to=to, by=by))

    async def record(self, act: Act) -> None:
        """As `note`, once it is done; it was charged before."""
        await self._people.note(act.fields(), is_admin=act.is_admin)
        self.say(act)

    def say(self, act: Act) -> None:
        """In the server's own log, once it is done."""
        by = quote(act.by or "somebody not signed in")
        who = f"{by} ({act.by_id})" if act.by_id else by
        _log.info("%s: %s: %s", who, make_terminal_safe(act.did), quote(act.to))
