"""A batch is one step of the store, and what its script is asked twice it does once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sse_chat.counts import Counts
from sse_chat.errors import KeyReused, StoreUnavailable
from sse_chat.events import Author, Draft
from sse_chat.store.appending import Appending
from sse_chat.store.batches import Appended, BatchStore
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
        live = await link.call("XRANGE", _KEYS.changes(partition_of("room")), "-", "+")
        shown = [dict(zip(row[1][::2], row[1][1::2], strict=True)) for row in live]
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
        live = await link.call("XREVRANGE", _KEYS.changes(partition_of("room")), "+", "-")
        chain = [dict(zip(row[1][::2], row[1][1::2], strict=True)) for row in live]
        assert all(later["before"] == earlier["id"] for later, earlier in pairwise(chain))
        gone = 1200 - retention
        trimmed = await link.call("HMGET", _KEYS.meta("room"), "trimmed", "trimmed_count")
        assert trimmed == [chain[retention]["id"], str(gone)]

    _with_store(tmp_path, retention, work)
