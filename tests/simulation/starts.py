"""Where a reader begins, by a word: what there is to begin with depends on the store."""

from sse_chat.feed.hub import Start
from sse_chat.ids import ZERO, EntryId
from tests.simulation.store import ModelStore


def find_start(store: ModelStore, room: str, word: str) -> Start:
    ids = store.room(room).ids
    records = store.records.get(room, [])
    newest = ids[-1] if ids else ZERO
    match word.split(" "):
        case ["last", count]:
            return Start(last=int(count))
        case ["zero"]:
            return Start(after=ZERO, may_skip_gap=True)
        case ["newest"]:
            return Start(after=newest)
        case ["beyond"]:
            return Start(after=EntryId(newest.ms + 5000, 0))
        case ["known", back] if records:
            return Start(after=records[-1 - int(back) % len(records)].id)
        case ["between"] if ids:
            return Start(after=EntryId(ids[len(ids) // 2].ms, 7))
    return Start()
