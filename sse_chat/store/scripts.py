"""The Lua scripts: a file each in `lua/`, by its name. Each touches keys of one partition only.

A file's head says what it does, its KEYS and its ARGV. A line `-- include shared/NAME` stands for
that file, once in a script however often it is asked for.
"""

import hashlib
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sse_chat.store.resp import Packed

LUA = Path(__file__).parent / "lua"
_INCLUDE = re.compile(r"^-- include (\S+)\n", re.M)
_COMMENT = re.compile(r"^ *--.*\n", re.M)


@dataclass(frozen=True, slots=True)
class Script:
    source: str
    sha: Packed = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", Packed(digest))


@cache
def load_script(name: str) -> Script:
    """The script of `lua/NAME.lua` with all that it includes; raises FileNotFoundError."""
    included: set[str] = set()

    def read(name: str) -> str:
        if name in included:
            return ""
        included.add(name)
        text = (LUA / f"{name}.lua").read_text(encoding="utf-8")
        return _INCLUDE.sub(lambda found: read(found[1]), text)

    return Script(_COMMENT.sub("", read(name)))
