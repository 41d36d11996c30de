"""Posting: from drafts to the store, within the limits of whoever posts."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from sse_chat.errors import ChatError
from sse_chat.events import Draft
from sse_chat.ids import EntryId
from sse_chat.people.limit_settings import Limits
from sse_chat.people.limits import Payers, charges_of_post, payers_of_post, payers_of_token
from sse_chat.people.networks import network_of
from sse_chat.people.permissions import Permissions
from sse_chat.people.quotas import Quotas, Spent
from sse_chat.people.roles import Person
from sse_chat.people.rules import PUBLIC, RoomRules
from sse_chat.store.appending import KEY_S
from sse_chat.store.batches import Appended as BatchAppended
from sse_chat.store.batches import BatchStore
from sse_chat.store.charges import Charges
from sse_chat.store.people import PeopleStore
from sse_chat.store.rooms import Appended, RoomStore
from sse_chat.store.updates import Updated, UpdateStore


class Posting:
    """All raise TooMany, with the limit in its detail, and what the stores raise. What was posted
    before, under the same key, costs nothing.

    Whoever posts pays first, by `paid`: for one whose limit is used up nothing is looked up, and no
    room is opened.
    """

    def __init__(
        self,
        store: RoomStore,
        batches: BatchStore,
        updates: UpdateStore,
        people: PeopleStore,
        permissions: Permissions,
        quotas: Quotas,
        *,
        limits: Limits,
    ) -> None:
        self._store = store
        self._batches = batches
        self._updates = updates
        self._people = people
        self._permissions = permissions
        self._quotas = quotas
        self._limits = limits

    def paid(self, person: Person, count: int = 1) -> AbstractAsyncContextManager[Spent]:
        """What is posted inside, by one call of those below; all is given back if that fails."""
        return self._quotas.spend(payers_of(person), count)

    async def append(
        self, draft: Draft, person: Person, spent: Spent, *, has_rules: bool = True
    ) -> Appended:
        """`has_rules`: the room's slow mode counts."""
        rules = await self._permissions.rules_of(draft.room) if has_rules else PUBLIC
        appended = await self._store.append(draft, self._charges(draft, person, rules))
        if appended.is_replay:
            spent.count = 0
        if draft.key is not None and not appended.is_replay:
            await self._note_origins(person, draft.room, [appended.entry.id])
        return appended

    async def _note_origins(self, person: Person, room: str, ids: Sequence[EntryId]) -> None:
        """Readers see the key of a message: it proves something to those who share a name only
        together with where it came from, for as long as the key is kept."""
        if person.is_proven or not ids:
            return
        entries = [(room, str(each)) for each in ids]
        await self._people.note_origins(entries, network_of(person.address), KEY_S)

    async def append_all(
        self, drafts: Sequence[Draft], person: Person, spent: Spent
    ) -> list[BatchAppended | ChatError]:
        """Of one room, which is not slow."""
        rules = await self._permissions.rules_of(drafts[0].room)
        charges = self._charges(drafts[0], person, rules)
        results = await self._batches.append(drafts, charges)
        spent.count = sum(
            isinstance(result, BatchAppended) and not result.is_replay for result in results
        )
        new = [
            each.entry_id
            for draft, each in zip(drafts, results, strict=True)
            if draft.key is not None and isinstance(each, BatchAppended) and not each.is_replay
        ]
        await self._note_origins(person, drafts[0].room, new)
        return results

    async def update(self, draft: Draft, update_key: str, person: Person, spent: Spent) -> Updated:
        rules = await self._permissions.rules_of(draft.room)
        if not person.is_proven:
            # Anyone may take the name, and a key such as build-7 is soon guessed.
            update_key = f"{update_key}\0{network_of(person.address)}"
        charges = self._charges(draft, person, rules)
        updated = await self._updates.update(draft, update_key, charges)
        if updated.is_replay:
            spent.count = 0
        return updated

    def headers_for(self, person: Person) -> dict[str, str]:
        """What tells programs that they come near a limit."""
        return self._quotas.headers_for(payers_of(person))

    def _charges(self, draft: Draft, person: Person, rules: RoomRules) -> Charges:
        charges = charges_of_post(draft.room, person, rules, has_limits=self._limits.is_on)
        return self._limits.of_charges(charges)


def payers_of(person: Person) -> Payers:
    payers = payers_of_post(person.author.author_id, person.role, person.address, person.is_proven)
    return payers_of_token(person.grant) + payers if person.grant else payers
