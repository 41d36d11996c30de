"""The client: the commands tail, say, pipe, ask and wait; `Room` and `Rooms` for Python programs.

Knows the server by HTTP. Imports nothing that only the server needs, and itself only what is asked
for: the server takes the exit codes from here, and starts without an HTTP client.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sse_chat.client.problems import Problem
    from sse_chat.client.room import Room
    from sse_chat.client.rooms import Rooms
    from sse_chat.client.sync import SyncRoom, SyncRooms

__all__ = ["Problem", "Room", "Rooms", "SyncRoom", "SyncRooms"]
_MODULES = {
    "Problem": "problems",
    "Room": "room",
    "Rooms": "rooms",
    "SyncRoom": "sync",
    "SyncRooms": "sync",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
