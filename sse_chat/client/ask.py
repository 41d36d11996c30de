"""`sse-chat ask`: a question, and the wait for somebody's choice."""

import argparse
import asyncio
import time
from collections.abc import Mapping

from sse_chat.client.access import Access, add_access_flags, read_access
from sse_chat.client.command import run_to_exit
from sse_chat.client.exits import Exit, describe_exits
from sse_chat.client.problems import Problem
from sse_chat.client.room import Room
from sse_chat.client.tail import number
from sse_chat.errors import SettingsError
from sse_chat.standard_files import discard_stdout
from sse_chat.visible import make_terminal_safe

_TIMEOUT_S = 3600
_GRACE_S = 30
_MAX_TIMEOUT_S = 7 * 24 * 3600


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_access_flags(parser)
    parser.add_argument("words", nargs="+", metavar="TEXT", help="the question")
    parser.add_argument(
        "--choices", required=True, metavar="A,B", help="2 to 10 choices, separated by commas"
    )
    parser.add_argument(
        "--who",
        default="",
        metavar="NAMES",
        help="who may answer, separated by commas [everyone who may post]",
    )
    parser.add_argument("--timeout", metavar="S", help=f"seconds to wait [{_TIMEOUT_S}]")
    parser.add_argument(
        "--key",
        metavar="KEY",
        help="idempotency key: asked twice with the same key, it is there once",
    )
    parser.description = (
        f"{parser.description}\nPrints the choice; ends with 0 for the first of the choices, 1 for "
        f"any other, {int(Exit.TIMED_OUT)} when nobody answered in time."
    )
    parser.epilog = describe_exits()


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return run_to_exit(lambda: _run(flags, environ))


def _run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    timeout_s = number("--timeout", flags.timeout, _MAX_TIMEOUT_S)
    if timeout_s == 0:
        raise SettingsError("--timeout is at least 1")
    choices = [each.strip() for each in flags.choices.split(",")]
    if not 2 <= len(choices) <= 10 or not all(choices):
        raise SettingsError("--choices is 2 to 10 choices, as in yes,no")
    work = _ask(read_access(flags, environ), flags, choices, timeout_s or _TIMEOUT_S)
    choice = asyncio.run(work)
    if choice is None:
        raise Problem(Exit.TIMED_OUT, "nobody answered in time")
    try:
        print(make_terminal_safe(choice), flush=True)
    except BrokenPipeError:
        # Nobody reads the choice; a no must not end like a yes.
        discard_stdout()
    return Exit.OK if choice == choices[0] else Exit.FAILED


async def _ask(
    access: Access, flags: argparse.Namespace, choices: list[str], timeout_s: int
) -> str | None:
    who = [name.strip() for name in flags.who.split(",") if name.strip()]
    async with Room.of_access(access, give_up_s=timeout_s + _GRACE_S / 2) as room:
        until_s = time.monotonic() + timeout_s
        asking = room.ask(
            " ".join(flags.words), choices, who=who, timeout_s=timeout_s, key=flags.key
        )
        # The server says when the time is over; this is for a server that no longer answers.
        try:
            async with asyncio.timeout(until_s - time.monotonic() + _GRACE_S):
                return await asking
        except TimeoutError as exc:
            # Not 1, which is any other choice than the first.
            raise Problem(Exit.UNREACHABLE, "the server did not answer in time") from exc
