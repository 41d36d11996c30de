"""Moderation: mute, kick, ban, purge; each by someone, and each in the audit log."""

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import Any

from sse_chat.author_ids import AuthorId, make_hook_id, parse_person_id
from sse_chat.errors import ChatError, Forbidden, Malformed, NotFound
from sse_chat.events import Author, Draft
from sse_chat.ids import EntryId, format_ms
from sse_chat.people.accounts import Accounts
from sse_chat.people.audit_log import Act, AuditLog
from sse_chat.people.cache import PeopleCache
from sse_chat.people.moderation_notes import check_reason
from sse_chat.people.names import check_length, fold_name
from sse_chat.people.networks import network_of
from sse_chat.people.permissions import SERVER, Permissions
from sse_chat.people.records import ModerationNote
from sse_chat.people.roles import Action, Person, Role
from sse_chat.people.writer import PeopleWriter
from sse_chat.presence import Throttle
from sse_chat.store.directory import Directory
from sse_chat.store.people import PeopleStore
from sse_chat.store.rooms import RoomStore
from sse_chat.store.scripts import Script, load_script

_BAN = load_script("ban")
_KICK = load_script("kick")
_UNBAN = load_script("unban")
_WRITE = load_script("write_fields")

_log = logging.getLogger("sse_chat.people")
ACTS = ("mute", "unmute", "kick", "ban", "unban")
_KICK_S = 60
MAX_MINUTES = 525_600
_NOTED_AGAIN_S = 3600
_ADDRESS_KEPT_S = 30 * 24 * 3600
_PAGE = 500
# Whom readers see as the one who deleted a message, where that was the command line.
_COMMAND_LINE = Author("administrator", make_hook_id("command_line"), guest=False)


@dataclass(frozen=True, slots=True)
class ModerationAction:
    """`minutes` 0: without an end. `by_address`: whoever comes from there is meant too. `reason`:
    what the person is told."""

    act: str
    who: str
    minutes: int = 0
    by_address: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Moderated:
    """Whom an action fell on; `act` is what it was charged as, for a purge that goes with it."""

    author_id: AuthorId
    act: Act


