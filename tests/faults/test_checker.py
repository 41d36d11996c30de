"""The checker of histories objects to histories that are wrong, and to no others."""

import pytest

from tests.faults.checker import Post, Reader, Seen, Told, check
from tests.faults.lateness import Held, check_lateness

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


def late(
    events: list[Seen | Told],
    *holds: tuple[float, float],
    starts: list[tuple[float, float]] | None = None,
    dawdles: bool = False,
    polls: bool = False,
) -> list[str]:
    posts = [
        Post("lobby", text, "acknowledged", {each}, at_s)
        for text, each, at_s in (("one", ONE, 10), ("two", TWO, 20), ("three", THREE, 20.1))
    ]
    reader = Reader("r", "lobby", events=events, dawdles=dawdles, polls=polls)
    return list(check_lateness(posts, [reader], Held(holds, starts or [])))


def seen(*times_s: float, opened_s: float = 0) -> list[Seen | Told]:
    entries = zip((ONE, TWO, THREE), ("one", "two", "three"), times_s, strict=True)
    return [Seen(each, text, at_s, opened_s) for each, text, at_s in entries]


@pytest.mark.parametrize(
    ("events", "holds"),
    [
        pytest.param(seen(10.1, 20.1, 20.2), [], id="on-time"),
        pytest.param(seen(9.9, 19.9, 20), [], id="before-its-writer-knew"),
        pytest.param(seen(12.5, 20.1, 20.2), [], id="late-and-alone"),
        pytest.param(seen(20.1, 20.1, 20.2), [(9, 12)], id="held-back-by-a-fault"),
        pytest.param(seen(20.1, 20.1, 20.2), [(5, 8)], id="just-after-a-fault"),
        pytest.param(seen(20.1, 20.1, 20.2, opened_s=20), [], id="by-a-new-connection"),
        pytest.param(seen(25, 25, 25), [(19, 24), (12, 13)], id="all-held-back"),
    ],
)
def test_what_had_a_reason_to_be_late_passes(
    events: list[Seen | Told], holds: list[tuple[float, float]]
) -> None:
    assert late(events, *holds) == []


@pytest.mark.parametrize(
    ("events", "holds", "objection"),
    [
        pytest.param(seen(20.05, 20.1, 20.2), [], "only with 'two'", id="with-the-next"),
        pytest.param(seen(20.05, 20.1, 20.2), [(30, 31)], "only with 'two'", id="fault-after"),
        pytest.param(seen(20.05, 20.1, 20.2), [(1, 2)], "only with 'two'", id="fault-long-before"),
        pytest.param(seen(21, 31, 32), [], "11.0 s late", id="far-too-late"),
        pytest.param(
            seen(20.05, 20.1, 20.2, opened_s=11), [], "only with 'two'", id="opened-as-it-was-said"
        ),
    ],
)
def test_what_came_only_with_the_next_is_objected_to(
    events: list[Seen | Told], holds: list[tuple[float, float]], objection: str
) -> None:
    found = late(events, *holds)
    assert any(objection in each for each in found), found


def test_a_reader_that_dawdles_is_late_by_itself() -> None:
    assert late(seen(20.05, 20.1, 20.2), dawdles=True) == []


def test_a_node_that_starts_excuses_those_who_poll_and_no_others() -> None:
    events, starts = seen(20.05, 20.1, 20.2), [(9.0, 19.0)]
    assert late(events, starts=starts, polls=True) == []
    assert late(events, starts=starts) != []
    assert late(events, polls=True) != []
