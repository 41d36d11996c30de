"""The settings that let feeds through: the same lines that the help page shows.

In `docs/reverse-proxies.md` each stands in a block of code under a heading with the program's name.
"""

import re
from functools import cache
from pathlib import Path

_PAGE = Path(__file__).parent.parent / "docs" / "reverse-proxies.md"
_BLOCK = re.compile(r"^## (\w+)\n(?:(?!^#).*\n)*?```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)


@cache
def read_fixes() -> dict[str, str]:
    """The first block under each heading of a program."""
    return dict(_BLOCK.findall(_PAGE.read_text(encoding="utf-8")))
