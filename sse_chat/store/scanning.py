"""Hashes of any size, read in pieces: neither the store nor our loop is held up by a large one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.records import pair

_PIECE = 500


async def scan_hashes(
    pipeline: Pipeline | SlotPipelines, keys: Sequence[str]
) -> AsyncIterator[dict[str, str]]:
    """All fields of these hashes, some hundred at a time; raises StoreUnavailable.

    One that is written meanwhile may come twice, one that is new or goes may come or not.
    """
    cursors = dict.fromkeys(keys, "0")
    while cursors:
        replies = await asyncio.gather(
            *(
                pipeline.call("HSCAN", key, cursor, "COUNT", _PIECE)
                for key, cursor in cursors.items()
            )
        )
        for key, (cursor, flat) in zip(list(cursors), replies, strict=True):
            yield pair(flat)
            await asyncio.sleep(0)
            if cursor == "0":
                del cursors[key]
            else:
                cursors[key] = cursor