class Moderation:
    """Without a `store` it purges nothing."""

    def __init__(
        self,
        people: PeopleStore,
        cache: PeopleCache,
        writer: PeopleWriter,
        audit: AuditLog,
        permissions: Permissions,
        accounts: Accounts,
        directory: Directory,
        store: RoomStore | None = None,
    ) -> None:
        self._people = people
        self._cache = cache
        self._writer = writer
        self._audit = audit
        self._permissions = permissions
        self._accounts = accounts
        self._directory = directory
        self._store = store
        self._noted = Throttle(_NOTED_AGAIN_S)
        self._tasks: set[asyncio.Task[None]] = set()

    async def apply(self, room: str, action: ModerationAction, by: Person | None) -> Moderated:
        """In this room, or with the empty name on the whole server.

        `by` None is the command line. Raises Malformed, NotFound, Forbidden, Unauthorized,
        TooMany.
        """
        if by is not None:
            await self._permissions.require(by, Action.MODERATE, room)
        if action.act not in ACTS:
            raise Malformed(f"act={action.act[:20]!r} is not known; allowed: {', '.join(ACTS)}")
        if room == SERVER and action.act not in ("ban", "unban"):
            raise Malformed(
                f"act={action.act} holds in one room: POST /chat/ROOM/moderation; "
                "on the whole server there are ban and unban"
            )
        if not 0 <= action.minutes <= MAX_MINUTES:
            raise Malformed(f"minutes is a whole number from 0 (no end) to {MAX_MINUTES:,}")
        check_reason(action.reason)
        whom = await self.find_person(room, action.who)
        if by is not None:
            await self._check_rank(room, whom.author_id, by)
        return Moderated(whom.author_id, await self._write(room, action, whom, by))

    async def find(self, room: str, who: str) -> AuthorId:
        """The author_id of whom `find_person` finds."""
        return (await self.find_person(room, who)).author_id

    async def find_person(self, room: str, who: str) -> Author:
        """By author_id, by the name of an account, or by a name used in the room in the last 30
        days, on the server (the empty name) in any room.

        The name is "" where an author_id is nobody's account. Raises NotFound.
        """
        if author_id := parse_person_id(who):
            account = await self._accounts.find(author_id)
            return account.author if account else Author("", author_id)
        check_length(who)
        # A guest of before it may have a name that looks like an account's.
        account = await self._accounts.find_exactly(who)
        if account and not account.has_ended:
            return account.author
        found = await self._find_guests(room, fold_name(who))
        if len(found) != 1:
            raise NotFound(_describe_found(who, found))
        return found[0]

    async def _find_guests(self, room: str, folded: str) -> list[Author]:
        if room:
            present = (await self._directory.list_people(room))[0]
            return _named(present, folded) or _named(await self._directory.list_known(room), folded)
        found: dict[AuthorId, Author] = {}
        for each in await self._directory.list_rooms():
            known = await self._directory.list_known(each.room)
            found.update({author.author_id: author for author in _named(known, folded)})
        return list(found.values())

    async def _check_rank(self, room: str, author_id: AuthorId, by: Person) -> None:
        rules = await self._permissions.rules_of(room)
        account = await self._accounts.find(author_id)
        on_server = account.role if account else Role.GUEST
        theirs = max(on_server, rules.roles.get(author_id, Role.GUEST))
        if author_id == by.author.author_id or theirs >= rules.role_of(by):
            raise Forbidden("only those of a lower role than yours can be moderated")

    async def _write(
        self, room: str, action: ModerationAction, whom: Author, by: Person | None
    ) -> Act:
        name = ("rules", room) if room else ("bans",)
        did = f"{action.act} in {room}" if room else f"{action.act} on the server"
        if action.minutes:
            did += f" for {action.minutes} min"
        if action.reason:
            did += f": {action.reason}"
        note = ModerationNote(action.act, by.author.name if by else "", action.reason)
        script, args = await self._change_of(action, whom, await self._writer.encode(note))
        act = await self._audit.charge(did, to=whom.author_id, by=by)
        await self._writer.change(script, [name], *args, act=act)
        return act

    async def _change_of(
        self, action: ModerationAction, whom: Author, note: str
    ) -> tuple[Script, tuple[str | int, ...]]:
        """The script that does it, and its arguments."""
        who, now_s = whom.author_id, int(time.time())
        until_s = now_s + action.minutes * 60 if action.minutes else 0
        if action.act == "mute":
            return _WRITE, (4, f"mute:{who}", until_s, f"mute-note:{who}", note)
        if action.act == "unmute":
            return _WRITE, (0, f"mute:{who}", f"mute-note:{who}")
        if action.act == "kick":
            return _KICK, (who, now_s + _KICK_S, note)
        if action.act == "unban":
            return _UNBAN, (who,)
        last = await self._people.last_address(who) if action.by_address else None
        return _BAN, (who, until_s, last or "", whom.name, note)

    async def list_bans(self) -> list[dict[str, Any]]:
        """Who is banned from the server: {"author_id", "name", "until", "address"}; `name` is None
        where it is not known, `until` where there is no end."""
        bans = await self._cache.bans()
        return [
            {
                "author_id": who,
                "name": bans.names.get(who) or await self._name_of(who),
                "until": format_ms(until_s * 1000) if until_s else None,
                "address": who in bans.networks,
            }
            for who, until_s in bans.lasting(time.time())
        ]

    async def _name_of(self, author_id: AuthorId) -> str | None:
        account = await self._accounts.find_any(author_id)
        return account.name if account else None

    async def purge(self, room: str, moderated: Moderated, by: Person | None) -> int:
        """Deletes all their messages in the room, or with the empty name in every room, as if one
        by one; how many. Conversations of two are left alone.

        `moderated`, `by`: of the `apply` before, in the same room, which has charged for it.
        """
        author_id = moderated.author_id
        where = f"in {room}" if room else "in all rooms"
        rooms = [room] if room else await self._directory.list_names()
        author = by.author if by else _COMMAND_LINE
        count = 0
        for each in rooms:
            count += await self._purge_room(each, author_id, author)
        await self._audit.record(replace(moderated.act, did=f"purge {count} messages {where}"))
        return count

    async def _purge_room(self, room: str, author_id: AuthorId, by: Author) -> int:
        assert self._store is not None
        count, before = 0, None
        while True:
            page = await self._store.read_before(room, before, _PAGE)
            for entry in page.entries:
                if entry.kind == "message" and entry.author.author_id == author_id:
                    count += await _delete(self._store, room, entry.id, by)
            if not page.has_more or not page.entries:
                break
            before = page.entries[0].id
        return count

    def note_address(self, person: Person) -> None:
        """Where someone was last, so that a ban can hold for the address; never delays a post."""
        network = network_of(person.address)
        if not network or not self._noted.may_pass((person.author.author_id, network)):
            return
        task = asyncio.create_task(self._note_address(person.author.author_id, network))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note_address(self, author_id: AuthorId, network: str) -> None:
        try:
            await self._people.note_address(author_id, network, _ADDRESS_KEPT_S)
        except ChatError as exc:
            _log.debug("address not noted: %s", exc.detail)


def _named(people: list[Author], folded: str) -> list[Author]:
    return [person for person in people if fold_name(person.name) == folded]


def _describe_found(who: str, found: list[Author]) -> str:
    if not found:
        return f"nobody named {who[:40]!r} is known here; an author_id works too"
    ids = ", ".join(each.author_id for each in found[:5])
    return f"{len(found)} people have used the name {who[:40]!r}; give one author_id: {ids}"


async def _delete(store: RoomStore, room: str, target: EntryId, by: Author) -> int:
    try:
        draft = Draft(room, by, "", kind="delete", target=target)
        await store.delete(draft, is_own=False)
    except NotFound:
        # Someone else was quicker.
        return 0
    return 1
