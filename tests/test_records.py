"""How an entry is kept: the fields are a promise to data that exists already."""

import pytest

from sse_chat.events import Author, Draft, Entry, StreamEnds, find_gap
from sse_chat.ids import ZERO, EntryId
from sse_chat.store.keys import PARTITIONS, Keys, partition_of
from sse_chat.store.records import pair, to_entry, to_fields

ID = EntryId(1_795_455_188_779, 3)


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        pytest.param(
            Draft("lobby", Author("ann", "u_1", False), "hi", None),
            ["author", "ann", "author_id", "u_1", "text", "hi"],
            id="member",
        ),
        pytest.param(
            Draft("lobby", Author("ann", "g_1", True), "hi", "k"),
            ["author", "ann", "author_id", "g_1", "text", "hi", "guest", "1", "key", "k"],
            id="guest-with-key",
        ),
        pytest.param(
            Draft("lobby", Author("ann", "u_1", False), "", None, "delete", ID),
            ["author", "ann", "author_id", "u_1", "text", "", "kind", "delete",
             "target", "1795455188779-3"],
            id="delete",
        ),
    ],
)  # fmt: skip
def test_an_entry_is_stored_as_ever_and_read_back(draft: Draft, fields: list[str]) -> None:
    assert to_fields(draft) == fields
    entry = to_entry("lobby", str(ID), pair(fields))
    assert entry == Entry(
        ID, draft.room, draft.author, draft.text, draft.key, draft.kind, draft.target
    )


def test_keys_stay_where_existing_data_has_them() -> None:
    keys = Keys("sse-chat")
    assert PARTITIONS == 16
    assert keys.room("lobby") == "sse-chat:{p06}:room:lobby"
    assert keys.live(3) == "sse-chat:{p03}:live"
    assert keys.rooms(15) == "sse-chat:{p15}:rooms"
    assert keys.present("lobby") == "sse-chat:{p06}:present:lobby"
    assert keys.idempotency("lobby", "u_1", "k").startswith("sse-chat:{p06}:once:lobby:")
    assert len({partition_of(f"room{number}") for number in range(200)}) == 16


OLD, MIDDLE, NEW = EntryId(1_795_000_000_000, 0), EntryId(1_795_000_000_500, 0), ID


@pytest.mark.parametrize(
    ("cursor", "ends", "reason"),
    [
        pytest.param(OLD, StreamEnds(OLD, NEW, 0), None, id="at-the-oldest"),
        pytest.param(NEW, StreamEnds(OLD, NEW, 0), None, id="at-the-newest"),
        pytest.param(ZERO, StreamEnds(OLD, NEW, 0), None, id="from-the-start"),
        pytest.param(EntryId(1, 0), StreamEnds(OLD, NEW, 0), None, id="made-up"),
        pytest.param(ZERO, StreamEnds(ZERO, ZERO, 0), None, id="empty"),
        pytest.param(OLD, StreamEnds(MIDDLE, NEW, 4), "trimmed", id="trimmed"),
        pytest.param(OLD, StreamEnds(None, NEW, 4), "trimmed", id="all-trimmed"),
        pytest.param(NEW, StreamEnds(None, NEW, 4), None, id="all-trimmed-and-read"),
        pytest.param(MIDDLE, StreamEnds(OLD, NEW, 4), None, id="trimmed-before"),
        pytest.param(
            OLD, StreamEnds(MIDDLE, NEW, 0, MIDDLE), "trimmed", id="emptied-and-written-again"
        ),
        pytest.param(OLD, StreamEnds(MIDDLE, NEW, 0, OLD), None, id="oldest-was-deleted"),
        pytest.param(
            OLD, StreamEnds(MIDDLE, NEW, 4, newest_trimmed=OLD), None, id="read-what-is-trimmed"
        ),
        pytest.param(
            EntryId(OLD.ms - 1, 0),
            StreamEnds(MIDDLE, NEW, 4, newest_trimmed=OLD),
            "trimmed",
            id="read-less-than-is-trimmed",
        ),
        pytest.param(NEW, StreamEnds(OLD, MIDDLE, 0), "reset", id="went-back"),
        pytest.param(NEW, StreamEnds(None, ZERO, 0), "reset", id="emptied"),
    ],
)
def test_a_gap_is_found(cursor: EntryId, ends: StreamEnds, reason: str | None) -> None:
    gap = find_gap(cursor, ends)
    assert (gap.reason if gap else None) == reason
    if gap:
        assert (gap.after, gap.oldest) == (cursor, ends.oldest)
