"""FeedReader: a client with a feed, over the transport itself or as an ASGI server has it."""

import asyncio
import contextlib

from sse_chat.feed.feed import Feed
from sse_chat.feed.many_open import ManyOpener
from sse_chat.feed.transport_sink import TransportSink
from sse_chat.filters import Filter
from sse_chat.ids import EntryId
from sse_chat.web.messages.asgi_sink import _stream
from tests.simulation.laws import Track
from tests.simulation.lines import FORMATS
from tests.simulation.many import ManyTrack
from tests.simulation.reader import Reader
from tests.simulation.starts import find_start
from tests.simulation.transport import ModelTransport

# More than this beyond a slice in the buffer of a reader that takes nothing has no bound.
_MOST_BESIDE_SLICE = 1500


class _Anybody:
    counts_for: tuple[str, ...] = ()


_ANYBODY = _Anybody()


class FeedReader(Reader):
    async def _read_once(self) -> None:
        world, plan = self._world, self.plan
        track = self._new_track()
        self.opening_since_s = world.loop.time()
        feed = await self._open()
        self.opening_since_s = float("inf")
        self._met["heads that waited long"] += plan.head_ms > 1000
        if plan.head_ms:
            self._is_head_waiting = True
            await asyncio.sleep(plan.head_ms / 1000)
            self._is_head_waiting = False
        self.feed, self.track, self._rest = feed, track, ""
        self.ready_since_s = world.loop.time()
        try:
            await (self._take_over(feed) if plan.via == "transport" else self._stream(feed))
        finally:
            self.ready_since_s = float("inf")
            self.feed = self._transport = None
        if not plan.follow and feed.is_over and not (track.has_bye or track.has_changed):
            self._met["one-shots"] += 1
            if lacking := track.lacks_known():
                world.object(f"{self.name}: ended without {lacking}, stored before it began")

    async def _open(self) -> Feed:
        hub, plan = self._world.hub, self.plan
        fmt = FORMATS[plan.text]
        wanted = Filter(kinds=plan.kinds) if plan.kinds else None
        self._met["filtered feeds"] += wanted is not None
        if plan.is_many:
            self._met["feeds of many rooms"] += 1
            opener = ManyOpener(hub, fmt, wanted, heartbeat_s=plan.heartbeat_s, follow=plan.follow)
            starts = self._starts()
            return await opener.open(starts, dict.fromkeys(starts, _ANYBODY))
        feed = await hub.open(
            plan.room, fmt, self._start(), heartbeat_s=plan.heartbeat_s, follow=plan.follow,
            wanted=wanted,
        )  # fmt: skip
        self._met["readers ahead of the worker"] += feed.cursor > feed.channel.window.head
        return feed

    def _starts(self) -> dict[str, EntryId | None]:
        position, world = self._position, self._world
        if isinstance(position, EntryId):
            raise TypeError("the position of a feed of one room")
        if position is not None:
            return {room: position.position_in(room) for room in world.names}
        return {room: find_start(world.store, room, self.plan.start).after for room in world.names}

    async def _take_over(self, feed: Feed) -> None:
        """As web/messages/transport.py does."""
        self._met["takeovers"] += 1
        self._met["takeovers while stalled"] += self.is_stalled
        lost = asyncio.get_running_loop().create_future()
        sink = TransportSink(feed, self._world.hub)
        transport = ModelTransport(self._written, self._read, lambda: lost.set_result(None))
        self._transport = transport
        if self.is_stalled:
            transport.stall()
        transport.set_protocol(sink)
        sink.connection_made(transport)
        self._world.hub.join(feed, sink, is_chunked=self.plan.is_chunked)
        sink.begin(set())
        await lost

    async def _stream(self, feed: Feed) -> None:
        """As an ASGI server does."""
        async with contextlib.aclosing(_stream(self._world.hub, feed)) as chunks:
            async for chunk in chunks:
                self._written(chunk)
                await self._resumed_after_stall()
                self._read()

    def _new_track(self) -> Track | ManyTrack:
        if not self.plan.is_many:
            return self._track_of(self.plan.room)
        return ManyTrack({room: self._track_of(room) for room in self._world.names})

    def _written(self, data: bytes) -> None:
        track = self.track
        assert track is not None
        text = data.decode("latin-1")
        if self._transport is not None:
            if self.plan.is_chunked:
                text = self._dechunk(text)
            if self._transport.most_buffered > self._world.slice_bytes + _MOST_BESIDE_SLICE:
                self._world.object(f"{self.name}: {self._transport.most_buffered} bytes wait")
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            track.take(line)

    def _dechunk(self, text: str) -> str:
        parts = []
        while text:
            size, _, text = text.partition("\r\n")
            length = int(size, 16)
            parts.append(text[:length])
            text = text[length + 2 :]
            if length == 0:
                parts.append("end\n")
        return "".join(parts)

    def _read(self) -> None:
        assert self.track is not None
        if self.track.is_started:
            self._position = self.track.last_position
        if self.plan.slow_ms and self._transport is not None and not self._world.is_resting:
            transport = self._transport
            transport.stall()
            later = asyncio.get_running_loop().call_later
            later(self.plan.slow_ms / 1000, lambda: self.is_stalled or transport.resume())
