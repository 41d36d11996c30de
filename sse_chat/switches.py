"""On or off, in settings, queries, forms and JSON: one parser for all. No I/O."""

from sse_chat.errors import Malformed

SWITCHES = dict.fromkeys(("on", "true", "yes", "1"), True) | dict.fromkeys(
    ("off", "false", "no", "0"), False
)


def parse_switch(name: str, value: object) -> bool:
    """What a field holds, or JSON; nothing at all is off. Raises Malformed for any other word, as
    one that is passed over would leave undone what was asked for."""
    word = str(value).lower() if isinstance(value, str | bool | int) else repr(value)
    if value is None or word == "":
        return False
    if word not in SWITCHES:
        raise Malformed(f"{name}={word[:40]!r}: 1 or 0 is allowed")
    return SWITCHES[word]
