"""What a room can be named. No I/O."""

import re

from sse_chat.errors import NotFound

_ROOM = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)


def parse_room(name: str) -> str:
    """The name itself, or NotFound with the rule."""
    if not _ROOM.fullmatch(name):
        raise NotFound(
            f"no room can be named {name[:80]!r}: a name is 1 to 64 of a-z, 0-9, _ and -, "
            "starting with a letter or a digit"
        )
    return name
