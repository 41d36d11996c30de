"""Erasure: an account, and whatever it wrote, goes for good."""

import json
from dataclasses import replace
from typing import Any

from sse_chat.author_ids import AuthorId
from sse_chat.errors import Forbidden, NotFound
from sse_chat.events import Draft
from sse_chat.people.accounts import Accounts
from sse_chat.people.audit_log import Act
from sse_chat.people.cache import PeopleCache
from sse_chat.people.records import Account
from sse_chat.people.roles import Person, Role
from sse_chat.people.writer import PeopleWriter
from sse_chat.room_names import direct_room, is_direct
from sse_chat.store.directory import Directory
from sse_chat.store.erasing import ERASED, ErasingStore
from sse_chat.store.people import PeopleStore
from sse_chat.store.rooms import RoomStore
from sse_chat.store.scripts import load_script

_ERASE_ACCOUNT = load_script("erase_account")
_PAGE = 500
# The comma keeps it from standing in a path: conversations with it go by its id.
_NAME = "account, erased"
# What is its alone, by its id.
_OWN = ("sessions", "factors", "blocks", "direct")
NOT_ERASED = (
    "backups made before, which still have all of it",
    "the audit log and the notes of mutes and closed rooms, which have the name in what was done",
    "what others wrote, also where it names or quotes them",
)


def is_erased(account: Account) -> bool:
    """Whether all that is left of it is a record, for the other side of its conversations."""
    return account.has_ended and account.name == _NAME and not account.since_s


class Erasure:
    def __init__(
        self,
        people: PeopleStore,
        cache: PeopleCache,
        writer: PeopleWriter,
        accounts: Accounts,
        directory: Directory,
        store: RoomStore,
        erasing: ErasingStore,
    ) -> None:
        self._people = people
        self._cache = cache
        self._writer = writer
        self._accounts = accounts
        self._directory = directory
        self._store = store
        self._erasing = erasing

    async def erase(self, account: Account, by: Person | None = None) -> dict[str, Any]:
        """What was erased, in numbers, and what was not. Begun again after it failed, it goes on.

        `by` None is the command line. Raises Forbidden for the last owner, TooMany with nothing
        done, and what the stores raise.
        """
        await self._check_owner(account)
        act = await self._writer.charge("erase account", to=account.account_id, by=by)
        # First: nothing is added from here on.
        if not account.has_ended:
            await self._accounts.end(account, by)
        counts = {"messages": 0, "other_entries": 0, "rooms": 0}
        for room in await self._rooms_of(account):
            messages, others = await self._erase_in(room, account.account_id)
            counts["messages"] += messages
            counts["other_entries"] += others
            counts["rooms"] += bool(messages or others)
            if not is_direct(room):
                await self._leave(room, account.account_id)
        await self._erasing.erase_lists(account.account_id)
        await self._erasing.erase_ephemeral(account.account_id, account.name)
        await self._people.forget_address(account.account_id)
        await self._erase_account(account, act)
        return {"erased": counts, "not_erased": list(NOT_ERASED)}

    async def _check_owner(self, account: Account) -> None:
        if account.role is not Role.OWNER or account.has_ended:
            return
        owners = [
            each
            for each in await self._accounts.list_all()
            if each.role is Role.OWNER and not each.has_ended
        ]
        if len(owners) == 1:
            raise Forbidden(
                "this is the only owner of the server: give somebody else that role first"
            )

    async def _rooms_of(self, account: Account) -> list[str]:
        """All rooms, as anybody may have written anywhere, and their conversations."""
        own = account.account_id
        others = await self._people.list_direct(own)
        return [*await self._directory.list_names(), *(direct_room(own, each) for each in others)]

    async def _erase_in(self, room: str, author_id: AuthorId) -> tuple[int, int]:
        """How many messages, and how many entries of other kinds."""
        messages = others = 0
        before = None
        while True:
            page = await self._store.read_before(room, before, _PAGE)
            for entry in page.entries:
                if entry.author.author_id != author_id:
                    continue
                if entry.kind == "message":
                    draft = Draft(room, ERASED, "", kind="delete", target=entry.id)
                    messages += await self._delete(draft)
                else:
                    others += await self._erasing.erase_entry(room, entry.id)
            if not page.has_more or not page.entries:
                break
            before = page.entries[0].id
        await self._erasing.erase_person(room, author_id)
        return messages, others

    async def _delete(self, draft: Draft) -> int:
        try:
            await self._store.delete(draft, is_own=False)
        except NotFound:
            return 0
        return 1

    async def _leave(self, room: str, author_id: AuthorId) -> None:
        """What the rules of a room say of them."""
        rules = await self._cache.rules(room)
        is_named = author_id in rules.roles or author_id in rules.muted_until_s
        if is_named or author_id in rules.bans.until_s:
            words = ("role", "mute", "ban", "from", "name")
            await self._writer.write(
                "rules", room, without=[f"{word}:{author_id}" for word in words]
            )

    async def _erase_account(self, account: Account, act: Act) -> None:
        own = account.account_id
        stays = replace(
            account, name=_NAME, role=Role.MEMBER, password="", has_ended=True, since_s=0
        )
        shared = ("accounts", "names", "tokens", "invitations", "bans", "seen")
        names: list[tuple[str, ...]] = [(word,) for word in shared] + [(word, own) for word in _OWN]
        await self._writer.change(
            _ERASE_ACCOUNT,
            names,
            own,
            await self._writer.encode(stays),
            json.dumps(own),
            act=act,
        )
