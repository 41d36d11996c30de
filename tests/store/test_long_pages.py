"""Long pages: what the store sends at once, and that the parts are one page."""

import asyncio
import secrets
from pathlib import Path
from typing import Any

from sse_chat.events import Author, Draft
from sse_chat.feed.channel import FIRST_LOAD
from sse_chat.feed.pages import PAGE
from sse_chat.ids import ZERO
from sse_chat.store.appending import Appending
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.rooms import PART, RoomStore
from tests.support.stores import run_store

ANN = Author("ann", "g_1")
MOST_ROWS = PART + 1


class Measured:
    """A pipeline that notes how many entries come at once; `then` happens behind each reply."""

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        self.rows: list[int] = []
        self.then: list[Any] = []

    async def run(self, *call: Any) -> Any:
        reply = await self.pipeline.run(*call)
        self.rows.append(len(reply[0]))
        if self.then:
            await self.then.pop(0)
        return reply


def test_the_delivery_core_reads_no_page_in_parts() -> None:
    assert max(FIRST_LOAD, PAGE) <= PART


def test_a_long_page_comes_in_parts_and_is_one_page(tmp_path: Path) -> None:
    async def work(url: str) -> None:
        keys, pipeline = Keys(f"t{secrets.token_hex(4)}"), Links(url).pipeline()
        serving = asyncio.create_task(pipeline.serve())
        measured: Any = Measured(pipeline)
        appending = Appending(keys, retention=10_000, retention_age_s=0)
        store = RoomStore(posts=pipeline, reads=measured, keys=keys, appending=appending)
        try:
            posts = [store.append(Draft("lobby", ANN, str(number))) for number in range(900)]
            ids = sorted([each.entry.id for each in await asyncio.gather(*posts)])
            for limit in (1, 250, 251, 700, 1000):
                newest = await store.read_before("lobby", None, limit)
                assert [each.id for each in newest.entries] == ids[-limit:]
                assert (newest.has_more, newest.ends.newest) == (limit < 900, ids[-1])
                oldest = await store.read_after("lobby", ZERO, limit)
                assert [each.id for each in oldest.entries] == ids[:limit]
                assert oldest.has_more == (limit < 900)
            older = await store.read_before("lobby", ids[600], 500)
            assert [each.id for each in older.entries] == ids[100:600]
            later = await store.read_after("lobby", ids[99], 500)
            assert [each.id for each in later.entries] == ids[100:600]
            assert later.has_cursor
            assert max(measured.rows) == MOST_ROWS

            # Where the entry between two parts is deleted, the page is read anew, and is whole.
            measured.then = [pipeline.call("XDEL", keys.room("lobby"), str(ids[649]))]
            again = await store.read_before("lobby", ids[899], 500)
            assert [each.id for each in again.entries] == ids[398:649] + ids[650:899]
            assert again.has_more

            # What retention takes between two parts is told as a gap, not left out.
            key = keys.room("lobby")
            measured.then = [pipeline.call("XTRIM", key, "MINID", str(ids[700]))]
            part = await store.read_after("lobby", ids[99], 500)
            assert [each.id for each in part.entries] == ids[100:350]
            assert part.has_more
            rest = await store.read_after("lobby", ids[349], 500)
            assert rest.gap is not None
            assert rest.entries[0].id == ids[700]
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    with run_store(tmp_path) as running:
        asyncio.run(work(running.url))
