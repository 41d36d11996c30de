"""Accounts and their sessions, as kept. Passwords come here hashed."""

import json
import re
import secrets
import time
from dataclasses import replace
from typing import Any

from sse_chat.author_ids import AuthorId, make_account_id
from sse_chat.errors import BadName, Forbidden, NotFound, Unauthorized
from sse_chat.people.cache import PeopleCache
from sse_chat.people.confusables import skeleton_of, skeletons_of
from sse_chat.people.invitations import no_invitation
from sse_chat.people.names import MAX_CODE_POINTS, check_name, fold_name
from sse_chat.people.records import Account, Session, decode, digest_of
from sse_chat.people.roles import Person, Role
from sse_chat.people.sessions import COOKIE_MAX_AGE_S
from sse_chat.people.writer import PeopleWriter
from sse_chat.store.people import DONE, PeopleStore
from sse_chat.store.scripts import load_script

_RESET_PASSWORD = load_script("reset_password")
_RESTORE_ACCOUNT = load_script("restore_account")
_AMEND_ACCOUNT = load_script("amend_account")
_BEGIN_SESSION = load_script("begin_session")
_CREATE_ACCOUNT = load_script("create_account")
_END_SESSIONS = load_script("end_sessions")

_UNNAMED = re.compile(r"guest-[a-z]{4}")
_MAX_SESSIONS = 100


def _no_owner() -> Forbidden:
    return Forbidden(
        "nothing was done: only an owner of the server may do this, and one of them has to stay"
    )


def an_accounts_name() -> Unauthorized:
    return Unauthorized(
        "this name belongs to an account, or looks like one that does; enter its password"
    )


def _taken() -> BadName:
    return BadName("this name, or one that looks like it, is taken")


