"""RoomCreation: what happens when someone writes where nobody has written before."""

from collections.abc import Mapping

from sse_chat.errors import Forbidden, Unauthorized
from sse_chat.people.cache import PeopleCache
from sse_chat.people.direct import DirectMessages
from sse_chat.people.identity import Identities
from sse_chat.people.limits import charges_of_room
from sse_chat.people.permissions import Permissions
from sse_chat.people.roles import Action, Person, Role
from sse_chat.people.room_administration import check_rules
from sse_chat.people.writer import PeopleWriter
from sse_chat.room_names import is_direct
from sse_chat.store.people import DONE
from sse_chat.store.scripts import load_script

_OPEN_ROOM = load_script("open_room")


class RoomCreation:
    def __init__(
        self,
        cache: PeopleCache,
        writer: PeopleWriter,
        permissions: Permissions,
        identities: Identities,
        direct: DirectMessages,
        *,
        default_room: str,
    ) -> None:
        self._cache = cache
        self._writer = writer
        self._permissions = permissions
        self._identities = identities
        self._direct = direct
        self._default_room = default_room

    async def open_if_new(self, person: Person, room: str) -> None:
        """An account owns the room that it opens. Raises like `require`, and TooMany."""
        if room == self._default_room or self._cache.knows_room(room):
            return
        if is_direct(room):
            await self._direct.begin_if_new(person, room)
            return
        if await self._is_there(room):
            return
        await self._open(person, room)
        if person.is_account and person.grant is None:
            await self._keep(person, room)

    async def make_new(self, person: Person, room: str, wanted: Mapping[str, str]) -> None:
        """A room of this person's own, which has these rules from its first moment.

        Raises like `open_if_new`, Malformed, Forbidden when it is there.
        """
        rules = check_rules(wanted)
        if not person.is_account or person.grant is not None:
            raise Unauthorized(
                "only an account can own a room: sign in, or make one by POST /account"
            )
        # Before what is there: who may open none is told of none.
        await self._permissions.require(person, Action.OPEN_ROOM)
        if room == self._default_room or await self._is_there(room):
            raise Forbidden(f"the name {room} is taken")
        await self._open(person, room)
        if not await self._keep(person, room, rules):
            raise Forbidden(f"the name {room} is taken")

    async def _is_there(self, room: str) -> bool:
        if await self._cache.room_exists(room):
            return True
        return (await self._permissions.rules_of(room)).is_kept

    async def _open(self, person: Person, room: str) -> None:
        await self._permissions.require(person, Action.OPEN_ROOM, room)
        await self._identities.charge_all(charges_of_room(person))

    async def _keep(
        self, person: Person, room: str, rules: Mapping[str, str] | None = None
    ) -> bool:
        """Makes the room this person's own; false when someone else was quicker."""
        fields = {f"role:{person.author.author_id}": str(int(Role.OWNER)), **(rules or {})}
        flat = (part for item in fields.items() for part in item)
        names = [("rules", room)]
        outcome = await self._writer.change(
            _OPEN_ROOM, names, *flat, by=person, did="open room", to=room
        )
        return outcome == DONE
