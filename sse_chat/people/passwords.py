"""Passwords: what may be one, and their hashing by argon2 in threads, few at a time."""

import asyncio
import hashlib
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sse_chat.errors import Busy, Malformed
from sse_chat.people.names import fold_name

_MIN, _MAX = 8, 256
_AT_ONCE = 2
_MAX_WAITING = 64
# OWASP's smallest for argon2id: 19 MiB, two passes. It runs beside the feeds.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# For names that have no password: checking one takes as long as for those that do. Nothing is
# hashed for it, as every start would wait.
_NO_ONES = (
    f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    f"${'A' * 22}${'A' * 43}"
)


# SHA-256 of each in lower case, its first 40 bits: the words themselves are not for every eye.
_COMMON = Path(__file__).with_name("common_passwords.txt")
_LEAST_DIFFERENT = 3


def check_password(password: object, name: str) -> str:
    """A new password of this person; raises Malformed with the rule that it breaks."""
    if not isinstance(password, str):
        raise Malformed(f"a password is missing; it has {_MIN} to {_MAX} characters")
    if not _MIN <= len(password) <= _MAX:
        raise Malformed(
            f"a password has {_MIN} to {_MAX} characters; this one has {len(password):,}"
        )
    try:
        password.encode()
    except UnicodeEncodeError as exc:
        raise Malformed("a password is Unicode text") from exc
    folded = fold_name(password)
    if fold_name(name[:_MAX]) in (folded, folded.rstrip("0123456789!?.")):
        raise Malformed("a password must not be the name, or the name followed by digits")
    if len(set(folded)) < _LEAST_DIFFERENT:
        raise Malformed(f"a password has at least {_LEAST_DIFFERENT} different characters")
    if _short_digest(folded) in _common():
        raise Malformed("this is one of the most common passwords; choose another")
    return password


@cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text().split())


def _short_digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()[:10]


def hash_password(password: str) -> str:
    """Takes tens of milliseconds; the server asks `Passwords` instead."""
    return _HASHER.hash(password)


class Passwords:
    """Raises Busy when too many wait: hashing must not become a way to hold the server up."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        return str(await self._run(_HASHER.hash, password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """None or "": no such account, or one without a password; takes as long all the same."""
        is_right = bool(await self._run(_is_right, kept or _NO_ONES, password[:_MAX]))
        return is_right and bool(kept)

    async def _run(self, work: object, *args: str) -> object:
        if self._waiting >= _MAX_WAITING:
            raise Busy("too many sign-ins at once; try again")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work, *args)  # type: ignore[arg-type]
        finally:
            self._waiting -= 1


def _is_right(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
