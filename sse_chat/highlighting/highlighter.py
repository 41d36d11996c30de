"""Spans of code by a process that lives for one request, as what people write is against it.

Pygments takes up to half a second for 4 KB that are made for it, and cannot be interrupted: in a
thread it would hold up every feed of the worker. A process is killed when it takes too long, has
limits of its own, and what one request did to it is gone with it. There is one at a time.
"""

import asyncio
import hashlib
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import orjson

from sse_chat.errors import Busy

_log = logging.getLogger(__name__)
_COMMAND = (sys.executable, "-P", "-m", "sse_chat.highlighting.child")
_NOTHING = b"null"
# Beyond that, the page's own request is over soon.
_MAX_WAIT_S = 10
_MAX_LINE_BYTES = 1024 * 1024
# Beside its spans, what keeping a block takes.
_KEY_BYTES = 200


@dataclass(frozen=True, slots=True)
class Block:
    language: str
    code: str

    @property
    def key(self) -> bytes:
        named = f"{self.language}\0{self.code}".encode()
        return hashlib.blake2b(named, digest_size=16).digest()


class Highlighter:
    """Of one worker. `timeout_s` is for all blocks of a request, and long: what code can use up is
    the processor time that the process gives itself."""

    def __init__(
        self,
        *,
        command: Sequence[str] = _COMMAND,
        timeout_s: float = 20,
        max_waiting: int = 100,
        max_kept_bytes: int = 4_000_000,
    ) -> None:
        self._command = command
        self._timeout_s = timeout_s
        self._max_waiting = max_waiting
        self._max_kept_bytes = max_kept_bytes
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._kept_bytes = 0

    async def highlight(self, blocks: Sequence[Block]) -> list[bytes]:
        """For each a JSON list of [kind, length], in UTF-16 code units, or null; raises Busy."""
        found = self._find(blocks)
        if None in found:
            # Many readers ask for the same at once: who waited finds it kept.
            await self._wait_and_run(blocks)
            found = self._find(blocks)
        return [each or _NOTHING for each in found]

    def _find(self, blocks: Sequence[Block]) -> list[bytes | None]:
        return [self._kept.get(block.key) for block in blocks]

    async def _wait_and_run(self, blocks: Sequence[Block]) -> None:
        if self._waiting >= self._max_waiting:
            raise Busy("too much code to colour at once; try again")
        self._waiting += 1
        try:
            async with asyncio.timeout(_MAX_WAIT_S):
                await self._turn.acquire()
        except TimeoutError as exc:
            raise Busy("too much code to colour at once; try again") from exc
        finally:
            self._waiting -= 1
        try:
            # The same code may be there twice.
            missing = {block.key: block for block in blocks if block.key not in self._kept}
            if missing:
                await self._run(list(missing.values()))
        finally:
            self._turn.release()

    async def _run(self, blocks: Sequence[Block]) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
                limit=_MAX_LINE_BYTES, start_new_session=True,
                # None of the server's secrets.
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )  # fmt: skip
        except OSError as exc:
            _log.warning("code has no colours: no process can be started: %s", exc)
            return
        lines: list[bytes] = []
        try:
            async with asyncio.timeout(self._timeout_s):
                async for line in _converse(process, blocks):
                    lines.append(line)
        except (TimeoutError, OSError, ValueError) as exc:
            _log.info("code without colours: %s", exc or "it took too long")
        finally:
            await _end(process)
        # What it stopped at stays without colours; what stands behind that is asked for again.
        for block, line in zip(blocks, [*lines, _NOTHING], strict=False):
            self._keep(block, line)

    def _keep(self, block: Block, spans: bytes) -> None:
        self._kept_bytes += _KEY_BYTES + len(spans)
        self._kept[block.key] = spans
        while self._kept_bytes > self._max_kept_bytes:
            self._kept_bytes -= _KEY_BYTES + len(self._kept.popitem(last=False)[1])


async def _converse(process: Process, blocks: Sequence[Block]) -> AsyncIterator[bytes]:
    """An answer for each, until the process ends."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(orjson.dumps([(block.language, block.code) for block in blocks]))
    process.stdin.close()
    for _ in blocks:
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            return
        yield line.rstrip()


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
