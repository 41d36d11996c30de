"""AuthorId: who somebody is, whatever they are called; the one place that knows its forms.

No I/O."""

import re
from typing import NewType

# A type of its own, so that no name, token or room passes for it; stored and sent as the string.
AuthorId = NewType("AuthorId", str)

# Where there is none: nobody has signed in, or nothing is known of them.
NOBODY = AuthorId("")

_ACCOUNT = "u_"
# A guest of the page, whose cookie is signed.
_GUEST = "g_"
# Who gave a name alone, and who gave none.
_NAMED = "n_"
_ADDRESS = "a_"
# What posts by itself: a hook, the command line, the server.
_HOOK = "h_"
_PEOPLE = (_ACCOUNT, _GUEST, _NAMED, _ADDRESS)
_MAX_GIVEN = 40
_ACCOUNT_ID = re.compile(_ACCOUNT + "[0-9a-f]{16}")


def make_account_id(digits: str) -> AuthorId:
    """`digits` here and below: hexadecimal, 16 of people."""
    return AuthorId(_ACCOUNT + digits)


def make_guest_id(digits: str) -> AuthorId:
    return AuthorId(_GUEST + digits)


def make_named_id(digits: str) -> AuthorId:
    return AuthorId(_NAMED + digits)


def make_address_id(digits: str) -> AuthorId:
    return AuthorId(_ADDRESS + digits)


def make_hook_id(name: str) -> AuthorId:
    return AuthorId(_HOOK + name)


def parse_account_id(text: str) -> AuthorId | None:
    """None for what is no account's id, as a name is not."""
    return AuthorId(text) if _ACCOUNT_ID.fullmatch(text) else None


def parse_person_id(text: str) -> AuthorId | None:
    """None for what is no person's id, as most names are not."""
    is_one = len(text) <= _MAX_GIVEN and text[2:].isalnum() and is_person(text)
    return AuthorId(text) if is_one else None


def is_account(author_id: AuthorId) -> bool:
    return author_id.startswith(_ACCOUNT)


def is_guest(author_id: AuthorId) -> bool:
    """Whether this is a guest of the page, whom nobody else can claim to be."""
    return author_id.startswith(_GUEST)


def is_proven(author_id: AuthorId) -> bool:
    """Whether nobody else can claim to be this one: only then it may be given rights."""
    return author_id.startswith((_ACCOUNT, _GUEST))


def is_hook(author_id: AuthorId) -> bool:
    return author_id.startswith(_HOOK)


def is_person(text: str) -> bool:
    """Whether this is the id of a person, rather than a network or a hook's."""
    return text.startswith(_PEOPLE)
