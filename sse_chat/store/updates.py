"""UpdateStore: messages that their author updates under a key, at most once a second each.

A text that comes sooner is kept in the store at once, and becomes an edit when the second is over:
by the worker that took it, or by any other if that one is gone.
"""

import asyncio
import logging
import time
from dataclasses import dataclass

from sse_chat.errors import Busy, ChatError, KeyReused
from sse_chat.events import Draft
from sse_chat.ids import EntryId
from sse_chat.store.appending import Appending, digest_of, run, until_answered
from sse_chat.store.charges import Charges, refusal
from sse_chat.store.keys import PARTITIONS, Keys, partition_of
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.records import read_id, sum_of, to_base_fields, to_fields
from sse_chat.store.scripts import load_script

_FLUSH = load_script("flush_update")
_UPDATE = load_script("update")

_log = logging.getLogger("sse_chat")
_KEPT_S = 7 * 24 * 3600
_EVERY_MS = 1000
_SWEEP_S = 10.0
_AT_ONCE = 100
_MAX_DUE = 10_000
_APPENDED, _OVER_LIMIT, _REPLAYED = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Updated:
    """The message of the key; `is_new`: it was made by this call; `is_replay`: a call with this
    idempotency key did all of it before."""

    entry_id: EntryId
    is_new: bool
    is_replay: bool = False


class UpdateStore:
    def __init__(self, posts: Pipeline | SlotPipelines, keys: Keys, appending: Appending) -> None:
        self._posts = posts
        self._keys = keys
        self._appending = appending
        self._due_s: dict[str, float] = {}
        self._has_due = asyncio.Event()

    async def update(self, draft: Draft, update_key: str, charges: Charges = ()) -> Updated:
        """A new message, or another text for the one that this author has under the key.

        Raises KeyReused, TooMany, StoreUnavailable, Busy.
        """
        if len(self._due_s) >= _MAX_DUE:
            raise Busy("too many messages are being updated; send it again")
        room = draft.room
        name = self._keys.update(room, draft.author.author_id, update_key)
        limit_keys, limits = self._appending.pack_charges(room, charges)
        base = to_base_fields(draft)
        fields, digest = to_fields(draft), digest_of(draft)
        once, once_s = self._appending.idempotency_of(draft)
        args: tuple[str | int, ...] = (
            room, *self._appending.trim, digest, f"{room} {name}", _KEPT_S, _EVERY_MS,
            once_s if draft.key else 0, len(charges), *limits,
            sum_of(room, base), len(base), *base, *fields[len(base) :],
        )  # fmt: skip
        keys = [*self._keys_of(room, name), once, *limit_keys]
        done, outcome, wait_ms = await until_answered(
            lambda: run(self._posts, _UPDATE, keys, *args)
        )
        if done == _OVER_LIMIT:
            raise refusal(charges, outcome)
        if done == _REPLAYED:
            stored_id, _, known_digest = outcome.partition(" ")
            if known_digest != digest:
                raise KeyReused
            return Updated(read_id(stored_id), is_new=False, is_replay=True)
        if wait_ms:
            self._due_s[f"{room} {name}"] = time.monotonic() + wait_ms / 1000
            self._has_due.set()
        return Updated(read_id(outcome), is_new=done == _APPENDED)

    def _keys_of(self, room: str, name: str) -> list[str]:
        partition = partition_of(room)
        return [
            *self._appending.keys_of(room),
            self._keys.edits(room),
            name,
            self._keys.pending(partition),
            self._keys.pending_texts(partition),
        ]

    async def run(self) -> None:
        """Runs until cancelled: makes edits of what has waited its second."""
        swept_at_s = time.monotonic()
        while True:
            earliest_s = min(self._due_s.values(), default=swept_at_s + _SWEEP_S)
            await self._wait_until(min(earliest_s, swept_at_s + _SWEEP_S))
            now_s = time.monotonic()
            due = [each for each, due_s in self._due_s.items() if due_s <= now_s][:_AT_ONCE]
            try:
                if now_s - swept_at_s >= _SWEEP_S:
                    swept_at_s = now_s
                    due += await self._left_behind()
                for member in due:
                    await self._flush(member)
            except ChatError as exc:
                _log.warning("updates of messages wait: %s", exc.detail)
                await asyncio.sleep(1)
            except Exception:
                # One update that cannot be made must not end the worker.
                _log.exception("an update of a message failed")
                await asyncio.sleep(1)

    async def _wait_until(self, at_s: float) -> None:
        self._has_due.clear()
        try:
            async with asyncio.timeout(max(at_s - time.monotonic(), 0)):
                await self._has_due.wait()
        except TimeoutError:
            pass

    async def _left_behind(self) -> list[str]:
        """What other workers took a while ago and did not get to."""
        before_ms = int((time.time() - _SWEEP_S) * 1000)
        found: list[str] = []
        for partition in range(PARTITIONS):
            key = self._keys.pending(partition)
            found += await self._posts.call(
                "ZRANGEBYSCORE", key, "-inf", before_ms, "LIMIT", 0, _AT_ONCE
            )
        return found

    async def _flush(self, member: str) -> None:
        room, _, name = member.partition(" ")
        keys = self._keys_of(room, name)
        wait_ms = await run(self._posts, _FLUSH, keys, room, *self._appending.trim, member, _KEPT_S)
        if wait_ms:
            self._due_s[member] = time.monotonic() + wait_ms / 1000
        else:
            self._due_s.pop(member, None)
