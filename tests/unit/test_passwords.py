"""What an unknown name costs, as much as a known one, and the list of common passwords."""

import asyncio
from pathlib import Path

from argon2 import extract_parameters

from sse_chat.people import passwords
from sse_chat.people.passwords import Passwords, hash_password


def test_an_unknown_name_is_checked_by_the_parameters_of_a_known_one() -> None:
    known = hash_password("correct horse battery")
    assert extract_parameters(passwords._NO_ONES) == extract_parameters(known)


def test_nothing_is_right_for_an_unknown_name() -> None:
    async def check(password: str) -> bool:
        return await Passwords().verify(None, password)

    assert not any(asyncio.run(check(password)) for password in ("", "A" * 32, "\0" * 32))


def test_the_docs_say_how_many_common_passwords_are_refused() -> None:
    count = f"{len(passwords._common()):,} common passwords"
    docs = Path(passwords.__file__).parents[1] / "docs"
    for name in ("people.md", "security.md"):
        assert f"{count} are refused" in (docs / name).read_text(), name
