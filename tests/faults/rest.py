"""The end of a run under load: everything has been posted, and must come to be seen."""

import asyncio
from collections.abc import Sequence

import httpx

from tests.faults.followers import Follower
from tests.faults.load import Writer


async def come_to_rest(
    writer: Writer, followers: Sequence[Follower], rooms: Sequence[str], settle_s: float
) -> list[str]:
    """A last post in each room, which all must come to see in time; else who did not, in words."""
    async with httpx.AsyncClient(timeout=20) as client:
        for room in rooms:
            await writer.post(client, room, until=asyncio.Event())
    last = {post.room: post.text for post in writer.posts[-len(rooms) :]}
    for follower in followers:
        follower.hurry()

    def lagging() -> list[str]:
        return [each.notes.name for each in followers if each.last_text != last[each.notes.room]]

    try:
        async with asyncio.timeout(settle_s):
            while lagging():  # noqa: ASYNC110
                await asyncio.sleep(0.2)
    except TimeoutError:
        return [f"{settle_s:.0f} s after the last post {lagging()} lag behind"]
    return []
