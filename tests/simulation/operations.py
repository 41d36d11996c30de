"""Operations: what a schedule can do to a world; each reads the numbers `a` and `b` as it needs."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.simulation.feed_reader import FeedReader
from tests.simulation.poll_reader import PollReader
from tests.simulation.reader import Plan, Reader

if TYPE_CHECKING:
    from tests.simulation.world import World

_MOST_READERS = 8
_SIZES = (0, 0, 5, 20, 60, 180)
_FILTERS = ("", "", "", "", "", "", "message", "delete edit")
_STARTS = ("now", "now", "last 2", "last 9", "zero", "newest", "newest", "beyond", "between",
           "known 1", "known 3", "known 8", "known 20")  # fmt: skip


def post(world: "World", room: str, a: int, b: int) -> None:
    world.store.append(room, size=_SIZES[a % len(_SIZES)], author_id=f"u:{b % 3}")


def reply(world: "World", room: str, a: int, b: int) -> None:
    messages = world.store.messages(room)
    reply_to = messages[b % len(messages)].id if messages else None
    world.store.append(room, size=_SIZES[a % len(_SIZES)], reply_to=reply_to)


def burst(world: "World", room: str, a: int, b: int) -> None:
    constants, count, size = world.constants, 2 + a % 14, _SIZES[b % len(_SIZES)]
    world.met["long batches"] += constants.has_batches
    # As the script does: of a long batch only the last is announced.
    is_last_only = constants.has_batches and constants.retention >= constants.live
    for left in reversed(range(count)):
        world.store.append(room, size=size, is_announced=not (is_last_only and left))


def edit(world: "World", room: str, a: int, b: int) -> None:
    messages = world.store.messages(room)
    if messages:
        target = messages[-1 - a % len(messages)].id
        world.store.edit(room, target, _SIZES[b % len(_SIZES)])


def delete(world: "World", room: str, a: int, b: int) -> None:
    messages = world.store.messages(room)
    if messages:
        # The newest is where the borders are.
        back = 0 if a % 2 else b % len(messages)
        world.store.delete(room, messages[-1 - back].id)


def purge(world: "World", room: str, a: int, b: int) -> None:
    """Every message of one author, or of all, one delete after the other."""
    for record in world.store.messages(room):
        if a % 2 or record.author_id == f"u:{b % 3}":
            world.store.delete(room, record.id)


def note(world: "World", room: str, a: int, b: int) -> None:
    world.store.note(room, "typing")


def open_feed(world: "World", room: str, a: int, b: int) -> None:
    if sum(not each.is_finished for each in world.readers) >= _MOST_READERS:
        return
    plan = Plan(
        room=room,
        is_many=a % 4 < 3 and (b >> 11) % 8 < world.constants.many,
        via=("transport", "transport", "asgi", "poll")[a % 4],
        start=_STARTS[(a >> 2) % len(_STARTS)],
        follow=(a >> 6) % 5 > 0 or a % 4 == 3,
        is_chunked=(a >> 9) % 2 == 1,
        slow_ms=(0, 0, 0, 3, 30)[(a >> 10) % 5],
        head_ms=(0, 0, 0, 0, 0, 1, 5, 2600)[(a >> 13) % 8],
        heartbeat_s=(2, 2, 15)[b % 3],
        text=(b >> 2) % 3 == 0,
        kinds=frozenset(_FILTERS[(b >> 7) % 8].split() if a % 4 < 3 else ()),
    )
    kind = PollReader if plan.via == "poll" else FeedReader
    reader = kind(world, len(world.readers), plan, world.chance)
    world.readers.append(reader)
    if (b >> 4) % 8 == 0:
        reader.stall()


def _with_reader(world: "World", a: int, do: Callable[[Reader], None]) -> None:
    present = [each for each in world.readers if not each.is_finished]
    if present:
        do(present[a % len(present)])


def leave(world: "World", room: str, a: int, b: int) -> None:
    _with_reader(world, a, Reader.leave)


def cut(world: "World", room: str, a: int, b: int) -> None:
    _with_reader(world, a, Reader.cut)


def stall(world: "World", room: str, a: int, b: int) -> None:
    _with_reader(world, a, Reader.stall)


def resume(world: "World", room: str, a: int, b: int) -> None:
    _with_reader(world, a, Reader.resume)


def nudge(world: "World", room: str, a: int, b: int) -> None:
    _with_reader(world, a, Reader.nudge)


def _trouble(world: "World", mode: str) -> None:
    world.is_troubled = True
    world.network.mode = mode


def away(world: "World", room: str, a: int, b: int) -> None:
    _trouble(world, "away")
    if a % 2:
        world.network.cut()


def slow(world: "World", room: str, a: int, b: int) -> None:
    _trouble(world, "slow")


def lossy(world: "World", room: str, a: int, b: int) -> None:
    _trouble(world, "lossy")


def calm(world: "World", room: str, a: int, b: int) -> None:
    world.network.mode = "calm"


def drop(world: "World", room: str, a: int, b: int) -> None:
    world.is_troubled = True
    world.network.cut()


def snapshot(world: "World", room: str, a: int, b: int) -> None:
    world.store.snapshot()


def reset(world: "World", room: str, a: int, b: int) -> None:
    world.met["resets"] += 1
    _change_past(world, 0, is_cut=(a >> 4) % 3 > 0)


def restore(world: "World", room: str, a: int, b: int) -> None:
    world.met["restores"] += 1
    world.store.clock_ms -= (0, 0, 3, 100, 2000)[b % 5]
    _change_past(world, 1 + a % 3, is_cut=True)


def _change_past(world: "World", back: int, *, is_cut: bool) -> None:
    """By another server in its place, or by a command that empties it."""
    world.is_troubled = True
    if is_cut:
        world.network.cut()
    world.store.restore(back)


def drain(world: "World", room: str, a: int, b: int) -> None:
    world.hub.drain()


OPERATIONS: dict[str, Callable[["World", str, int, int], None]] = {
    each.__name__.removesuffix("_feed"): each
    for each in (
        post, reply, burst, edit, delete, purge, note, open_feed, leave, cut, stall, resume, nudge,
        away, slow, lossy, calm, drop, snapshot, reset, restore, drain,
    )
}  # fmt: skip
