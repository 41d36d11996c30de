"""How an entry is kept: the fields are a promise to data that exists already."""

import json

import pytest

from sse_chat.events import Author, Draft, Entry, StreamEnds, find_gap
from sse_chat.ids import ZERO, EntryId
from sse_chat.rendering import html_of
from sse_chat.store.keys import PARTITIONS, Keys, partition_of
from sse_chat.store.records import is_intact, pair, sum_of, to_entry, to_fields, to_reactions
from sse_chat.store.rendered import with_html

ID = EntryId(1_795_455_188_779, 3)


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        pytest.param(
            Draft("lobby", Author("ann", "u_1", False), "hi", None),
            ["author", "ann", "author_id", "u_1", "text", "hi", "sum", "140b862e"],
            id="member",
        ),
        pytest.param(
            Draft("lobby", Author("ann", "g_1", True), "hi", "k"),
            ["author", "ann", "author_id", "g_1", "text", "hi", "guest", "1", "key", "k",
             "sum", "4392047f"],
            id="guest-with-key",
        ),
        pytest.param(
            Draft("lobby", Author("ann", "u_1", False), "", None, "delete", ID),
            ["author", "ann", "author_id", "u_1", "text", "", "kind", "delete",
             "target", "1795455188779-3", "sum", "05fd3315"],
            id="delete",
        ),
        pytest.param(
            Draft("lobby", Author("ann", "u_1", False), "*hi*"),
            ["author", "ann", "author_id", "u_1", "text", "*hi*", "html", "<p><em>hi</em></p>\n",
             "sum", "14af272c"],
            id="with-markup",
        ),
    ],
)  # fmt: skip
def test_an_entry_is_stored_as_ever_and_read_back(draft: Draft, fields: list[str]) -> None:
    assert to_fields(draft) == fields
    entry = to_entry("lobby", str(ID), pair(fields))
    assert entry == Entry(
        ID, draft.room, draft.author, draft.text, draft.key, draft.kind, draft.target,
        html=html_of(draft.text),
    )  # fmt: skip
    live = ["room", "lobby", "id", str(ID), "before", "0-0", *fields]
    assert to_entry("lobby", str(ID), pair(live)) == entry


FIELDS = ["author", "ann", "author_id", "g_1", "text", "hi *you*", "guest", "1", "key", "k"]


def test_an_entry_from_before_there_were_sums_is_read() -> None:
    entry = to_entry("lobby", str(ID), pair(FIELDS))
    assert entry == Entry(ID, "lobby", Author("ann", "g_1", True), "hi *you*", "k")
    assert with_html(entry).as_json()["html"] == "<p>hi <em>you</em></p>\n"
    assert "damaged" not in entry.as_json()
    # All that such an entry could have: a question, and what grew and was cut off.
    ask = '{"choices": ["yes", "no"], "until_ms": 1795752731210, "who": [["ann", "u_1"]]}'
    asked = to_entry("lobby", str(ID), pair([*FIELDS, "ask", ask, "unfinished", "1"]))
    assert (asked.text, asked.is_damaged, asked.extra.unfinished) == ("hi *you*", False, True)
    assert asked.extra.ask is not None
    assert asked.extra.ask.choices == ("yes", "no")


def test_every_changed_bit_is_found() -> None:
    fields = [*FIELDS, "sum", sum_of("lobby", FIELDS)]
    assert is_intact("lobby", pair(fields))
    assert not is_intact("other", pair(fields))
    for at, part in enumerate(fields):
        data = part.encode()
        for bit in range(len(data) * 8):
            flipped = bytearray(data)
            flipped[bit // 8] ^= 1 << bit % 8
            changed = [*fields[:at], flipped.decode(errors="replace"), *fields[at + 1 :]]
            entry = to_entry("lobby", str(ID), pair(changed))
            assert entry.is_damaged, changed
            assert entry.as_json()["damaged"] is True
            assert "you" not in str(entry.as_json())


def test_an_old_entry_without_its_text_is_damaged() -> None:
    for at in range(0, 6, 2):
        lost = pair(FIELDS[:at] + FIELDS[at + 2 :])
        assert to_entry("lobby", str(ID), lost).is_damaged


def test_keys_stay_where_existing_data_has_them() -> None:
    keys = Keys("sse-chat")
    assert PARTITIONS == 16
    assert keys.room("lobby") == "sse-chat:{p06}:room:lobby"
    assert keys.changes(3) == "sse-chat:{p03}:live"
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


def test_of_many_reactions_the_first_names_are_told() -> None:
    people = [f"p{number}" for number in range(300)]
    stored = json.dumps([{"emoji": "👍", "authors": people, "author_ids": people}])
    [reaction] = to_reactions(stored)
    assert (reaction.count, len(reaction.authors)) == (300, 10)
    assert reaction.as_json()["author_ids"] == people[:10]
