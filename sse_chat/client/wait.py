"""`sse-chat wait`: until an entry comes that matches, which it prints."""

import argparse
import asyncio
import sys
from collections.abc import Mapping

from sse_chat.client.access import Access, add_access_flags, read_access
from sse_chat.client.command import run_to_exit
from sse_chat.client.entry_queue import Entry
from sse_chat.client.exits import Exit, describe_exits
from sse_chat.client.filter_flags import add_filter_flags, read_filters
from sse_chat.client.output import OUTPUTS
from sse_chat.client.problems import Problem
from sse_chat.client.room import Room
from sse_chat.client.tail import number
from sse_chat.errors import ChatError, SettingsError
from sse_chat.ids import parse_id


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_access_flags(parser)
    add_filter_flags(parser)
    parser.add_argument("--after", metavar="ID", help="start after this id [from now on]")
    parser.add_argument("--timeout", metavar="S", help="seconds to wait [no limit]")
    parser.add_argument("--format", choices=tuple(OUTPUTS), default="text", help="[text]")
    parser.description = (
        f"{parser.description}\nAll that is given must hold. Ends with {int(Exit.TIMED_OUT)} when "
        "nothing came in time."
    )
    parser.epilog = describe_exits()


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return run_to_exit(lambda: _run(flags, environ))


def _run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    timeout_s = number("--timeout", flags.timeout, 10**8)
    try:
        after = flags.after if flags.after in (None, "0") else str(parse_id(flags.after))
    except ChatError as exc:
        raise SettingsError(f"--after: {exc.detail}") from exc
    work = _wait(read_access(flags, environ), read_filters(flags), after, timeout_s)
    entry = asyncio.run(work)
    if entry is None:
        raise Problem(Exit.TIMED_OUT, "nothing came in time")
    sys.stdout.buffer.write(OUTPUTS[flags.format]().entry(entry))
    sys.stdout.buffer.flush()
    return Exit.OK


async def _wait(
    access: Access, wanted: Mapping[str, str], after: str | None, timeout_s: int | None
) -> Entry | None:
    async with Room.of_access(access, give_up_s=timeout_s or float("inf")) as room:
        return await room.wait(after=after, timeout_s=timeout_s, **wanted)
