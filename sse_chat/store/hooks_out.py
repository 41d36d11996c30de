"""HooksOutStore: how far each hook out of a room has come, and which worker sends."""

from typing import Any

from sse_chat.store.keys import Keys
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.scripts import load_script

_HOLD = load_script("hold_lease")


class HooksOutStore:
    """All calls raise StoreUnavailable."""

    def __init__(self, pipeline: Pipeline | SlotPipelines, keys: Keys) -> None:
        self._pipeline = pipeline
        self._lease = keys.people("hook-lease")
        self._positions = keys.people("hook-positions")
        self._failing = keys.people("hook-failing")

    async def hold_lease(self, holder: str, for_ms: int) -> bool:
        return bool(await self._pipeline.run(_HOLD, [self._lease], holder, for_ms))

    async def position(self, hook_id: str) -> str | None:
        found: str | None = await self._call("HGET", self._positions, hook_id)
        return found

    async def move(self, hook_id: str, position: str) -> None:
        await self._call("HSET", self._positions, hook_id, position)

    async def failing_since_s(self, hook_id: str) -> int | None:
        """Seconds since 1970; None while its deliveries are taken."""
        found = await self._call("HGET", self._failing, hook_id)
        return None if found is None else int(found)

    async def note_failing(self, hook_id: str, since_s: int | None) -> None:
        if since_s is None:
            await self._call("HDEL", self._failing, hook_id)
        else:
            await self._call("HSET", self._failing, hook_id, str(since_s))

    async def forget(self, hook_id: str) -> None:
        await self._call("HDEL", self._positions, hook_id)
        await self._call("HDEL", self._failing, hook_id)

    async def _call(self, *command: str) -> Any:
        return await self._pipeline.call(*command)
