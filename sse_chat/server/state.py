"""ServerState: what the connections of a server share."""

import asyncio
from typing import Any, Protocol


class ServerState(Protocol):
    """What all connections of a server share; uvicorn's own has it."""

    connections: set[Any]
    """The open ones; each has `shutdown`."""
    tasks: set[asyncio.Task[None]]
    """Of the requests that are being answered."""
    default_headers: list[tuple[bytes, bytes]]
    """Those of every answer."""
