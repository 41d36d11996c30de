"""BatchStore: many messages of one author in one write."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sse_chat.counts import Counts
from sse_chat.errors import ChatError, KeyReused
from sse_chat.events import Draft
from sse_chat.ids import EntryId
from sse_chat.store.appending import KEY_S, Appending, digest_of, run, until_answered
from sse_chat.store.charges import Charges, refusal
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.records import read_id, to_fields
from sse_chat.store.resp import Packed
from sse_chat.store.scripts import load_script
from sse_chat.store.slow import SlowStore

_BATCH = load_script("append_batch")
_NO_DIGEST = Packed("")
# From so many on, what a worker with readers pays to read them from the room is less than what the
# live stream, and every worker without readers, would pay for each of them.
LONG = 100


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of one draft; `is_replay`: its key had been used for the same before."""

    entry_id: EntryId
    is_replay: bool


class BatchStore:
    def __init__(
        self, posts: Pipeline | SlotPipelines, appending: Appending, counts: Counts
    ) -> None:
        self._posts = posts
        self._appending = appending
        self._slow = SlowStore(counts)

    async def append(
        self, drafts: Sequence[Draft], charges: Charges = ()
    ) -> list[Appended | ChatError]:
        """All drafts are of one room. One script call: no other entry comes between them.

        Each charge is taken once for every draft, and may be overdrawn by this one call: a batch
        larger than what is allowed at once must pass some time. Gives KeyReused in place of an
        entry; raises TooMany, StoreUnavailable, Busy.
        """
        appending, room = self._appending, drafts[0].room
        limit_keys, limits = appending.pack_charges(room, charges)
        call, call_s = appending.idempotency_of(replace(drafts[0], key=None))
        keys: list[str] = [*appending.keys_of(room), *limit_keys, call]
        args: list[str | int] = [
            room, *appending.trim, int(_is_long(drafts)), len(charges), *limits, call_s, KEY_S
        ]  # fmt: skip
        digests = [_NO_DIGEST if each.key is None else digest_of(each) for each in drafts]
        for draft, digest in zip(drafts, digests, strict=True):
            fields = to_fields(draft)
            if draft.key is not None:
                keys.append(appending.idempotency_of(draft)[0])
            args += [digest, len(fields), *fields]
        began_s = time.monotonic()
        rows = await until_answered(lambda: run(self._posts, _BATCH, keys, *args))
        if len(rows) == 1 and rows[0][0] == _OVER_LIMIT:
            raise refusal(charges, rows[0][1])
        self._slow.posted(time.monotonic() - began_s)
        return [
            _outcome(*row, draft=draft, digest=digest)
            for row, draft, digest in zip(rows, drafts, digests, strict=True)
        ]


def _is_long(drafts: Sequence[Draft]) -> bool:
    """Whom an entry mentions is learned from the live stream alone, by feeds of other rooms."""
    return len(drafts) >= LONG and not any(each.extra.mentions for each in drafts)


_OVER_LIMIT = 2


def _outcome(is_new: int, outcome: str, *, draft: Draft, digest: str) -> Appended | ChatError:
    stored_id, _, known_digest = outcome.partition(" ")
    if not is_new and known_digest != digest:
        return KeyReused()
    # Found by our own key: an earlier try got through and its reply was lost.
    return Appended(read_id(stored_id), is_replay=not is_new and draft.key is not None)
