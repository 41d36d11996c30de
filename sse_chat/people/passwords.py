"""Passwords: hashed by argon2 in threads, few at a time."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sse_chat.errors import Busy, Malformed

LEAST, MOST = 8, 256
_AT_ONCE = 2
_MOST_WAITING = 64
# OWASP's smallest for argon2id: 19 MiB, two passes. It runs beside the feeds.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# For names that have no password: checking one takes as long as for those that do.
_NO_ONES = _HASHER.hash("no one's password")


def check_password(password: object) -> str:
    if not isinstance(password, str) or not LEAST <= len(password) <= MOST:
        raise Malformed(f"a password has {LEAST} to {MOST} characters")
    try:
        password.encode()
    except UnicodeEncodeError as exc:
        raise Malformed("a password is Unicode text") from exc
    return password


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
        is_right = bool(await self._run(_is_right, kept or _NO_ONES, password[:MOST]))
        return is_right and bool(kept)

    async def _run(self, work: object, *args: str) -> object:
        if self._waiting >= _MOST_WAITING:
            raise Busy("too many are signing in; try again")
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