class Accounts:
    def __init__(self, people: PeopleStore, cache: PeopleCache, writer: PeopleWriter) -> None:
        self._people = people
        self._cache = cache
        self._writer = writer

    async def find(self, account_id: AuthorId) -> Account | None:
        """None too for one that has ended."""
        account = await self.find_any(account_id)
        return None if account is None or account.has_ended else account

    async def find_any(self, author_id: AuthorId) -> Account | None:
        """Also one that has ended."""
        record = await self._cache.read_field("accounts", field=author_id)
        return None if record is None else decode(Account, record, author_id)

    async def find_any_by_name(self, name: str) -> Account | None:
        # What is asked for is remembered.
        owner = await self._owner_of(skeleton_of(name)) if len(name) <= MAX_CODE_POINTS else None
        return await self.find_any(owner) if owner else None

    async def find_by_name(self, name: str) -> Account | None:
        found = await self.find_any_by_name(name)
        return None if found is None or found.has_ended else found

    async def find_exactly(self, name: str) -> Account | None:
        """By the name itself, not one that looks like it; it may have ended."""
        found = await self.find_any_by_name(name)
        return found if found and fold_name(found.name) == fold_name(name) else None

    async def reserved_by(self, name: str) -> AuthorId | None:
        """The id of the account whose name this is, or looks like; it may have ended."""
        owners = [await self._owner_of(form) for form in skeletons_of(name)]
        return next(filter(None, owners), None)

    async def _owner_of(self, form: str) -> AuthorId | None:
        owner = await self._cache.read_field("names", field=form)
        return None if owner is None else AuthorId(json.loads(owner))

    async def make(
        self,
        name: str,
        role: Role,
        password: str,
        by: Person | None = None,
        *,
        invitation: str = "",
    ) -> Account:
        """With the code of an `invitation` that is used up by it. Raises BadName, NotFound."""
        name = check_name(name)
        if _UNNAMED.fullmatch(name.casefold()):
            raise BadName("names starting with guest- are reserved for guests")
        account_id, now_s = make_account_id(secrets.token_hex(8)), int(time.time())
        account = Account(account_id, name, role, password, since_s=now_s)
        outcome = await self._writer.change(
            _CREATE_ACCOUNT,
            [("names",), ("accounts",), ("invitations",)],
            account.account_id,
            await self._writer.encode(account),
            # Quoted, as every record is JSON.
            json.dumps(account.account_id),
            digest_of(invitation) if invitation else "",
            now_s,
            *skeletons_of(name),
            by=by,
            did=f"make account ({role.name.lower()})",
            to=name,
        )
        if outcome == "no invitation":
            raise no_invitation()
        if outcome != DONE:
            raise _taken()
        return account

    async def set_role(self, account: Account, role: Role, by: Person | None = None) -> None:
        """Raises NotFound for an account that has ended; so do the changes below. Forbidden where
        `by` owns the server no more, or nobody would then; so do `end` and `restore`."""
        did = f"role {role.name.lower()}"
        await self._amend(account, "role", int(role), by=by, did=did, is_for_owners=True)

    async def set_password(self, account: Account, password: str) -> None:
        """From the command line, whatever the old one was. All sessions end."""
        await self._amend(account, "password", password, did="set password", ends_sessions=True)

    async def change_password(self, account: Account, password: str, by: Person) -> None:
        """Of an account whose password was just proven; all sessions end but that of `by`.

        Raises Forbidden when it has another password by now.
        """
        await self._amend(
            account,
            "password",
            password,
            expected=account.password,
            by=by,
            did="change password",
            ends_sessions=True,
        )

    async def end(self, account: Account, by: Person | None = None) -> None:
        """The account and its sessions; its name stays taken, and its tokens stop."""
        await self._amend(
            account, "has_ended", True, by=by, did="end account", ends_sessions=True,
            is_for_owners=True,
        )  # fmt: skip

    async def restore(self, account: Account, by: Person | None = None) -> None:
        """One that has ended is as it was; raises NotFound where it has not."""
        outcome = await self._writer.change(
            _RESTORE_ACCOUNT,
            [("accounts",)],
            account.account_id,
            by.author.author_id if by else "",
            by=by,
            did="restore account",
            to=account.name,
        )
        if outcome == "no owner":
            raise _no_owner()
        if outcome != DONE:
            raise NotFound(f"the account {account.name} has not ended")

    async def reset_password(
        self, account_id: AuthorId, password: str, code: str, *, address: str
    ) -> Account:
        """By a link that was made for this account; it is used up, and all sessions end.

        Raises NotFound.
        """
        account = await self.find(account_id)
        if account is None:
            raise no_invitation()
        outcome = await self._writer.change(
            _RESET_PASSWORD,
            [("accounts",), ("sessions", account_id), ("invitations",)],
            account_id,
            password,
            digest_of(code),
            int(time.time()),
            by=Person(account.author, account.role, address),
            did="set a new password by a link",
            to=account.name,
        )
        if outcome != DONE:
            raise no_invitation()
        return replace(account, password=password)

    async def _amend(
        self,
        account: Account,
        field: str,
        value: str | int | bool,
        *,
        did: str,
        expected: str = "",
        by: Person | None = None,
        ends_sessions: bool = False,
        is_for_owners: bool = False,
    ) -> None:
        outcome = await self._writer.change(
            _AMEND_ACCOUNT,
            [("accounts",), ("sessions", account.account_id)],
            account.account_id,
            expected,
            field,
            json.dumps(value),
            int(ends_sessions),
            digest_of(by.session_id) if by and by.session_id else "",
            by.author.author_id if by and is_for_owners else "",
            by=by,
            did=did,
            to=account.name,
        )
        if outcome == "ended":
            raise NotFound(f"the account {account.name} has ended")
        if outcome == "no owner":
            raise _no_owner()
        if outcome != DONE:
            raise Forbidden("the password has changed; sign in with the new one")

    async def list_all(self) -> list[Account]:
        found: dict[AuthorId, Account] = {}
        async for piece in self._people.read_pieces("accounts"):
            found |= {AuthorId(who): decode(Account, record, who) for who, record in piece.items()}
        return list(found.values())

    async def begin_session(self, account: Account) -> str:
        """The id of a new session; of very many the oldest end.

        Raises Unauthorized when the account has ended or has another password by now.
        """
        session_id = secrets.token_hex(16)
        outcome = await self._people.change(
            _BEGIN_SESSION,
            [("accounts",), ("sessions", account.account_id)],
            account.account_id,
            account.password,
            digest_of(session_id),
            await self._writer.encode(Session(int(time.time()))),
            _MAX_SESSIONS,
            COOKIE_MAX_AGE_S,
        )
        if outcome != DONE:
            raise Unauthorized("the password has changed; sign in with the new one")
        return session_id

    async def has_session(self, account_id: AuthorId, session_id: str) -> bool:
        return await self.began_s(account_id, session_id) > 0

    async def began_s(self, account_id: AuthorId, session_id: str) -> int:
        """When the password was given for this session, in seconds; 0 when it has ended."""
        record = await self._cache.read_field("sessions", account_id, field=digest_of(session_id))
        return decode(Session, record).began_s if record else 0

    async def list_sessions(self, account_id: AuthorId) -> list[dict[str, Any]]:
        """{"id", "since_s"}, the newest first. The id is public: it opens nothing."""
        kept = await self._people.read("sessions", account_id)
        sessions = [
            {"id": digest[:16], "since_s": decode(Session, record).began_s}
            for digest, record in kept.items()
        ]
        return sorted(sessions, key=lambda each: -int(each["since_s"]))

    async def end_sessions(
        self, account_id: AuthorId, *, only: str = "", but: str = "", by: Person | None = None
    ) -> None:
        """All of them; `only` the one of this public id; `but` the one with this session id."""
        spared = digest_of(but) if but else ""
        names = [("sessions", account_id)]
        await self._writer.change(_END_SESSIONS, names, only, spared, by=by, did="end sessions")
