"""Sentinels: which store they take for the master."""

import asyncio
from typing import Any

from redis.asyncio.sentinel import MasterNotFoundError, Sentinel

from sse_chat.store.refusals import FAILED


class Sentinels(Sentinel):
    """All are asked at once, and the latest failover that any of them knows of counts.

    redis-py believes the first that answers. One that was away names the master of before: when
    that one is up again, what it answers is lost as soon as it is told that it is a replica.
    Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
    (configuration epochs).
    """

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """Host and port; raises MasterNotFoundError."""
        answers = await asyncio.gather(
            *(_ask(sentinel, service_name) for sentinel in self.sentinels)
        )
        states = [state for state in answers if state is not None]
        newest = max((state["config-epoch"] for state in states), default=None)
        for state in states:
            if state["config-epoch"] == newest and self.check_master_state(state, service_name):
                return state["ip"], state["port"]
        raise MasterNotFoundError(f"no Sentinel names a master of {service_name!r} that is up")


async def _ask(sentinel: Any, service_name: str) -> dict[str, Any] | None:
    """What it says of the master; None when it is away, or knows no such service."""
    try:
        masters: dict[str, dict[str, Any]] = await sentinel.sentinel_masters()
    except FAILED:
        return None
    return masters.get(service_name)
