"""`sse-chat tail`: a room, as it goes on."""

import argparse
import asyncio
import time
from collections.abc import Mapping

from sse_chat.client.access import Access, add_access_flags, read_access
from sse_chat.client.backoff import Backoff
from sse_chat.client.command import run_to_exit
from sse_chat.client.exits import Exit, describe_exits
from sse_chat.client.follow import Follower
from sse_chat.client.history import History, cursor_of
from sse_chat.client.ladder import STEPS, Ladder
from sse_chat.client.output import OUTPUTS, Notices, Printer
from sse_chat.client.position import Position
from sse_chat.client.problems import Problem
from sse_chat.errors import ChatError, SettingsError
from sse_chat.ids import ZERO, EntryId, parse_id
from sse_chat.setting_values import whole

_LAST_OF_TEXT = 20
_MAX_LAST = 500


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_access_flags(parser)
    parser.add_argument("--format", choices=tuple(OUTPUTS), default="text", help="[text]")
    parser.add_argument(
        "--last",
        metavar="N",
        help=f"first the N newest entries, up to {_MAX_LAST} [{_LAST_OF_TEXT}, in ndjson 0]",
    )
    parser.add_argument("--after", metavar="ID", help="from this id on; 0: all that is kept")
    parser.add_argument(
        "--follow",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on, or end with what is there",
    )
    parser.add_argument(
        "--step",
        choices=[step.name for step in STEPS],
        help="read in this way alone, instead of finding out what the path lets through",
    )
    parser.add_argument(
        "--give-up",
        metavar="S",
        help="seconds without contact after which to end [at once when the first contact fails, "
        "later never]",
    )
    parser.epilog = describe_exits()


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return run_to_exit(lambda: _run(flags, environ))


def _run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if flags.last is not None and flags.after is not None:
        raise SettingsError("--last and --after do not go together; use one of them")
    last = number("--last", flags.last, _MAX_LAST)
    give_up_s = number("--give-up", flags.give_up, 10**6)
    if last is None:
        last = _LAST_OF_TEXT if flags.format == "text" else 0
    position = Position(_after(flags.after))
    access = read_access(flags, environ)
    work = _tail(flags, access, position, last=last, give_up_s=give_up_s)
    asyncio.run(work)
    return Exit.OK


def number(flag: str, value: str | None, most: int) -> int | None:
    try:
        return None if value is None else int(whole(0, most)(value))
    except ValueError as exc:
        raise SettingsError(f"{flag} is {value!r}; allowed: {exc}") from exc


def _after(value: str | None) -> EntryId:
    try:
        return ZERO if value in (None, "0") else parse_id(value)
    except ChatError as exc:
        raise SettingsError(f"--after: {exc.detail}") from exc


async def _tail(
    flags: argparse.Namespace,
    access: Access,
    position: Position,
    *,
    last: int,
    give_up_s: int | None,
) -> None:
    steps = tuple(step for step in STEPS if flags.step in (None, step.name))
    notices = Notices(is_quiet=flags.quiet)
    printer = Printer(OUTPUTS[flags.format]())
    async with access.make_async_client() as client:
        history = History(client, access)
        follower = Follower(
            client,
            history,
            position,
            printer,
            notices,
            ladder=Ladder(steps),
            give_up_s=give_up_s or 0,
        )
        await _first_contact(history, position, printer, notices, flags, last, give_up_s or 0)
        if flags.after is not None or not flags.follow:
            await follower.catch_up()
        if flags.follow:
            await follower.run()


async def _first_contact(
    history: History,
    position: Position,
    printer: Printer,
    notices: Notices,
    flags: argparse.Namespace,
    last: int,
    give_up_s: int,
) -> None:
    """What is there already. A wrong address must not look like a silent room: one try is all."""
    backoff = Backoff()
    deadline_s = time.monotonic() + give_up_s
    while True:
        try:
            page = await history.contact(last=0 if flags.after is not None else last)
            break
        except Problem as problem:
            if not problem.is_passing or time.monotonic() > deadline_s:
                raise
            notices.say(f"{problem.detail}; trying again")
            await asyncio.sleep(backoff.next_s(problem.retry_after_s))
    if flags.after is None:
        for entry in page["events"]:
            printer.entry(entry)
        position.cursor = cursor_of(page)
