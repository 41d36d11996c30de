"""Which names are taken for each other, and which are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_chat.people.confusables import skeleton_of, skeletons_of


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("paul", "p\u0430ul"),
        ("paul", "PAUL"),
        ("paul", "pau1"),
        ("paul", "pauI"),
        ("admin", "adm\u0131n"),
        ("admin", "a\u200ddmin"),
        ("rob", "r0b"),
        ("mary ann", "mary_ann"),
        ("mo", "rno"),
    ],
)
def test_look_alikes_share_a_form(name: str, other: str) -> None:
    assert skeleton_of(name) == skeleton_of(other)


@pytest.mark.parametrize(("name", "other"), [("ann", "anna"), ("bo", "be"), ("\u738b", "\u7389")])
def test_different_names_share_none(name: str, other: str) -> None:
    assert skeleton_of(name) != skeleton_of(other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("BOB", "\u0392\u039f\u0392"),
        ("bob", "\u0412\u041e\u0412"),
        ("ANN", "\u0391\u039d\u039d"),
        ("ann", "\u0251nn"),
        ("bob", "\u0299\u1d0f\u0299"),
        ("bob", "\ua4d0\ua4f3\ua4d0"),
        ("ann", "ann\U000e0100"),
        ("ann", "a\U0001d159nn"),
    ],
)
def test_no_form_of_a_look_alike_is_free(name: str, other: str) -> None:
    assert skeleton_of(name) in skeletons_of(other)


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=32))
@settings(max_examples=200)
def test_the_same_name_in_another_case_has_the_same_form(name: str) -> None:
    assert skeleton_of(name.casefold()) == skeleton_of(name)


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=32))
@settings(max_examples=200)
def test_what_is_not_seen_makes_no_other_name(name: str) -> None:
    assert skeleton_of(f"{name[0]}\u200d{name[1:]}\ufe0f") == skeleton_of(name)
