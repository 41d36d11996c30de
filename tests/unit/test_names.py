"""Names of people: what may be one, and when two are the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_chat.errors import BadName
from sse_chat.people import names
from sse_chat.people.names import check_name, fold_name


@pytest.mark.parametrize(
    "name", ["ann", "Ann Lee", "李雷", "Ærøskøbing", "O'Neil", "x" * 32, "نور", "👩‍🚀", "1"]
)
def test_names_of_all_kinds_will_do(name: str) -> None:
    assert check_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name",
    ["", " ", "x" * 33, " ann", "ann\u00a0", "a\tb", "a\x7f", "a\u200bb", "a\u202eb", "\u2066a",
     "a\u2028b", "\ud800", "\ue000", "\u0301", "\u200d", "\u3164",
     "\u2800\ufe0f", "\u115f\u1160", "ann:", "ann: I quit", "a\uff1a", "a" * 129],
)  # fmt: skip
def test_what_deceives_is_no_name(name: str) -> None:
    with pytest.raises(BadName):
        check_name(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "ann"),
        ("STRASSE", "straße"),
        ("\ufb01n", "fin"),
        ("\uff21nn", "ann"),
        ("e\u0301", "É"),
    ],
)
def test_names_that_look_alike_in_case_and_width_are_the_same(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


@given(st.text(max_size=40))
def test_a_name_that_passes_passes_again_and_hides_nothing(name: str) -> None:
    try:
        checked = check_name(name)
    except BadName:
        return
    assert check_name(checked) == checked
    assert 1 <= len(checked) <= 32
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in checked)
    assert fold_name(fold_name(checked)) == fold_name(checked)


def test_a_name_that_is_too_long_is_not_normalized(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without it, normalizing is an AttributeError.
    monkeypatch.setattr(names, "unicodedata", None)
    with pytest.raises(BadName):
        check_name("a" + "\u0315" * 15_000 + "\u0300" * 15_000)


def test_a_name_may_be_written_with_marks_apart() -> None:
    # Four code points each, which compose to one.
    assert check_name("\u03b1\u0313\u0301\u0345" * 32) == "\u1f84" * 32
