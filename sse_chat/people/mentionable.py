"""Mentionable: whom a message in a room can name, and so tell, whether they are present or not."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sse_chat.author_ids import AuthorId
from sse_chat.errors import StoreUnavailable
from sse_chat.events import Author
from sse_chat.folding import fold_case
from sse_chat.ids import EntryId
from sse_chat.people.accounts import Accounts
from sse_chat.people.cache import PeopleCache
from sse_chat.people.mentions import MAX_MENTIONS, Names, find_named
from sse_chat.people.permissions import Permissions
from sse_chat.people.roles import Action, Person, Role
from sse_chat.store.directory import Directory
from sse_chat.turns import Turn

_log = logging.getLogger("sse_chat.mentions")
_MAX_OFFERED = 20
_MAX_HERE = 200


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Whom a text tells; `unknown`: what stands behind an @ and is nobody's name here."""

    people: tuple[Author, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def author_ids(self) -> tuple[AuthorId, ...]:
        return tuple(person.author_id for person in self.people)


def may_mention(text: str) -> bool:
    """Most texts have no @, full-width or not."""
    return "@" in text or "\uff20" in text


class Mentionable:
    """Accounts that may read the room, and who was there in the last 30 days."""

    def __init__(
        self,
        cache: PeopleCache,
        accounts: Accounts,
        directory: Directory,
        permissions: Permissions,
    ) -> None:
        self._cache = cache
        self._accounts = accounts
        self._directory = directory
        self._permissions = permissions
        self._generation = -1
        self._reading = asyncio.Lock()
        self._names = Names()
        self._roles: dict[AuthorId, Role] = {}
        self._authors: dict[AuthorId, Author] = {}

    async def find(self, room: str, text: str) -> Mentioned:
        """Whom this text tells; `@here` tells all who are present."""
        if not may_mention(text):
            return Mentioned()
        named = find_named(text, await self._names_in(room))
        here = (await self._directory.list_people(room))[0] if named.is_here else []
        people = await self._readers(room, list(named.people.values())[:MAX_MENTIONS])
        told = {each.author_id: each for each in [*people, *here[:_MAX_HERE]]}
        return Mentioned(tuple(told.values()), tuple(named.unknown))

    async def find_each(self, room: str, texts: Sequence[str]) -> list[tuple[AuthorId, ...]]:
        """For each text the author_ids that it tells; `@here` is for a message by itself."""
        if not any(map(may_mention, texts)):
            return [() for _ in texts]
        names = await self._names_in(room)
        named, turn = [], Turn()
        for text in texts:
            named.append(find_named(text, names).people if may_mention(text) else {})
            await turn.give_way()
        people = {who: author for each in named for who, author in each.items()}
        readers = {each.author_id for each in await self._readers(room, list(people.values()))}
        return [tuple(who for who in each if who in readers)[:MAX_MENTIONS] for each in named]

    async def _names_in(self, room: str) -> list[Names]:
        await self._read_accounts()
        known = await self._directory.list_known(room)
        return [self._names, await _names_of(self._but_accounts(known))]

    async def offer(self, room: str, part: str, asked_by: Person) -> list[Author]:
        """People who may read this room and whose name has this part, at most 20, by name.

        They have been seen there; somebody with an account is offered all other accounts, too.
        """
        wanted = fold_case(part)
        await self._read_accounts()
        found, turn = [], Turn()
        known = {author.author_id: author for author in await self._directory.list_known(room)}
        if asked_by.is_account:
            known |= self._authors
        for each in known.values():
            at = fold_case(each.name).find(wanted)
            if at >= 0:
                found.append((at > 0, each.name, each))
            await turn.give_way()
        found.sort(key=lambda row: row[:2])
        readers: list[Author] = []
        for *_, each in found:
            if await self._may_read(room, each):
                readers.append(each)
            # Not before: many accounts that may not read the room would crowd out those that may.
            if len(readers) == _MAX_OFFERED:
                break
            await turn.give_way()
        return readers

    async def note(self, room: str, entry_id: EntryId, author_ids: tuple[AuthorId, ...]) -> None:
        """For their lists of mentions; the message itself stands whether that works or not."""
        if not author_ids:
            return
        try:
            await self._directory.add_mention(author_ids, room, entry_id)
        except StoreUnavailable as exc:
            _log.warning("mentions in %s not noted: %s", room, exc.detail)

    def _but_accounts(self, known: Iterable[Author]) -> list[Author]:
        return [each for each in known if each.author_id not in self._roles]

    async def _read_accounts(self) -> None:
        """Anew after each change of accounts or rights, once for all who ask at that moment."""
        async with self._reading:
            generation = self._cache.generation
            if self._generation != generation:
                await self._read_all(generation)

    async def _read_all(self, generation: int) -> None:
        accounts = [account for account in await self._accounts.list_all() if not account.has_ended]
        self._names = await _names_of(each.author for each in accounts)
        self._authors = {each.account_id: each.author for each in accounts}
        self._roles = {each.account_id: each.role for each in accounts}
        self._generation = generation

    async def _readers(self, room: str, people: list[Author]) -> list[Author]:
        return [person for person in people if await self._may_read(room, person)]

    async def _may_read(self, room: str, author: Author) -> bool:
        role = self._roles.get(author.author_id, Role.GUEST)
        return await self._permissions.allows(Person(author, role, ""), Action.READ, room)


async def _names_of(people: Iterable[Author]) -> Names:
    names, turn = Names(), Turn()
    for person in people:
        names.add([person])
        await turn.give_way()
    return names
