"""Commands as the store reads them. Source: https://valkey.io/topics/protocol/

redis-py's own packing takes several times as long, as it looks at each argument's type anew.
"""

Command = tuple[str | bytes | int, ...]


class Packed(str):
    """An argument that is sent again and again, with its bytes on the wire."""

    __slots__ = ("wire",)

    wire: bytes

    def __new__(cls, text: str) -> "Packed":
        packed = super().__new__(cls, text)
        packed.wire = _pack_argument(text)
        return packed


def pack(command: Command) -> bytes:
    parts = [b"*%d\r\n" % len(command)]
    for argument in command:
        parts.append(argument.wire if type(argument) is Packed else _pack_argument(argument))
    return b"".join(parts)


def _pack_argument(argument: str | bytes | int) -> bytes:
    # A lone surrogate becomes "?": one bad word must not take all who share the connection down.
    data = argument if isinstance(argument, bytes) else str(argument).encode(errors="replace")
    return b"$%d\r\n%b\r\n" % (len(data), data)
