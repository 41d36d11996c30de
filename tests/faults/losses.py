"""What is wrong with a run on a store that may lose what it answered. No I/O.

A store that replicates after it answers loses posts when its master dies. That may happen only
then, and every reader of the room must have been told by a `gap` with reason `reset`. While two
machines both take themselves for the master they may give one id to two posts: one of them is lost.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from tests.faults.checker import (
    ZERO,
    Id,
    Post,
    Reader,
    Seen,
    Told,
    acknowledged_by_room,
    check_agreement,
    check_order,
    check_origin,
    check_posts,
)

# By room: what the store holds at the end, the text by its id.
Kept = dict[str, dict[Id, str]]


def check_with_losses(
    posts: list[Post], readers: list[Reader], kept: Kept, losses_s: Sequence[float]
) -> list[str]:
    """`losses_s`: when the store may have lost what it had."""
    by_room = acknowledged_by_room(posts)
    by_text = {post.text: post for post in posts}
    is_gone = partial(_is_gone, kept)
    return [
        *check_posts(posts, is_gone),
        *check_agreement(readers, is_gone),
        *_check_gone(by_room, kept, losses_s),
        *chain.from_iterable(
            (
                *check_origin(reader, by_text, is_gone),
                *check_order(reader),
                *_check_told(reader, by_room.get(reader.room, []), kept),
            )
            for reader in readers
        ),
    ]


def count_lost(posts: list[Post], kept: Kept) -> int:
    return sum(
        _is_gone(kept, room, each, post.text)
        for room, found in acknowledged_by_room(posts).items()
        for each, post in found
    )


def _is_gone(kept: Kept, room: str, each: Id, text: str) -> bool:
    return kept[room].get(each) != text


def _check_gone(
    by_room: dict[str, list[tuple[Id, Post]]], kept: Kept, losses_s: Sequence[float]
) -> Iterator[str]:
    for room, acknowledged in by_room.items():
        for each, post in acknowledged:
            is_gone = _is_gone(kept, room, each, post.text)
            if is_gone and not any(post.at_s <= loss_s for loss_s in losses_s):
                yield f"{post.text!r} ({each}) was acknowledged and is gone, with no failover since"


def _check_told(reader: Reader, acknowledged: list[tuple[Id, Post]], kept: Kept) -> Iterator[str]:
    seen = {(event.id, event.text) for event in reader.events if isinstance(event, Seen)}
    resets_s = [
        event.at_s for event in reader.events if isinstance(event, Told) and event.reason == "reset"
    ]
    lost_at = _lost_position(reader, kept)
    for each, post in acknowledged:
        if not _is_gone(kept, reader.room, each, post.text):
            if max(reader.start, lost_at) < each and (each, post.text) not in seen:
                yield (
                    f"{reader.name} never saw {post.text!r} ({each}), which is in the store; "
                    f"polls: {reader.polls}, its last: {reader.events[-3:]}"
                )
        elif not any(reset_s >= post.at_s for reset_s in resets_s):
            yield f"{reader.name} was not told that {post.text!r} ({each}) is gone"


def _lost_position(reader: Reader, kept: Kept) -> Id:
    """The highest position of one who polls that the store has lost. Between two polls it is away:
    when ids beyond that are given meanwhile, nobody can tell it, nor what came below.
    """
    if not reader.polls:
        return ZERO
    seen = (event for event in reader.events if isinstance(event, Seen))
    gone = (event.id for event in seen if _is_gone(kept, reader.room, event.id, event.text))
    return max(gone, default=ZERO)
