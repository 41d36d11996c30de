"""Accounts and their sessions, as kept. Passwords come here hashed."""

import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

from sse_chat.errors import BadName
from sse_chat.events import Author
from sse_chat.people.lookalikes import form_of, forms_of
from sse_chat.people.names import MAX_CODE_POINTS, check_name
from sse_chat.people.register import Register, digest_of
from sse_chat.people.roles import Person, Role
from sse_chat.people.sessions import COOKIE_MAX_AGE_S

_UNNAMED = re.compile(r"guest-[a-z]{4}")
_MOST_SESSIONS = 100


@dataclass(frozen=True, slots=True)
class Account:
    """`password`: its hash; "" for a bot, which has tokens only."""

    account_id: str
    name: str
    role: Role
    password: str
    has_ended: bool = False

    @property
    def author(self) -> Author:
        return Author(self.name, self.account_id, guest=False)

    def to_record(self) -> str:
        return json.dumps([self.name, int(self.role), self.password, self.has_ended])


def _read(account_id: str, record: list[Any]) -> Account:
    name, role, password, has_ended = record
    return Account(account_id, name, Role(role), password, has_ended)


def _taken() -> BadName:
    return BadName("this name, or one that looks like it, is taken")


class Accounts:
    def __init__(self, register: Register) -> None:
        self._register = register
        self._people = register.people

    async def find(self, account_id: str) -> Account | None:
        """None too for one that has ended."""
        record = await self._register.record("accounts", field=account_id)
        account = _read(account_id, record) if record is not None else None
        return None if account is None or account.has_ended else account

    async def find_by_name(self, name: str) -> Account | None:
        # What is asked for is remembered.
        owner = await self._owner_of(form_of(name)) if len(name) <= MAX_CODE_POINTS else None
        return await self.find(owner) if owner else None

    async def reserved_by(self, name: str) -> str | None:
        """The id of the account whose name this is, or looks like; it may have ended."""
        owners = [await self._owner_of(form) for form in forms_of(name)]
        return next(filter(None, owners), None)

    async def _owner_of(self, form: str) -> str | None:
        owner = await self._register.record("names", field=form)
        return None if owner is None else str(owner)

    async def make(self, name: str, role: Role, password: str, by: Person | None = None) -> Account:
        """Raises BadName."""
        name = check_name(name)
        if _UNNAMED.fullmatch(name.casefold()):
            raise BadName("names like guest-abcd are for those without a name")
        if await self.reserved_by(name):
            raise _taken()
        account = Account(f"u_{secrets.token_hex(8)}", name, role, password)
        # Quoted, as every record is JSON.
        owner = json.dumps(account.account_id)
        record = account.to_record()
        form, *others = forms_of(name)
        if not await self._people.claim(form, account.account_id, owner, record):
            raise _taken()
        for each in others:
            await self._people.claim_field("names", field=each, value=owner)
        self._register.forget()
        await self._register.note(f"make account ({role.name.lower()})", to=name, by=by)
        return account

    async def change(self, account: Account, *, did: str, by: Person | None = None) -> None:
        fields = {account.account_id: account.to_record()}
        await self._register.write("accounts", fields=fields, by=by, did=did, to=account.name)

    async def list_all(self) -> list[Account]:
        records = await self._people.read("accounts")
        return [_read(account_id, json.loads(record)) for account_id, record in records.items()]

    async def begin_session(self, account: Account) -> str:
        """The id of a new session; of very many the oldest end."""
        kept = await self.list_sessions(account.account_id)
        for each in kept[_MOST_SESSIONS - 1 :]:
            await self.end_sessions(account.account_id, only=each["id"])
        session_id = secrets.token_hex(16)
        record = json.dumps([int(time.time())])
        name = ("sessions", account.account_id)
        digest = digest_of(session_id)
        await self._people.add(*name, field=digest, value=record, keep_s=COOKIE_MAX_AGE_S)
        return session_id

    async def has_session(self, account_id: str, session_id: str) -> bool:
        record = await self._register.record("sessions", account_id, field=digest_of(session_id))
        return record is not None

    async def list_sessions(self, account_id: str) -> list[dict[str, Any]]:
        """{"id", "since_s"}, the newest first. The id is public: it opens nothing."""
        kept = await self._people.read("sessions", account_id)
        sessions = [
            {"id": digest[:16], "since_s": json.loads(record)[0]} for digest, record in kept.items()
        ]
        return sorted(sessions, key=lambda each: -int(each["since_s"]))

    async def end_sessions(
        self, account_id: str, *, only: str = "", but: str = "", by: Person | None = None
    ) -> None:
        """All of them; `only` the one of this public id; `but` the one with this session id."""
        kept = await self._people.read("sessions", account_id)
        spared = digest_of(but) if but else ""
        gone = [each for each in kept if each != spared and each.startswith(only)]
        if gone:
            name = ("sessions", account_id)
            await self._register.write(*name, without=gone, by=by, did="end sessions")
