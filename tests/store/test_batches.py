"""A batch is one step of the store, and what its script is asked twice it does once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sse_chat.counts import Counts
from sse_chat.errors import KeyReused, StoreUnavailable
from sse_chat.events import Author, Draft
from sse_chat.extras import Extra
from sse_chat.store.appending import LIVE_ENTRIES, Appending
from sse_chat.store.batches import LONG, Appended, BatchStore
from sse_chat.store.keys import Keys, partition_of
from sse_chat.store.link import Link
from sse_chat.store.links import Links
from sse_chat.store.scripts import Script
from tests.support.stores import run_store

_ANN = Author("ann", "n_1", guest=True)
_KEYS = Keys("t")


class LosesFirst:
    """A pipeline whose first answer is lost."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.calls = 0

    async def run(self, script: Script, keys: Sequence[str], *args: str | int) -> Any:
        self.calls += 1
        reply = await self._link.call("EVAL", script.source, len(keys), *keys, *args)
        if self.calls == 1:
            raise StoreUnavailable("the answer is lost")
        return reply


def _draft(text: str, key: str | None = None) -> Draft:
    return Draft("room", _ANN, text, key)


async def _read_live(link: Link) -> list[dict[str, str]]:
    rows = await link.call("XRANGE", _KEYS.changes(partition_of("room")), "-", "+")
    return [dict(zip(row[1][::2], row[1][1::2], strict=True)) for row in rows]


def _with_store(
    folder: Path, retention: int, work: Callable[[BatchStore, Link], Awaitable[None]]
) -> None:
    async def run(url: str) -> None:
        link = Links(url).make()
        appending = Appending(_KEYS, retention=retention, retention_age_s=0)
        posts: Any = LosesFirst(link)
        await work(BatchStore(posts, appending, Counts()), link)
        await link.close()

    with run_store(folder) as store:
        asyncio.run(run(store.url))


def test_a_batch_whose_answer_was_lost_is_kept_once(tmp_path: Path) -> None:
    async def work(batches: BatchStore, link: Link) -> None:
        drafts = [
            _draft("one"), _draft("two", "k"), _draft("one"), _draft("two", "k"),
            _draft("other", "k"), _draft("three", "l"),
        ]  # fmt: skip
        results = await batches.append(drafts)
        one, two, again, same, other, three = results
        assert isinstance(other, KeyReused)
        assert two == same
        kept = [each for each in (one, two, again, three) if isinstance(each, Appended)]
        ids = [each.entry_id for each in kept]
        assert ids == sorted(set(ids))
        # Only who sent a key can have sent it before.
        assert [each.is_replay for each in kept] == [False, True, False, True]
        rows = await link.call("XRANGE", _KEYS.room("room"), "-", "+")
        assert [row[0] for row in rows] == list(map(str, ids))
        shown = await _read_live(link)
        assert [each["text"] for each in shown] == ["one", "two", "one", "three"]
        assert [each["before"] for each in shown] == ["0-0", *map(str, ids[:-1])]
        newest = await link.call("HGET", _KEYS.newest("room"), "room")
        first = await link.call("HGET", _KEYS.meta("room"), "first")
        assert (first, newest) == (str(ids[0]), str(ids[-1]))

    _with_store(tmp_path, 1000, work)


@pytest.mark.parametrize("retention", [3, 1000])
def test_a_batch_leaves_what_is_kept(tmp_path: Path, retention: int) -> None:
    async def work(batches: BatchStore, link: Link) -> None:
        for number in range(2):
            await batches.append([_draft(f"{number} {each}") for each in range(600)])
        rows = await link.call("XRANGE", _KEYS.room("room"), "-", "+")
        assert len(rows) == retention
        chain = (await _read_live(link))[::-1]
        assert all(later["before"] == earlier["id"] for later, earlier in pairwise(chain))
        gone = 1200 - retention
        trimmed = await link.call("HMGET", _KEYS.meta("room"), "trimmed", "trimmed_count")
        assert trimmed == [chain[retention]["id"], str(gone)]

    _with_store(tmp_path, retention, work)


def test_of_a_long_batch_the_live_stream_gets_the_last(tmp_path: Path) -> None:
    async def work(batches: BatchStore, link: Link) -> None:
        drafts = [_draft(f"{number}", f"k{number}") for number in range(LONG)]
        await batches.append(drafts[:3])
        # The last of it was posted before.
        results = await batches.append([*drafts, drafts[0]])
        ids = [str(each.entry_id) for each in results if isinstance(each, Appended)]
        before, newest = ids[LONG - 2 : LONG]
        live = await _read_live(link)
        assert [each["text"] for each in live] == ["0", "1", "2", f"{LONG - 1}"]
        # Whoever has seen only those sees the hole.
        assert (live[-1]["before"], live[-1]["id"]) == (before, newest)
        rows = await link.call("XRANGE", _KEYS.room("room"), "-", "+")
        assert [row[0] for row in rows[-2:]] == [before, newest]
        assert len(rows) == LONG

    _with_store(tmp_path, LIVE_ENTRIES, work)


def test_a_long_batch_that_mentions_somebody_is_announced_line_by_line(tmp_path: Path) -> None:
    async def work(batches: BatchStore, link: Link) -> None:
        drafts = [_draft(f"{number}") for number in range(LONG)]
        drafts[7] = replace(drafts[7], extra=Extra(mentions=(_ANN.author_id,)))
        await batches.append(drafts)
        live = await _read_live(link)
        assert len(live) == LONG
        assert all(later["before"] == earlier["id"] for earlier, later in pairwise(live))

    _with_store(tmp_path, LIVE_ENTRIES, work)
