"""What a path does to the parts of a body."""

import asyncio
import time
from collections.abc import AsyncIterator

from tests.proxies.habits import Hold


async def held(body: AsyncIterator[bytes], hold: Hold) -> AsyncIterator[bytes]:
    collected = b""
    if hold.every_s:
        async for part in _every(body, hold.every_s):
            yield part
        return
    async for part in body:
        collected += part
        size = len(collected) // hold.block_bytes * hold.block_bytes if hold.block_bytes else 0
        if size:
            yield collected[:size]
            collected = collected[size:]
    if collected:
        yield collected


async def _every(body: AsyncIterator[bytes], every_s: float) -> AsyncIterator[bytes]:
    coming = asyncio.ensure_future(anext(body, None))
    try:
        while True:
            collected = await asyncio.shield(coming)
            if collected is None:
                return
            until_s = time.monotonic() + every_s
            coming = asyncio.ensure_future(anext(body, None))
            is_over = False
            while (left_s := until_s - time.monotonic()) > 0 and not is_over:
                done, _ = await asyncio.wait((coming,), timeout=left_s)
                if done:
                    part = coming.result()
                    is_over = part is None
                    collected += part or b""
                    if not is_over:
                        coming = asyncio.ensure_future(anext(body, None))
            if is_over:
                await asyncio.sleep(max(0, until_s - time.monotonic()))
            yield collected
            if is_over:
                return
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def single(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for part in body:
        for at in range(len(part)):
            yield part[at : at + 1]


async def once(body: bytes) -> AsyncIterator[bytes]:
    if body:
        yield body


async def whole(body: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in body])
