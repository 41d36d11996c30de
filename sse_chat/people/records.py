"""Records: what is kept of accounts, sessions, invitations, tokens, hooks and factors. No I/O.

A record is a JSON object with the fields of its class and `v`, the version of what they mean. A
field may be added, if it has a default: who does not know it leaves it alone, and who changes one
field keeps the others. Where a field would come to mean something else, `v` grows, and older code
refuses the record.

Until then a record was a list of the same values in the order of the class. Both are read, here and
in `store/lua/shared/records.lua`, which has the same names; a list that is changed stays one.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from sse_chat.author_ids import NOBODY, AuthorId, make_hook_id
from sse_chat.events import Author
from sse_chat.hooks.outgoing import Target
from sse_chat.people.roles import Grant, Role

VERSION = 1


@dataclass(frozen=True, slots=True)
class Account:
    """`password`: its hash; "" for a bot, which has tokens only. `since_s` 0: not known."""

    account_id: AuthorId
    name: str
    role: Role
    password: str = field(repr=False)
    has_ended: bool = False
    since_s: int = 0

    @property
    def author(self) -> Author:
        return Author(self.name, self.account_id, guest=False)


@dataclass(frozen=True, slots=True)
class Session:
    """`began_s`: when the password was given."""

    began_s: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """`room` empty: to make an account with this role; else to enter the room. `account_id`: for a
    new password of this account."""

    role: Role
    room: str
    until_s: int
    is_for_one: bool
    account_id: AuthorId = NOBODY

    @property
    def what(self) -> str:
        """What it is for, as in the audit log."""
        return self.account_id or self.room or f"a new {self.role.name.lower()}"


@dataclass(frozen=True, slots=True)
class Token:
    """`digest` of the token itself; `scope`: read, post or both; `rooms` empty: for all; `until_s`
    0: without an end; `limit` of its posts, as 50/300, or ""."""

    token_id: str
    account_id: AuthorId
    digest: str = field(repr=False)
    scope: str
    rooms: Sequence[str]
    until_s: int
    label: str
    since_s: int
    limit: str = ""

    @property
    def grant(self) -> Grant:
        return Grant(
            self.token_id,
            may_read=self.scope in ("read", "both"),
            may_post=self.scope in ("post", "both"),
            rooms=frozenset(self.rooms),
            until_s=self.until_s,
            limit=self.limit,
        )

    def as_json(self) -> dict[str, Any]:
        """All but the digest."""
        return {
            "id": self.token_id,
            "account_id": self.account_id,
            "scope": self.scope,
            "rooms": self.rooms,
            "until_s": self.until_s,
            "label": self.label,
            "since_s": self.since_s,
            "limit": self.limit,
        }


@dataclass(frozen=True, slots=True)
class Passkey:
    """`count`: how often it has been used, as it says itself."""

    passkey_id: str
    public_key: str
    count: int
    label: str
    since_s: int

    def as_json(self) -> dict[str, Any]:
        return {"id": self.passkey_id, "label": self.label, "since_s": self.since_s}


@dataclass(frozen=True, slots=True)
class NewApp:
    """The secret of an authenticator app which no code was given of yet, and until when one may."""

    secret: str = field(repr=False)
    until_s: int


@dataclass(frozen=True, slots=True)
class Hook:
    """Into a room. `shared`: what the sender signs with, "" where nothing is signed."""

    hook_id: str
    room: str
    name: str
    shared: str = field(repr=False)
    since_s: int

    @property
    def author(self) -> Author:
        return Author(self.name, make_hook_id(self.hook_id), guest=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.hook_id,
            "name": self.name,
            "signed": bool(self.shared),
            "since_s": self.since_s,
        }


@dataclass(frozen=True, slots=True)
class ModerationNote:
    """On a mute, a kick or a ban, or the end of a room. `by`: a name, "" for the command line."""

    act: str
    by: str = ""
    reason: str = ""


# Each kind, and which of its fields is not in the record, as the record is kept under it.
KINDS: dict[type, str] = {
    Account: "account_id",
    Session: "",
    Invitation: "",
    Token: "token_id",
    Passkey: "passkey_id",
    NewApp: "",
    Hook: "",
    Target: "hook_id",
    ModerationNote: "",
}
_NAMES = {
    kind: tuple(each.name for each in fields(kind) if each.name != key)
    for kind, key in KINDS.items()
}
# What is more than its JSON.
_READ_AS = {"role": Role, "rooms": tuple}
_Kind = TypeVar("_Kind")


def encode(record: object, *, as_list: bool = False) -> str:
    """`as_list`: as older versions read it."""
    values = {name: getattr(record, name) for name in names_of(type(record))}
    return json.dumps(list(values.values()) if as_list else {"v": VERSION, **values})


def decode(kind: type[_Kind], text: str, under: str = "") -> _Kind:
    """Of either form. `under`: what it is kept under, where that is a field of this kind.

    Raises ValueError for a record of a later version, and for what is none.
    """
    payload = json.loads(text)
    names = names_of(kind)
    if isinstance(payload, list):
        found = dict(zip(names, payload, strict=False))
    elif isinstance(payload, dict) and payload.get("v", 0) <= VERSION:
        found = {name: payload[name] for name in names if name in payload}
    else:
        raise ValueError(f"this record of {kind.__name__} is of a later version, or none")
    for name, read in _READ_AS.items():
        if name in found:
            found[name] = read(found[name])
    if key := KINDS[kind]:
        found[key] = under
    try:
        return kind(**found)
    except TypeError as exc:
        raise ValueError(f"this record of {kind.__name__} lacks a field: {exc}") from exc


def amend(kind: type, text: str, **changes: str | int) -> str:
    """The record with other values in some fields, in the form that it has."""
    payload = json.loads(text)
    for name, value in changes.items():
        payload[names_of(kind).index(name) if isinstance(payload, list) else name] = value
    return json.dumps(payload)


def names_of(kind: type) -> tuple[str, ...]:
    """Of the fields that are kept, in order."""
    return _NAMES[kind]


def digest_of(secret: str) -> str:
    """What is kept of a secret that is random itself: no salt is needed."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
