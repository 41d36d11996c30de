"""RetentionStore: how much a room keeps of its own, where that is less than the server does."""

from sse_chat.store.keys import Keys
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.scripts import load_script

_SET = load_script("set_retention")


class RetentionStore:
    """All calls raise StoreUnavailable."""

    def __init__(self, pipeline: Pipeline | SlotPipelines, keys: Keys) -> None:
        self._pipeline = pipeline
        self._keys = keys

    async def set(self, room: str, *, keep: int, keep_s: int) -> None:
        """From now on so many entries, of so many seconds; 0: as the server says."""
        keys = [self._keys.room(room), self._keys.meta(room)]
        args = (str(keep or ""), str(keep_s * 1000 or ""))
        await self._pipeline.run(_SET, keys, *args)
