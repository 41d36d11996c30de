"""Readers of many rooms that stand alike: what they get is made once, and does not stay."""

import gc
import weakref

from sse_chat.counts import Counts
from sse_chat.events import Author, Entry, Hello
from sse_chat.feed.channel import Channel
from sse_chat.feed.cohort import write_steps
from sse_chat.feed.many import ManyFeed
from sse_chat.feed.member import Member
from sse_chat.feed.shared_position import position_at
from sse_chat.feed.window import Window
from sse_chat.filters import Filter
from sse_chat.formats import FORMATS
from sse_chat.ids import ZERO, EntryId

ROOMS = ("ops", "random", "lobby")


class WokenSink:
    blocked_since_s = float("inf")

    def __init__(self, feed: ManyFeed, taken: list[bytes]) -> None:
        self._feed = feed
        self._taken = taken

    def wake(self) -> None:
        self._taken.append(self._feed.take())

    def abort(self) -> None:
        raise AssertionError


class FailingSink:
    """Of a connection that cannot be written to."""

    blocked_since_s = float("inf")

    def wake(self) -> None:
        raise OSError

    def abort(self) -> None:
        pass


def connect(feed: ManyFeed) -> list[bytes]:
    """What it is written, and takes when it is woken."""
    taken: list[bytes] = []
    feed.write = taken.append
    feed.sink = WokenSink(feed, taken)
    for member in feed.members.values():
        member.is_joined = True
    return taken


class Site:
    """Rooms whose windows hold all, and readers of all of them."""

    def __init__(self) -> None:
        counts = Counts()
        self.channels = {
            room: Channel(room, None, on_grown=lambda channel: None, counts=counts)  # type: ignore[arg-type]
            for room in ROOMS
        }
        for channel in self.channels.values():
            channel.window = Window([], base=ZERO, is_whole=True)

    def read(self, *, format_name: str = "sse", wanted: Filter | None = None) -> ManyFeed:
        fmt = FORMATS[format_name]
        members = [
            Member(channel, fmt, Hello(room, ZERO, 15, "s", 0), wanted=wanted)
            for room, channel in self.channels.items()
        ]
        hello = Hello(ROOMS[0], ZERO, 15, "s", 0, rooms=ROOMS, token="x")
        feed = ManyFeed(members, fmt, hello, follows=True)
        feed.take()
        return feed

    def say(self, text: str, *, room: str = "ops", ms: int) -> None:
        entry = Entry(EntryId(ms, 0), room, Author("ann", "u:1"), text)
        self.channels[room].window.append(entry)

    def deliver(self, feed: ManyFeed, *rooms: str) -> bytes:
        for room in rooms:
            feed.wake_member(feed.members[room])
        return feed.take()


def test_who_stands_alike_gets_the_same_object() -> None:
    site = Site()
    first, second = site.read(), site.read()
    for ms in (1000, 1001, 1002):
        site.say(f"at {ms}", ms=ms)
        chunk = site.deliver(first, "ops")
        assert f"at {ms}".encode() in chunk
        assert site.deliver(second, "ops") is chunk
    assert first.token == second.token
    assert second.is_at_head


def test_who_stands_elsewhere_or_filters_gets_bytes_of_its_own() -> None:
    site = Site()
    site.say("seen by one", ms=1000)
    ahead, behind = site.read(), site.read(wanted=Filter(author="bo"))
    site.deliver(ahead, "ops")
    site.say("then", ms=1001)
    assert b"seen by one" not in site.deliver(ahead, "ops")
    assert site.deliver(behind, "ops") == b""
    site.say("in another room", room="random", ms=1002)
    site.say("at last", ms=1003)
    chunk = site.deliver(ahead, "ops", "random")
    assert 0 < chunk.index(b"in another") < chunk.index(b"at last")


def test_what_was_deleted_meanwhile_is_not_sent_to_those_who_come_later() -> None:
    site = Site()
    first, second = site.read(), site.read()
    site.say("secret", ms=1000)
    assert b"secret" in site.deliver(first, "ops")
    site.channels["ops"].window.remove(EntryId(1000, 0))
    assert b"secret" not in site.deliver(second, "ops")
    assert second.token == first.token


def test_a_slow_reader_does_not_keep_what_the_others_were_sent() -> None:
    site = Site()
    slow, quick = site.read(), site.read()
    site.say("first", ms=1000)
    site.deliver(quick, "ops")
    passed = weakref.ref(
        position_at({room: member.cursor for room, member in quick.members.items()})
    )
    assert passed() is not None
    site.say("second", ms=1001)
    site.deliver(quick, "ops")
    gc.collect()
    assert passed() is None
    chunk = site.deliver(slow, "ops")
    assert b"first" in chunk
    assert b"second" in chunk


def test_a_step_is_made_by_the_first_and_written_to_those_who_stand_alike() -> None:
    site = Site()
    crowd = [site.read() for _ in range(3)]
    taken = {feed: connect(feed) for feed in crowd}
    site.say("one", ms=1000)
    assert write_steps(site.channels["ops"], [feed.members["ops"] for feed in crowd]) == []
    assert [len(chunks) for chunks in taken.values()] == [1, 1, 1]
    assert len({id(chunks[0]) for chunks in taken.values()}) == 1
    assert len({feed.token for feed in crowd}) == 1

    stalled, owed, elsewhere = crowd
    stalled.write = None
    owed.ping()
    elsewhere.has_moved(elsewhere.members["lobby"])
    site.say("two", ms=1001)
    members = [feed.members["ops"] for feed in crowd]
    assert write_steps(site.channels["ops"], members) == members
    assert [len(chunks) for chunks in taken.values()] == [1, 1, 1]


def test_those_behind_one_that_fails_are_not_given_the_step_of_others() -> None:
    site = Site()
    crowd = [site.read(), site.read(format_name="ndjson"), site.read(format_name="ndjson")]
    taken = {feed: connect(feed) for feed in crowd}
    _, failing, behind = crowd
    failing.sink = FailingSink()
    site.say("one", ms=1000)
    members = [feed.members["ops"] for feed in crowd]
    assert write_steps(site.channels["ops"], members) == [behind.members["ops"]]
    assert taken[behind] == []
    assert behind.members["ops"].cursor == ZERO
