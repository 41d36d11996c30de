"""Entries as rows of the first page."""

import pytest

from sse_chat.events import Author, Entry
from sse_chat.ids import EntryId
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


def test_a_row_has_all_that_the_template_asks_for() -> None:
    assert to_rows([_entry(0)])[0].keys() >= BLANK_ROW.keys()


def test_colours_are_spread_and_stable() -> None:
    hues = {hue_of(f"g_{each}") for each in range(200)}
    assert hues == set(range(12))
    assert hue_of("g_1") == hue_of("g_1")
