"""`sse-chat doctor`."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict

from sse_chat.client.access import Access, add_access_flags, read_access
from sse_chat.client.command import run_to_exit
from sse_chat.client.exits import Exit, describe_exits
from sse_chat.client.output import Notices
from sse_chat.client.tail import number
from sse_chat.doctor.classify import settles_on
from sse_chat.doctor.fixes import read_fixes
from sse_chat.doctor.measure import Measurer
from sse_chat.doctor.measured import Measured
from sse_chat.doctor.report import write_report

_WAIT_S = 10
_TAKES_S = 3


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_access_flags(parser, target="URL")
    parser.add_argument(
        "--wait", metavar="S", help=f"seconds that the long-poll waits, up to 25 [{_WAIT_S}]"
    )
    parser.add_argument(
        "--idle",
        metavar="S",
        help="also test whether a feed is cut after S seconds of silence, up to 600",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="[text]")
    parser.epilog = describe_exits()


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return run_to_exit(lambda: _run(flags, environ))


def _run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    wait_s = number("--wait", flags.wait, 25)
    wait_s = _WAIT_S if wait_s is None else wait_s
    idle_s = number("--idle", flags.idle, 600) or 0
    access = read_access(flags, environ)
    takes_s = max(wait_s, idle_s, _TAKES_S) + 1
    Notices(is_quiet=flags.quiet).say(f"measuring for about {takes_s} s")
    measured = asyncio.run(_measure(access, wait_s=wait_s, idle_s=idle_s))
    if flags.format == "json":
        sys.stdout.write(json.dumps(asdict(measured)) + "\n")
    else:
        sys.stdout.write(write_report(measured, read_fixes()))
    sys.stdout.flush()
    return _exit_of(measured)


async def _measure(access: Access, *, wait_s: int, idle_s: int) -> Measured:
    async with access.make_async_client() as client:
        return await Measurer(client, access).measure(wait_s=wait_s, idle_s=idle_s)


def _exit_of(measured: Measured) -> Exit:
    if measured.problem:
        return Exit(measured.problem_code)
    step = settles_on(measured)
    return Exit.OK if step == 1 else Exit.BUFFERED if step else Exit.NOT_SSE_CHAT
