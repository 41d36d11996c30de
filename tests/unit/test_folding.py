"""Texts that read the same compare equal, and none takes a time that grows with the square."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_chat.folding import fold_case, fold_text, limit_marks


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Résumé", "re\u0301sume\u0301"),
        ("캘린더", unicodedata.normalize("NFD", "캘린더")),
        ("\uff21\uff42\uff43", "abc"),
        ("ﬁne", "FINE"),
        ("STRASSE", "straße"),
        ("\u0130stanbul", "istanbul"),
        ("co\u00adoperate", "cooperate"),
        ("a\u200bb", "ab"),
        ("ﾃﾞｰﾀ", "データ"),
    ],
)
def test_what_reads_the_same_is_the_same(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)


@pytest.mark.parametrize(("one", "other"), [("resume", "résumé"), ("\u0131", "i"), ("王", "玉")])
def test_what_reads_otherwise_is_not(one: str, other: str) -> None:
    assert fold_text(one) != fold_text(other)


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_case(fold_case(text)) == fold_case(text)


def test_no_run_of_marks_is_long() -> None:
    marks = "a" + "\u0315" * 15_000 + "\u0300" * 15_000
    assert len(limit_marks(marks)) == 31
    assert limit_marks("Z\u0351\u0343\u030c\u0301 text") == "Z\u0351\u0343\u030c\u0301 text"
    assert max(map(len, map(limit_marks, (chr(code) * 99 for code in _marks())))) <= 30


def _marks() -> list[int]:
    return [each for each in range(sys.maxunicode) if unicodedata.combining(chr(each))]
