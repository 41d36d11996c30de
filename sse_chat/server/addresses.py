"""Addresses of the two ends of a connection."""

import asyncio


def address_of(transport: asyncio.BaseTransport, name: str) -> tuple[str, int] | None:
    """`name`: sockname or peername. None for what is no TCP socket."""
    found = transport.get_extra_info(name)
    if not isinstance(found, tuple):
        return None
    # As a listener for both kinds of addresses tells those of IPv4.
    return str(found[0]).removeprefix("::ffff:"), int(found[1])
