"""Peers: the workers of one server tell each other what they measure.

A scrape reaches one worker, whichever accepts the connection. That one asks the others over
Unix sockets in a folder of the server's own and answers for all, each under its own label.
prometheus-client's multiprocess mode would write to a shared file at every count instead, and
go on reporting the gauges of workers that have died.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from pathlib import Path

from sse_chat.metrics.families import Family, Sample

_TIMEOUT_S = 1.0
_TOGETHER_S = 5.0
_LOOK_S = 0.02


class Peers:
    """Without a folder a worker answers for itself alone."""

    def __init__(self, folder: Path | None, measure: Callable[[], list[Family]]) -> None:
        self._folder = folder
        self._measure = measure
        self._name = str(os.getpid())

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        if self._folder is None:
            yield
            return
        path = self._folder / f"{self._name}.sock"
        server = await asyncio.start_unix_server(self._answer, path)
        try:
            yield
        finally:
            server.close()
            path.unlink(missing_ok=True)

    async def wait(self, count: int) -> None:
        """Until so many workers are here, or for 5 s: one that listens before the others do takes
        all of a crowd that returns at a restart."""
        for _ in range(round(_TOGETHER_S / _LOOK_S)):
            if self._folder is None or len(list(self._folder.glob("*.sock"))) >= count:
                return
            await asyncio.sleep(_LOOK_S)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(json.dumps([asdict(family) for family in self._measure()]).encode())
            await writer.drain()
        writer.close()

    async def gather(self) -> dict[str, list[Family]]:
        """What each worker measures, by its name; those that do not answer in 1 s are left out."""
        paths = sorted(self._folder.glob("*.sock")) if self._folder else []
        others = [path for path in paths if path.stem != self._name]
        answers = await asyncio.gather(*map(_ask, others))
        found = {path.stem: answer for path, answer in zip(others, answers, strict=True) if answer}
        return {self._name: self._measure(), **found}


async def _ask(path: Path) -> list[Family] | None:
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                return _read(await reader.read(-1))
            finally:
                writer.close()
    except ConnectionRefusedError:
        # Of a worker that was killed; nobody else will take it away.
        await asyncio.to_thread(path.unlink, missing_ok=True)
    except (OSError, TimeoutError, ValueError):
        pass
    return None


def _read(answer: bytes) -> list[Family]:
    return [
        Family(
            each["name"],
            each["kind"],
            each["meaning"],
            [Sample(**sample) for sample in each["samples"]],
        )
        for each in json.loads(answer)
    ]
