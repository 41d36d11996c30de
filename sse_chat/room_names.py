"""What a room can be named, and how the room of a direct conversation is. No I/O.

That room has two names: the one that it is stored under, `@ID+ID`, which never leaves the server,
and its label, which each side sees: `dm:` and what stands for the other side in a path.
"""

import re
from urllib.parse import quote

from sse_chat.author_ids import AuthorId
from sse_chat.errors import NotFound

LABEL = "dm:"
_ROOM = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
# No room that anyone may name begins with it.
_DIRECT = "@"


def parse_room(name: str) -> str:
    """The name itself, or NotFound with the rule."""
    if not _ROOM.fullmatch(name):
        raise NotFound(
            f"no room can be named {name[:80]!r}: a name is 1 to 64 of a-z, 0-9, _ and -, "
            "starting with a letter or a digit, as in /chat/lobby"
        )
    return name


def direct_room(one: AuthorId, other: AuthorId) -> str:
    """The room of two accounts, by their ids: the same from both sides."""
    return f"{_DIRECT}{'+'.join(sorted((one, other)))}"


def is_direct(room: str) -> bool:
    return room.startswith(_DIRECT)


def members_of(room: str) -> tuple[AuthorId, AuthorId]:
    """The ids of both accounts of a direct room; twice the same where it is one's own."""
    one, _, other = room.removeprefix(_DIRECT).partition("+")
    return AuthorId(one), AuthorId(other)


def room_path(room: str) -> str:
    """The path of a room, or of a conversation by its label."""
    if room.startswith(LABEL):
        return f"/dm/{quote(room.removeprefix(LABEL), safe='')}"
    return f"/chat/{room}"
