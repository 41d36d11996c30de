"""Invitations: a link that makes an account, or lets into a room, until it ends or is used."""

import re
import secrets
import time

from sse_chat.errors import NotFound
from sse_chat.people.records import Invitation, decode, digest_of
from sse_chat.people.roles import Person
from sse_chat.people.writer import PeopleWriter
from sse_chat.store.people import PeopleStore
from sse_chat.store.scripts import load_script

_RENEW_LINK = load_script("renew_link")


def is_code(code: str) -> bool:
    """Whether it has the shape of one: what goes into an address must."""
    return re.fullmatch(r"[A-Za-z0-9_-]{24}", code) is not None


class Invitations:
    def __init__(self, people: PeopleStore, writer: PeopleWriter) -> None:
        self._people = people
        self._writer = writer

    async def make(self, invitation: Invitation, *, by: Person | None = None) -> str:
        """The code, kept nowhere."""
        code = secrets.token_urlsafe(18)
        fields = {digest_of(code): await self._writer.encode(invitation)}
        did = "make a link for a new password" if invitation.account_id else "invite"
        await self._writer.write("invitations", fields=fields, by=by, did=did, to=invitation.what)
        return code

    async def renew(self, invitation: Invitation, *, by: Person | None = None) -> str:
        """As `make`; those before it end: into this room, or for an account of this role."""
        code = secrets.token_urlsafe(18)
        await self._writer.change(
            _RENEW_LINK,
            [("invitations",)],
            int(time.time()),
            invitation.room,
            "" if invitation.room else int(invitation.role),
            digest_of(code),
            await self._writer.encode(invitation),
            by=by,
            did="invite",
            to=invitation.what,
        )
        return code

    async def end(self, room: str, by: Person) -> None:
        """All links into this room."""
        names, now_s = [("invitations",)], int(time.time())
        await self._writer.change(
            _RENEW_LINK, names, now_s, room, "", "", "", by=by, did="end links", to=room
        )

    async def find(self, code: str) -> Invitation | None:
        """None for one that has ended or never was."""
        kept = await self._people.read_field("invitations", field=digest_of(code))
        found = decode(Invitation, kept) if kept else None
        return found if found and time.time() < found.until_s else None


def no_invitation() -> NotFound:
    return NotFound("this invitation is invalid, expired or already used; ask for a new one")
