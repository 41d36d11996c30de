"""ManyTrack: one connection that reads many rooms, each of them judged as a Track judges it."""

from collections.abc import Callable, Mapping

from sse_chat.feed.cursor_token import CursorToken
from sse_chat.ids import EntryId
from tests.simulation.laws import Track
from tests.simulation.store import Record


class Positions:
    """As a client sends them by name, where its format gives it no token."""

    def __init__(self, ids: Mapping[str, EntryId]) -> None:
        self._ids = ids

    def position_in(self, room: str) -> EntryId | None:
        return self._ids[room]


class ManyTrack:
    """As a Track to its reader."""

    def __init__(self, tracks: Mapping[str, Track]) -> None:
        self._tracks = tracks
        self.last_position: CursorToken | Positions | None = None
        self.is_started = False

    def take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "in":
            room, token, own = rest.split(" ", 2)
            self._tracks[room].take(own)
            self._pass(token, beside=room)
        elif word in ("hello", "ping"):
            cursor = CursorToken(rest)
            for room, track in self._tracks.items():
                track.take(f"{word} {cursor.position_in(room)}")
            self.is_started = True
            self.last_position = cursor
        elif word != "*":
            # But for a new day.
            for track in self._tracks.values():
                track.take(line)

    def _pass(self, token: str, beside: str) -> None:
        """A position is for all rooms: it may skip nothing in any."""
        if token == "-":
            ids = {room: track.last_position for room, track in self._tracks.items()}
            self.last_position = Positions(ids)
            return
        cursor = self.last_position = CursorToken(token)
        for room, track in self._tracks.items():
            if room != beside or cursor.position_in(room) != track.last_position:
                track.take(f"ping {cursor.position_in(room)}")

    @property
    def has_bye(self) -> bool:
        return any(track.has_bye for track in self._tracks.values())

    @property
    def has_changed(self) -> bool:
        return any(track.has_changed for track in self._tracks.values())

    @property
    def settled(self) -> int:
        return min(track.settled for track in self._tracks.values())

    @settled.setter
    def settled(self, changes: int) -> None:
        for track in self._tracks.values():
            track.settled = changes

    def lacks(self, is_due: Callable[[Record], bool]) -> EntryId | None:
        return next(filter(None, (track.lacks(is_due) for track in self._tracks.values())), None)

    def lacks_known(self) -> EntryId | None:
        return next(filter(None, (track.lacks_known() for track in self._tracks.values())), None)
