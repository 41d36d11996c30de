"""The checker of runs that may lose posts accepts what was told, and nothing else."""

from dataclasses import replace

import pytest

from tests.faults.checker import Id, Post, Reader, Seen, Told
from tests.faults.losses import check_with_losses

ONE, TWO, THREE = (1000, 0), (1000, 1), (2000, 0)
POSTS = [
    Post("lobby", "one", "acknowledged", {ONE}, at_s=1),
    Post("lobby", "two", "acknowledged", {TWO}, at_s=2),
    Post("lobby", "three", "acknowledged", {THREE}, at_s=4),
]
SEEN = [Seen(ONE, "one"), Seen(TWO, "two"), Seen(THREE, "three")]
RESET = Told(TWO, ONE, "reset", at_s=3)
# A failover at 2.5 s, after which `two` is gone.
KEPT, LOSSES_S = {ONE: "one", THREE: "three"}, [2.5]
ALL = {ONE: "one", TWO: "two", THREE: "three"}
BEGUN_ANEW = [*SEEN[:2], RESET, SEEN[0], SEEN[2]]


def objections(
    events: list[Seen | Told],
    *,
    posts: list[Post] = POSTS,
    kept: dict[Id, str] = KEPT,
    losses_s: list[float] = LOSSES_S,
    polls: bool = False,
) -> list[str]:
    reader = Reader("r", "lobby", events=events, polls=polls)
    return check_with_losses(posts, [reader], {"lobby": kept}, losses_s)


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        pytest.param(BEGUN_ANEW, KEPT, id="lost-and-told"),
        pytest.param([SEEN[0], RESET, SEEN[0], SEEN[2]], KEPT, id="never-seen-and-told"),
        pytest.param(SEEN, ALL, id="nothing-lost"),
    ],
)
def test_what_was_told_is_accepted(events: list[Seen | Told], kept: dict[Id, str]) -> None:
    assert objections(events, kept=kept) == []


@pytest.mark.parametrize(
    ("events", "losses_s", "objection"),
    [
        pytest.param(SEEN, LOSSES_S, "was not told that 'two'", id="lost-and-not-told"),
        pytest.param(
            [replace(RESET, at_s=1.5), *SEEN], LOSSES_S, "was not told that 'two'", id="told-before"
        ),
        pytest.param(BEGUN_ANEW, [], "is gone, with no failover since", id="lost-for-no-reason"),
        pytest.param(
            BEGUN_ANEW, [1.5], "is gone, with no failover since", id="lost-after-the-failover"
        ),
        pytest.param(
            BEGUN_ANEW[:-1], LOSSES_S, "never saw 'three' ((2000, 0)), which is in the store",
            id="kept-and-not-shown",
        ),
        pytest.param([*BEGUN_ANEW, SEEN[2]], LOSSES_S, "twice", id="twice-after-the-reset"),
        pytest.param(
            [*BEGUN_ANEW, Seen((3000, 0), "ghost")], LOSSES_S, "nobody posted", id="out-of-nowhere"
        ),
    ],
)  # fmt: skip
def test_what_was_not_told_is_objected_to(
    events: list[Seen | Told], losses_s: list[float], objection: str
) -> None:
    found = objections(events, losses_s=losses_s)
    assert any(objection in each for each in found), found


def test_a_post_tried_again_may_be_seen_under_the_id_that_was_lost() -> None:
    retried = [POSTS[0], replace(POSTS[1], ids={THREE}, at_s=4)]
    events = [SEEN[0], Seen(TWO, "two"), RESET, SEEN[0], Seen(THREE, "two")]
    kept = {ONE: "one", THREE: "two"}
    assert objections(events, posts=retried, kept=kept) == []
    kept_twice = objections(events, posts=retried, kept={**kept, TWO: "two"})
    assert any("acknowledged as" in each for each in kept_twice)


def test_two_masters_may_give_one_id_to_two_posts_when_the_reader_is_told() -> None:
    other = Post("lobby", "other", "acknowledged", {TWO}, at_s=2)
    kept = {ONE: "one", TWO: "other", THREE: "three"}
    told = [*SEEN[:2], RESET, SEEN[0], Seen(TWO, "other"), SEEN[2]]
    assert objections(told, posts=[*POSTS, other], kept=kept) == []
    skipped = objections(SEEN, posts=[*POSTS, other], kept=kept)
    assert any("never saw 'other'" in each for each in skipped), skipped
    third = Post("lobby", "third", "acknowledged", {TWO}, at_s=2)
    thrice = objections(told, posts=[*POSTS, other, third], kept=kept)
    assert any("was given to" in each for each in thrice), thrice


def test_one_who_polls_from_an_id_that_is_lost_need_not_see_what_is_below_it() -> None:
    """It was shown what a master without its replica took, and was away when that was lost."""
    lost = Seen((1500, 0), "lost")
    posts = [*POSTS, Post("lobby", "lost")]
    for polls in (True, False):
        found = objections([SEEN[0], lost, SEEN[2]], posts=posts, kept=ALL, polls=polls)
        assert any("never saw 'two'" in each for each in found) is not polls, found
    found = objections([SEEN[0], lost], posts=posts, kept=ALL, polls=True)
    assert any("never saw 'three'" in each for each in found), found
