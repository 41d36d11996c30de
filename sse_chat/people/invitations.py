"""Invitations: a link that makes an account, or lets into a room, until it ends or is used."""

import json
import re
import secrets
import time
from dataclasses import dataclass

from sse_chat.people.register import Register, digest_of
from sse_chat.people.roles import Person, Role


@dataclass(frozen=True, slots=True)
class Invitation:
    """`room` empty: to make an account with this role; else to enter the room."""

    role: Role
    room: str
    until_s: int
    is_for_one: bool


def is_code(code: str) -> bool:
    """Whether it has the shape of one: what goes into an address must."""
    return re.fullmatch(r"[A-Za-z0-9_-]{24}", code) is not None


class Invitations:
    def __init__(self, register: Register) -> None:
        self._register = register

    async def make(self, invitation: Invitation, *, by: Person | None = None) -> str:
        """The code, kept nowhere."""
        code = secrets.token_urlsafe(18)
        record = [
            int(invitation.role), invitation.room, invitation.until_s, invitation.is_for_one,
        ]  # fmt: skip
        fields = {digest_of(code): json.dumps(record)}
        what = invitation.room or f"a new {invitation.role.name.lower()}"
        await self._register.write("invitations", fields=fields, by=by, did="invite", to=what)
        return code

    async def find(self, code: str) -> Invitation | None:
        """None for one that has ended or never was."""
        kept = await self._register.people.read_field("invitations", field=digest_of(code))
        if kept is None:
            return None
        role, room, until_s, is_for_one = json.loads(kept)
        if time.time() >= until_s:
            return None
        return Invitation(Role(role), room, until_s, is_for_one)

    async def use(self, code: str) -> Invitation | None:
        """Like `find`; one that is for one is gone then, and only one caller gets it."""
        found = await self.find(code)
        if found and found.is_for_one:
            is_mine = await self._register.people.take("invitations", field=digest_of(code))
            return found if is_mine else None
        return found

    async def give_back(self, code: str, invitation: Invitation) -> None:
        """What was used came to nothing: it holds again."""
        if invitation.is_for_one:
            record = json.dumps([int(invitation.role), invitation.room, invitation.until_s, True])
            await self._register.people.add("invitations", field=digest_of(code), value=record)

    async def end(self, room: str, role: Role | None = None) -> None:
        """Those into this room; with the empty name those that make an account of this role."""
        kept = await self._register.people.read("invitations")
        read = {digest: json.loads(record) for digest, record in kept.items()}
        gone = [
            digest
            for digest, record in read.items()
            if time.time() >= record[2]
            or (record[1] == room and (role is None or record[0] == role))
        ]
        if gone:
            await self._register.write("invitations", without=gone)
