"""The client: the commands tail, say, pipe, ask and wait; `Room` and `Rooms` for Python programs.

Knows the server by HTTP. Imports nothing that only the server needs.
"""

from sse_chat.client.problems import Problem
from sse_chat.client.room import Room
from sse_chat.client.rooms import Rooms
from sse_chat.client.sync import SyncRoom, SyncRooms

__all__ = ["Problem", "Room", "Rooms", "SyncRoom", "SyncRooms"]
