"""LastSeen: when each account, and each token, was used last; as of ten minutes ago at most."""

import asyncio
import logging
import time

from sse_chat.errors import ChatError
from sse_chat.people.roles import Person
from sse_chat.presence import Throttle
from sse_chat.store.people import PeopleStore

_log = logging.getLogger("sse_chat.people")
_AGAIN_S = 600


class LastSeen:
    """Written beside the request, which it never delays or fails."""

    def __init__(self, people: PeopleStore) -> None:
        self._people = people
        self._noted = Throttle(_AGAIN_S)
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, person: Person) -> None:
        if not person.is_account:
            return
        who = person.grant.token_id if person.grant else person.author.author_id
        if not self._noted.may_pass(who):
            return
        names: list[str] = [person.author.author_id]
        if person.grant:
            names.append(person.grant.token_id)
        task = asyncio.create_task(self._note(names))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note(self, names: list[str]) -> None:
        try:
            await self._people.note_seen(names, int(time.time()))
        except ChatError as exc:
            _log.debug("not noted as seen: %s", exc.detail)

    async def read(self) -> dict[str, int]:
        """account_id or the id of a token -> the second."""
        seen_s: dict[str, int] = {}
        async for piece in self._people.read_pieces("seen"):
            seen_s |= {name: int(at_s) for name, at_s in piece.items()}
        return seen_s
