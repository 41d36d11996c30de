"""The settings that let feeds through: the same lines that the help page shows."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

_PAGE = Path(__file__).parent.parent / "docs" / "reverse-proxies.md"
# Other blocks of that page are no settings of a proxy.
_PROGRAMS = ("nginx", "haproxy", "apache", "caddy", "varnish", "squid")


@cache
def read_fixes() -> dict[str, str]:
    """By program: the block of code under the heading that is its name."""
    return dict(_blocks(_PAGE.read_text(encoding="utf-8").splitlines()))


def _blocks(lines: list[str]) -> Iterator[tuple[str, str]]:
    heading = ""
    block: list[str] | None = None
    for line in lines:
        if block is None and line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith("```"):
            if block is not None and heading in _PROGRAMS:
                yield heading, "\n".join(block)
            block = None if block is not None else []
        elif block is not None:
            block.append(line)
