"""SharedPosition: that of readers in many rooms; what those at the same one get is made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary, ref

from sse_chat.feed.cursor_token import pack_cursor
from sse_chat.ids import EntryId

# A crowd takes the same next step, in a format or two; while a room changes there are a few more.
_MAX_STEPS = 4
# The format, whether chunks are framed, and of each room that has something the stamp of its
# window and the format of its entries.
StepKey = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next: `count` entries, and where they move the reader in its rooms.

    It does not keep the next position: where nobody stands any more, nothing stays.
    """

    chunk: bytes
    count: int
    moves: Sequence[tuple[str, EntryId]]
    is_at_heads: bool
    next_position: "ref[SharedPosition]"


class SharedPosition:
    """The positions in some rooms; one object for all readers that stand alike."""

    __slots__ = ("__weakref__", "_steps", "token")

    def __init__(self, positions: Mapping[str, EntryId], listed_ms: int | None) -> None:
        self.token = pack_cursor(positions, listed_ms)
        self._steps: dict[StepKey, Step] = {}

    def find_step(self, key: StepKey) -> Step | None:
        return self._steps.get(key)

    def keep_step(self, key: StepKey, step: Step) -> None:
        if len(self._steps) >= _MAX_STEPS:
            self._steps.clear()
        self._steps[key] = step


_Key = tuple[int | None, tuple[tuple[str, EntryId], ...]]
_known: WeakValueDictionary[_Key, SharedPosition] = WeakValueDictionary()


def position_at(positions: Mapping[str, EntryId], listed_ms: int | None = None) -> SharedPosition:
    """`listed_ms`: as of a token."""
    key = (listed_ms, tuple(sorted(positions.items())))
    found = _known.get(key)
    if found is None:
        found = _known[key] = SharedPosition(positions, listed_ms)
    return found
