"""What is answered only with its replicas, over a connection that is lost in the middle."""

import asyncio
from collections import deque
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from sse_chat.errors import StoreUnavailable
from sse_chat.store.cluster import slot_of
from sse_chat.store.confirming import confirmation
from sse_chat.store.link import Link
from sse_chat.store.resp import pack

_POST = ("SET", "sse-chat:{p03}:post", "said")
_GONE = RedisConnectionError("gone")


class FakeConnection:
    """Replies as they are given; each time that it is made anew is noted."""

    def __init__(self, replies: list[Any]) -> None:
        self.replies = deque(replies)
        self.sent: list[object] = []
        self.is_connected = False

    async def connect(self) -> None:
        self.is_connected = True
        self.sent.append("connect")

    async def disconnect(self, **_: Any) -> None:
        self.is_connected = False

    async def can_read(self) -> bool:
        return False

    async def send_packed_command(self, packed: list[bytes], **_: Any) -> None:
        self.sent.append(b"".join(packed))

    async def read_response(self, **_: Any) -> Any:
        reply = self.replies.popleft()
        if isinstance(reply, Exception):
            raise reply
        return reply


def test_a_confirmation_is_asked_for_with_all_that_it_is_about() -> None:
    # The post is answered, then the connection ends; the next leads to another master.
    connection = FakeConnection(["PONG", "OK", "OK", _GONE, "OK", "OK", 1])
    link = Link(connection, wait_replicas=1)  # type: ignore[arg-type]

    async def post() -> Any:
        await link.call("PING")
        return await link.call(*_POST)

    assert asyncio.run(post()) == "OK"
    whole = b"".join(map(pack, (_POST, *confirmation([_POST], 1))))
    assert connection.sent == ["connect", pack(("PING",)), whole, "connect", whole]
    assert not connection.replies


@pytest.mark.parametrize("replies", [["OK", "OK", 0], ["OK", _GONE, 1]], ids=["few", "no mark"])
def test_what_is_not_confirmed_is_no_answer(replies: list[Any]) -> None:
    link = Link(FakeConnection(replies), wait_replicas=1)  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable):
        asyncio.run(link.call(*_POST))


@pytest.mark.parametrize("key", ["sse-chat:{p03}:room:lobby", "sse-chat:accounts"])
def test_the_mark_of_a_confirmation_lives_beside_what_is_written(key: str) -> None:
    (mark, _wait) = confirmation([("GET", "other"), ("HSET", key, "a", "b")], 1)
    assert slot_of(mark[1]) == slot_of(key)


def test_what_only_reads_is_not_confirmed() -> None:
    assert confirmation([("HGETALL", "key"), ("PING",)], 1) == []
    assert confirmation([_POST], 0) == []
