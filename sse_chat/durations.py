"""Durations as people write them: `90`, `90s`, `15m`, `2h`, `7d`, `1w`. No I/O."""

import re

_UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(\d{1,12})([smhdw]?)", re.ASCII)


def parse_duration(value: str) -> int:
    """Whole seconds; a number alone is seconds. Raises ValueError."""
    found = _DURATION.fullmatch(value)
    if found is None:
        raise ValueError("a number, or a number with s, m, h, d or w")
    return int(found[1]) * _UNITS_S[found[2]]
