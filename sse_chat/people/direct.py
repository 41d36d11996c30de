"""Direct messages: conversations of two accounts, which of them a person has, and blocking.

The room of a conversation follows from both ids, so that nobody has to make it first.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sse_chat.author_ids import NOBODY, AuthorId, parse_account_id
from sse_chat.conversations import Conversation
from sse_chat.errors import Forbidden, Malformed, NotFound, Unauthorized
from sse_chat.events import Author
from sse_chat.people.accounts import Accounts
from sse_chat.people.cache import PeopleCache
from sse_chat.people.identity import Identities
from sse_chat.people.limits import ADDRESS_ROOMS, PERSON_ROOMS, charges_of
from sse_chat.people.records import Account
from sse_chat.people.roles import Person
from sse_chat.people.writer import PeopleWriter
from sse_chat.room_names import LABEL, direct_room, is_direct, members_of
from sse_chat.store.directory import Directory
from sse_chat.store.people import PeopleStore
from sse_chat.store.summaries import RoomSummary

_MAX_BLOCKED = 1000
_ENDED = Author("ended account", NOBODY, guest=False)


@dataclass(frozen=True, slots=True)
class Summary:
    """One of a person's conversations, as they see it."""

    conversation: Conversation
    room: RoomSummary


class DirectMessages:
    def __init__(
        self,
        people: PeopleStore,
        cache: PeopleCache,
        writer: PeopleWriter,
        accounts: Accounts,
        identities: Identities,
        directory: Directory,
    ) -> None:
        self._people = people
        self._cache = cache
        self._writer = writer
        self._accounts = accounts
        self._identities = identities
        self._directory = directory

    async def find(self, person: Person, called: str) -> Conversation:
        """With the account of this name or id; raises Unauthorized, Forbidden, NotFound."""
        _require_account(person)
        account = await self._find_account(called)
        if account is None:
            raise _nobody(called)
        room = direct_room(person.author.author_id, account.account_id)
        if account.has_ended and not await self._cache.room_exists(room):
            raise _nobody(called)
        return Conversation(room, account.author)

    async def _find_account(self, called: str) -> Account | None:
        account_id = parse_account_id(called)
        if account_id and (found := await self._accounts.find_any(account_id)):
            return found
        return await self._accounts.find_exactly(called)

    async def find_label(self, person: Person, label: str) -> Conversation:
        """As `find`, by `dm:NAME`."""
        return await self.find(person, label.removeprefix(LABEL))

    async def describe(self, author_id: AuthorId, room: str) -> Conversation:
        """A conversation by its room, as its member of this id sees it."""
        one, other = members_of(room)
        account = await self._accounts.find_any(other if one == author_id else one)
        return Conversation(room, account.author if account else _ENDED)

    async def describe_all(
        self, author_id: AuthorId, rooms: Sequence[str]
    ) -> dict[str, Conversation]:
        """Of those rooms that are direct."""
        return {room: await self.describe(author_id, room) for room in rooms if is_direct(room)}

    async def begin_if_new(self, person: Person, room: str) -> None:
        """Both sides find it in their lists from now on; raises TooMany."""
        if await self._cache.room_exists(room):
            return
        await self._identities.charge_all(charges_of(person, PERSON_ROOMS, ADDRESS_ROOMS))
        await self._people.add_direct(*members_of(room))

    async def list_rooms(self, person: Person) -> list[str]:
        """Those that this person has, whether anything was written there or not."""
        if not person.is_account or (person.grant is not None and person.grant.rooms):
            return []
        own = person.author.author_id
        return [direct_room(own, each) for each in await self._people.list_direct(own)]

    async def list_all(self, person: Person) -> list[Summary]:
        """Those with a message, the newest first."""
        rooms = await self._directory.summarize_all(await self.list_rooms(person))
        rooms.sort(key=lambda each: each.last_id, reverse=True)
        own = person.author.author_id
        return [Summary(await self.describe(own, room.room), room) for room in rooms]

    async def set_blocked(self, person: Person, conversation: Conversation, blocks: bool) -> None:
        """Raises Malformed, Forbidden."""
        own, other = person.author.author_id, conversation.other.author_id
        if person.grant is not None:
            raise Forbidden("a token cannot do this; sign in with the password")
        if own == other:
            raise Malformed("you cannot block yourself")
        if not blocks:
            await self._writer.write("blocks", own, without=[other])
            return
        if len(await self._people.read("blocks", own)) >= _MAX_BLOCKED:
            raise Forbidden(f"you have blocked {_MAX_BLOCKED:,} people; unblock some first")
        await self._writer.write("blocks", own, fields={other: json.dumps(int(time.time()))})

    async def has_blocked(self, person: Person, other_id: AuthorId) -> bool:
        found = await self._cache.read_field("blocks", person.author.author_id, field=other_id)
        return found is not None

    async def list_blocked(self, account_id: AuthorId) -> list[Conversation]:
        """With whom this account has blocked, by name."""
        blocked = await self._people.read("blocks", account_id)
        found = [
            await self.describe(account_id, direct_room(account_id, each))
            for each in map(AuthorId, blocked)
        ]
        return sorted(found, key=lambda each: each.called.casefold())


def _require_account(person: Person) -> None:
    """The same whoever is asked for: a guest learns nothing of anyone here."""
    if person.is_account:
        return
    detail = "direct messages are between accounts: sign in to yours, or create one"
    raise Forbidden(detail) if person.is_named else Unauthorized(detail)


def _nobody(called: str) -> NotFound:
    return NotFound(f"no account is called {called[:40]!r}")
