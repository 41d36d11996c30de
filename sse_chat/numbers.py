"""Whole numbers in queries, forms and JSON: one parser for all. No I/O."""

import re

from sse_chat.errors import Malformed

_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)


def parse_whole(name: str, value: object, *, least: int, most: int) -> int:
    """A whole number from `least` to `most`, in decimal and without leading zeros.

    JSON's true and false are none. Raises Malformed.
    """
    digits = str(value)
    # Bounded before it is a number: Python reads none of thousands of digits.
    if not _NUMBER.fullmatch(digits) or not least <= int(digits) <= most:
        raise Malformed(f"{name}={digits[:40]!r}: a whole number from {least} to {most} is allowed")
    return int(digits)
