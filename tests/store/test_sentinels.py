"""Which master Sentinels name that do not agree. What they say is given: the time in which real
ones disagree is too short to be met by a test."""

import asyncio
from typing import Any

import pytest
from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import ConnectionError as RedisConnectionError

from sse_chat.store.sentinels import Sentinels


class Saying:
    """A Sentinel that says this of the master of "chat", or is away."""

    def __init__(self, port: int, epoch: int, *, is_down: bool = False) -> None:
        self._state = {
            "ip": "127.0.0.1", "port": port, "config-epoch": epoch, "is_master": True,
            "is_sdown": is_down, "is_odown": is_down, "num-other-sentinels": 2,
        }  # fmt: skip

    async def sentinel_masters(self) -> dict[str, dict[str, Any]]:
        return {"chat": self._state}


class Away(Saying):
    def __init__(self) -> None:
        pass

    async def sentinel_masters(self) -> dict[str, dict[str, Any]]:
        raise RedisConnectionError("away")


def discover(*said: Saying, service: str = "chat") -> tuple[str, int]:
    sentinels = Sentinels([])
    sentinels.sentinels = list(said)
    return asyncio.run(sentinels.discover_master(service))


@pytest.mark.parametrize(
    ("said", "port"),
    [
        pytest.param([Saying(1, 7), Saying(1, 7)], 1, id="all-agree"),
        pytest.param([Saying(1, 7), Saying(2, 8), Saying(1, 7)], 2, id="one-knows-of-a-failover"),
        pytest.param([Away(), Saying(2, 8)], 2, id="one-is-away"),
        pytest.param([Saying(2, 8, is_down=True), Saying(2, 8)], 2, id="one-does-not-reach-it"),
    ],
)
def test_the_latest_failover_counts(said: list[Saying], port: int) -> None:
    assert discover(*said) == ("127.0.0.1", port)


@pytest.mark.parametrize(
    ("said", "service"),
    [
        pytest.param([Away(), Away()], "chat", id="all-away"),
        pytest.param([Saying(2, 8, is_down=True), Saying(1, 7)], "chat", id="the-newest-is-down"),
        pytest.param([Saying(1, 7)], "other", id="another-service"),
    ],
)
def test_no_master_is_an_error(said: list[Saying], service: str) -> None:
    with pytest.raises(MasterNotFoundError):
        discover(*said, service=service)
