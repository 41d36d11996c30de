"""Entries as rows of the first page."""

from dataclasses import replace

import pytest

from sse_chat.events import Author, Entry
from sse_chat.ids import EntryId
from sse_chat.store.erasing import ERASED
from sse_chat.web.rooms.deleted_rows import find_deleted, with_deleted
from sse_chat.web.rooms.rows import BLANK_ROW, hue_of, to_rows

_DAY_MS = 24 * 3600 * 1000
_START_MS = 1_763_856_000_000  # 2025-11-23T00:00:00Z
_ANN, _BO = Author("ann", "g_1"), Author("bo", "g_2")


def _entry(after_s: float, author: Author = _ANN, text: str = "hi", kind: str = "message") -> Entry:
    return Entry(EntryId(_START_MS + int(after_s * 1000), 0), "lobby", author, text, kind=kind)


@pytest.mark.parametrize(
    ("second", "continues"),
    [
        pytest.param(_entry(299), True, id="within-five-minutes"),
        pytest.param(_entry(300), False, id="five-minutes-later"),
        pytest.param(_entry(1, _BO), False, id="someone-else"),
        pytest.param(_entry(1, Author("Ann", "g_1")), False, id="under-another-name"),
        pytest.param(_entry(1, text="/me waves"), False, id="an-action"),
        pytest.param(_entry(1, kind="topic"), False, id="a-topic"),
        pytest.param(_entry(1), True, id="same-person"),
    ],
)
def test_a_group_goes_on_while_one_person_talks(second: Entry, continues: bool) -> None:
    assert to_rows([_entry(0), second])[1]["continues"] is continues


def test_each_day_begins_once() -> None:
    rows = to_rows([_entry(0), _entry(60), _entry(_DAY_MS / 1000)])
    assert [row["begins_day"] for row in rows] == [True, False, True]
    assert [row["day"] for row in rows] == ["2025-11-23", "2025-11-23", "2025-11-24"]


def test_what_happened_to_other_messages_is_no_row() -> None:
    kinds = ("edit", "delete", "reaction")
    assert to_rows([_entry(each, kind=kind) for each, kind in enumerate(kinds)]) == []


def _deletion(after_s: float, target: Entry, author: Author = _BO) -> Entry:
    return replace(_entry(after_s, author, "", "delete"), target=target.id)


def _lines(*entries: Entry, has_more: bool = False) -> list[object]:
    """Of each row its text, or who deleted how many; days as they begin."""
    deleted, _ = find_deleted(entries, has_more=has_more)
    lines: list[object] = []
    for row in with_deleted(to_rows(entries), deleted):
        lines += [row["day"]] if row["begins_day"] else []
        lines.append((len(row["deleted"]), row["author"]) if row["deleted"] else row["text"])
    return lines


def test_a_line_stands_in_place_of_what_was_deleted_with_who_did_it() -> None:
    gone = [_entry(each, text=f"gone {each}") for each in range(2, 6)]
    deletions = [_deletion(60 + each.id.seq, each) for each in (gone[2], gone[0], gone[1])]
    by_ann = _deletion(70, gone[3], _ANN)
    erased = _deletion(71, _entry(8), ERASED)
    kept = [_entry(1, text="first"), _entry(7, text="last"), _entry(9, text="end")]
    assert _lines(*kept, *deletions, by_ann, erased) == [
        "2025-11-23", "first", (3, "bo"), (1, "ann"), "last", (1, ""), "end",
    ]  # fmt: skip


def test_what_was_deleted_interrupts_a_group_and_stands_below_its_day() -> None:
    gone, after = _entry(_DAY_MS / 1000), _entry(_DAY_MS / 1000 + 2, text="after")
    entries = [_entry(0, text="before"), after, _deletion(_DAY_MS / 1000 + 3, gone)]
    assert _lines(*entries) == ["2025-11-23", "before", "2025-11-24", (1, "bo"), "after"]
    deletion = _deletion(3, _entry(1))
    deleted, _ = find_deleted([deletion], has_more=False)
    rows = with_deleted(to_rows([_entry(0), _entry(2)]), deleted)
    assert [row.get("continues", False) for row in rows] == [False, False, False]


def test_what_was_deleted_above_a_page_is_told_apart() -> None:
    old, entries = _entry(0), [_entry(5, text="first"), _deletion(6, _entry(0))]
    assert find_deleted(entries, has_more=True) == ([], [(old.id, "bo")])
    assert _lines(*entries, has_more=True) == ["2025-11-23", "first"]
    assert _lines(*entries) == ["2025-11-23", (1, "bo"), "first"]
    assert find_deleted([], has_more=False) == ([], [])


def test_a_row_has_all_that_the_template_asks_for() -> None:
    assert to_rows([_entry(0)])[0].keys() >= BLANK_ROW.keys()


def test_colours_are_spread_and_stable() -> None:
    hues = {hue_of(f"g_{each}") for each in range(200)}
    assert hues == set(range(12))
    assert hue_of("g_1") == hue_of("g_1")
