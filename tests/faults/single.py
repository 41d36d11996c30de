"""One Redis behind a relay, whose clock can jump."""

import time
from pathlib import Path

import redis

from sse_chat.store.keys import PARTITIONS, Keys
from tests.faults.relay import Relay
from tests.support.stores import StoreProcess


class SingleStore:
    """Writes each post to disk before it answers: it loses nothing."""

    def __init__(self, folder: Path) -> None:
        self.process = StoreProcess(
            folder / "redis", "--appendonly", "yes", "--appendfsync", "always"
        )
        self.link = Relay(self.process.port)
        self.url = self.process.url

    async def open_link(self) -> str:
        """The way to it that can be broken."""
        await self.link.start()
        return f"redis://127.0.0.1:{self.link.port}"

    def start(self) -> None:
        self.process.start()

    def stop(self) -> None:
        self.link.stop()
        self.process.kill()

    def jump(self, ahead_ms: int, rooms: list[str]) -> None:
        """As if the clock had been ahead and was set back: the next ids go on from there."""
        keys = Keys()
        names = [*map(keys.room, rooms), *map(keys.changes, range(PARTITIONS))]
        with self.process.client() as client:
            for name in names:
                try:
                    newest = client.xinfo_stream(name)["last-generated-id"]
                except redis.exceptions.ResponseError:
                    # Nothing was posted there yet.
                    continue
                ms = max(int(newest.partition("-")[0]), int(time.time() * 1000))
                client.execute_command("XSETID", name, f"{ms + ahead_ms}-0")
