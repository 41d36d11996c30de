"""What a store tells of itself, for `sse-chat check`."""

import time
from dataclasses import dataclass

from sse_chat.store.links import Links


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """`answer_s`: how long it takes to answer; `time_s`: what its clock says."""

    version: str
    answer_s: float
    time_s: float
    is_append_only: bool
    policy: str
    max_memory: int

    @property
    def evicts(self) -> bool:
        return bool(self.max_memory) and self.policy != "noeviction"


async def inspect_store(url: str) -> StoreFacts:
    """Raises StoreUnavailable, ValueError for a bad URL."""
    link = Links(url).make()
    try:
        facts = dict(line.partition(":")[::2] for line in str(await link.call("INFO")).splitlines())
        began_s = time.monotonic()
        seconds, microseconds = await link.call("TIME")
        answer_s = time.monotonic() - began_s
    finally:
        await link.close()
    name = "valkey" if "valkey_version" in facts else "redis"
    return StoreFacts(
        version=f"{name} {facts.get(f'{name}_version', '')}",
        answer_s=answer_s,
        time_s=int(seconds) + int(microseconds) / 1_000_000,
        is_append_only=facts.get("aof_enabled") == "1",
        policy=facts.get("maxmemory_policy", "noeviction"),
        max_memory=int(facts.get("maxmemory", "0")),
    )
