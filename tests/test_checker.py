"""The checker of histories objects to histories that are wrong, and to no others."""

import pytest

from tests.faults.checker import Post, Reader, Seen, Told, check

ONE, TWO, THREE = (1000, 0), (1000, 1), (2000, 0)


def post(text: str, *ids: tuple[int, int], outcome: str = "acknowledged") -> Post:
    return Post("lobby", text, outcome, set(ids))  # type: ignore[arg-type]


POSTS = [post("one", ONE), post("two", TWO), post("three", THREE)]
ALL = [Seen(ONE, "one"), Seen(TWO, "two"), Seen(THREE, "three")]


@pytest.mark.parametrize(
    ("posts", "events"),
    [
        pytest.param(POSTS, ALL, id="all-seen"),
        pytest.param(
            POSTS, [Told((0, 0), THREE, "trimmed"), Seen(THREE, "three")], id="trimmed-and-told"
        ),
        pytest.param(POSTS, [*ALL, Told(THREE, None, "reset")], id="reset"),
        pytest.param(
            POSTS, [*ALL[:2], Told(TWO, ONE, "reset"), Seen(ONE, "one")], id="begun-anew"
        ),
        pytest.param([*POSTS, post("open", outcome="unknown")], ALL, id="unknown-not-there"),
        pytest.param(
            [*POSTS, post("open", outcome="unknown")], [*ALL, Seen((3000, 0), "open")],
            id="unknown-there",
        ),
        pytest.param([*POSTS, post("no", outcome="refused")], ALL, id="refused"),
    ],
)  # fmt: skip
def test_a_history_that_keeps_every_promise_passes(
    posts: list[Post], events: list[Seen | Told]
) -> None:
    assert check(posts, [Reader("r", "lobby", events=events)]) == []


@pytest.mark.parametrize(
    ("posts", "events", "objection"),
    [
        pytest.param(POSTS, ALL[1:], "never saw 'one'", id="first-lost"),
        pytest.param(POSTS, ALL[:2], "never saw 'three'", id="last-lost"),
        pytest.param(POSTS, [ALL[0], ALL[2]], "never saw 'two'", id="hole"),
        pytest.param(POSTS, [*ALL, ALL[2]], "twice", id="last-twice"),
        pytest.param(POSTS, [*ALL, ALL[0]], "twice", id="old-again"),
        pytest.param(POSTS, [ALL[1], ALL[0], ALL[2]], "after (1000, 1)", id="out-of-order"),
        pytest.param(
            POSTS, [*ALL, Seen((3000, 0), "ghost")], "nobody posted", id="out-of-nowhere"
        ),
        pytest.param(
            [*POSTS, post("no", outcome="refused")], [*ALL, Seen((3000, 0), "no")],
            "which was refused", id="refused-but-there",
        ),
        pytest.param(
            POSTS, [ALL[0], Seen(TWO, "three"), Seen(THREE, "two")], "acknowledged as", id="swapped"
        ),
        pytest.param(
            POSTS, [Told((5, 5), THREE, "trimmed"), ALL[2]], "was told a gap after", id="wrong-gap"
        ),
        pytest.param(
            POSTS, [Told((0, 0), TWO, "trimmed"), ALL[2]], "never saw 'two'", id="gap-too-small"
        ),
        pytest.param(
            [post("one", ONE, TWO)], [Seen(ONE, "one")], "under 2 ids", id="two-ids-for-one"
        ),
        pytest.param(
            [post("one", ONE), post("two", ONE)], [Seen(ONE, "one")], "given to",
            id="one-id-for-two",
        ),
    ],
)  # fmt: skip
def test_a_doctored_history_is_objected_to(
    posts: list[Post], events: list[Seen | Told], objection: str
) -> None:
    found = check(posts, [Reader("r", "lobby", events=events)])
    assert any(objection in each for each in found), found


def test_readers_that_saw_different_texts_under_one_id_are_objected_to() -> None:
    posts = [post("a", outcome="unknown"), post("b", outcome="unknown")]
    readers = [
        Reader("r", "lobby", events=[Seen(ONE, "a")]),
        Reader("s", "lobby", events=[Seen(ONE, "b")]),
    ]
    assert any("where another saw" in each for each in check(posts, readers))
