import pytest

from sse_chat.errors import BadId
from sse_chat.ids import EntryId, format_ms, next_id, parse_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("0-0", EntryId(0, 0), id="zero"),
        pytest.param("1700000000000-12", EntryId(1_700_000_000_000, 12), id="usual"),
        pytest.param(f"{2**64 - 1}-{2**64 - 1}", EntryId(2**64 - 1, 2**64 - 1), id="greatest"),
    ],
)
def test_an_id_is_read_and_written_alike(text: str, expected: EntryId) -> None:
    assert parse_id(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    "text",
    ["", "0", "1", "-", "1-", "-1", "01-0", "1-00", " 1-0", "1-0\n", "1_0-0", "٣-0", f"{2**64}-0"],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(BadId, match="is not an id"):
        parse_id(text)


def test_the_next_id_is_the_smallest_above() -> None:
    most = 2**64 - 1
    assert next_id(EntryId(5, 0)) == EntryId(5, 1)
    assert next_id(EntryId(5, most)) == EntryId(6, 0)
    assert next_id(EntryId(most, most)) is None


def test_time_is_rfc_3339_in_utc_with_milliseconds() -> None:
    assert format_ms(1_795_426_860_007) == "2026-11-23T09:41:00.007Z"
