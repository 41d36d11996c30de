"""The history of a run, and what is wrong with it. No I/O.

Writers put down what they were told, readers what they saw. Every text is unique, so that
what was seen leads back to the post that it came from.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Id = tuple[int, int]
ZERO: Id = (0, 0)


def parse(written: str) -> Id:
    ms, _, seq = written.partition("-")
    return int(ms), int(seq)


@dataclass(slots=True)
class Post:
    """`unknown`: no answer came, or one that leaves it open whether the store has it."""

    room: str
    text: str
    outcome: Literal["acknowledged", "refused", "unknown"] = "unknown"
    ids: set[Id] = field(default_factory=set)
    # When the first acknowledgement came.
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """`opened_s`: since when the connection was open on which it came."""

    id: Id
    text: str
    at_s: float = 0.0
    opened_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """A gap: what is above `after` and below `oldest` was not shown; a reset begins anew."""

    after: Id
    oldest: Id | None
    reason: str
    at_s: float = 0.0


@dataclass(slots=True)
class Reader:
    """One reader over all of its connections, from `start` on.

    One that dawdles is late itself. One that polls does not know when its request was taken: a node
    that starts has its port open before it answers.
    """

    name: str
    room: str
    start: Id = ZERO
    events: list[Seen | Told] = field(default_factory=list)
    dawdles: bool = False
    polls: bool = False


def check(posts: list[Post], readers: list[Reader]) -> list[str]:
    """Objections; none when every promise was kept."""
    return [*check_posts(posts), *check_agreement(readers), *_check_readers(posts, readers)]


Gone = Callable[[str, Id, str], bool]


def _none_gone(room: str, each: Id, text: str) -> bool:
    return False


def check_posts(posts: list[Post], is_gone: Gone = _none_gone) -> Iterator[str]:
    """`is_gone`: the room's store has lost this text under this id, and may give the id again."""
    given: dict[tuple[str, Id, bool], str] = {}
    for post in posts:
        if len(post.ids) > 1:
            yield f"{post.text!r} was acknowledged under {len(post.ids)} ids"
        if post.outcome == "acknowledged" and not post.ids:
            yield f"{post.text!r} was acknowledged without an id"
        for each in post.ids:
            kind = (post.room, each, is_gone(post.room, each, post.text))
            other = given.setdefault(kind, post.text)
            if other != post.text:
                yield f"{each} was given to {post.text!r} and to {other!r}"


def check_agreement(readers: list[Reader], is_gone: Gone = _none_gone) -> Iterator[str]:
    """One order for all: an id stands for one text, whoever sees it, in rising order."""
    texts: dict[tuple[str, Id, bool], str] = {}
    for reader in readers:
        for event in reader.events:
            if isinstance(event, Seen):
                kind = (reader.room, event.id, is_gone(reader.room, event.id, event.text))
                first = texts.setdefault(kind, event.text)
                if first != event.text:
                    yield f"{reader.name} saw {event.text!r} where another saw {first!r}"


def _check_readers(posts: list[Post], readers: list[Reader]) -> Iterator[str]:
    by_text = {post.text: post for post in posts}
    by_room = acknowledged_by_room(posts)
    for reader in readers:
        yield from check_origin(reader, by_text)
        yield from check_order(reader)
        yield from _check_whole(reader, by_room.get(reader.room, []))


def acknowledged_by_room(posts: list[Post]) -> dict[str, list[tuple[Id, Post]]]:
    by_room: dict[str, list[tuple[Id, Post]]] = {}
    for post in posts:
        if post.outcome == "acknowledged":
            by_room.setdefault(post.room, []).extend((each, post) for each in post.ids)
    return {room: sorted(found, key=lambda pair: pair[0]) for room, found in by_room.items()}


def check_origin(
    reader: Reader, by_text: dict[str, Post], is_gone: Gone = _none_gone
) -> Iterator[str]:
    """A post that a store has lost, and that was tried again, has another id."""
    for event in reader.events:
        if isinstance(event, Told):
            continue
        post = by_text.get(event.text)
        if post is None or post.room != reader.room:
            yield f"{reader.name} saw {event.text!r}, which nobody posted in {reader.room}"
        elif post.outcome == "refused":
            yield f"{reader.name} saw {event.text!r}, which was refused"
        elif (
            post.ids and event.id not in post.ids and not is_gone(reader.room, event.id, event.text)
        ):
            yield f"{reader.name} saw {event.text!r} as {event.id}, acknowledged as {post.ids}"


def check_order(reader: Reader) -> Iterator[str]:
    """Rising ids, each once, from one reset to the next; gaps begin where the reader is."""
    cursor, seen = reader.start, set[Id]()
    for event in reader.events:
        if isinstance(event, Told):
            if event.reason == "reset":
                cursor, seen = ZERO, set()
            elif event.after != cursor:
                yield f"{reader.name} at {cursor} was told a gap after {event.after}"
            continue
        if event.id in seen:
            yield f"{reader.name} saw {event.text!r} twice"
        elif event.id <= cursor:
            yield f"{reader.name} saw {event.text!r} ({event.id}) after {cursor}"
        seen.add(event.id)
        cursor = max(cursor, event.id)


def _check_whole(reader: Reader, acknowledged: list[tuple[Id, Post]]) -> Iterator[str]:
    told = [event for event in reader.events if isinstance(event, Told)]
    if any(gap.reason == "reset" for gap in told):
        # What was acknowledged before may be gone, and the reader was told so.
        return
    seen = {event.id for event in reader.events if isinstance(event, Seen)}
    excused = [(gap.after, gap.oldest) for gap in told if gap.oldest is not None]
    for each, post in acknowledged:
        is_excused = any(after < each < oldest for after, oldest in excused)
        if each > reader.start and each not in seen and not is_excused:
            yield f"{reader.name} never saw {post.text!r} ({each}), which was acknowledged"
