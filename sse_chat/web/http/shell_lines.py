"""Lines of curl for the shells of Windows, from those for a POSIX shell. No I/O.

Only what the pages show is known here: words, and texts in single quotes that hold neither quotes,
nor percent signs, nor line ends.
"""

import re

_QUOTED = re.compile(r"'([^'\"%\n]*)'")
_CURL = re.compile(r"^curl\b")


def for_cmd(line: str) -> str:
    """There only double quotes quote."""
    return _QUOTED.sub(r'"\1"', for_powershell(line))


def for_powershell(line: str) -> str:
    """There `curl` alone is another command; single quotes are as in a shell."""
    return _CURL.sub("curl.exe", line)
