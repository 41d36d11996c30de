"""`sse-chat tail`: one room or many, as they go on."""

import argparse
import asyncio
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sse_chat.client.access import Access, add_access_flags, read_access
from sse_chat.client.backoff import Backoff
from sse_chat.client.command import run_to_exit
from sse_chat.client.exits import Exit, describe_exits
from sse_chat.client.filter_flags import add_filter_flags, read_filters
from sse_chat.client.follow import Follower
from sse_chat.client.history import History
from sse_chat.client.ladder import STEPS, Ladder
from sse_chat.client.output import OUTPUTS, OUTPUTS_OF_ROOMS, Notices, Printer, watch_reader
from sse_chat.client.position import Cursor, Position, Positions
from sse_chat.client.position_file import PositionFile
from sse_chat.client.problems import Problem
from sse_chat.client.rooms_history import RoomsHistory
from sse_chat.client.target import Rooms
from sse_chat.errors import ChatError, SettingsError
from sse_chat.ids import ZERO, parse_id
from sse_chat.setting_values import whole

_LAST_OF_TEXT = 20
_MAX_LAST = 500


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_access_flags(parser, takes_many=True)
    parser.add_argument("--format", choices=tuple(OUTPUTS), default="text", help="[text]")
    parser.add_argument(
        "--last",
        metavar="N",
        help=f"start with the N newest entries, up to {_MAX_LAST} [{_LAST_OF_TEXT}, in ndjson 0]",
    )
    parser.add_argument(
        "--after",
        metavar="ID",
        help="start after this id; 0: all that is kept; many rooms: ROOM:ID,ROOM:ID or a cursor",
    )
    parser.add_argument(
        "--position",
        metavar="FILE",
        help="keep the position in this file, and resume from it the next time",
    )
    add_filter_flags(parser)
    parser.add_argument(
        "--follow",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on reading, or stop after what is there [--follow]",
    )
    parser.add_argument(
        "--step",
        choices=[step.name for step in STEPS],
        help="read only in this way, instead of finding out what the path lets through",
    )
    parser.add_argument(
        "--give-up",
        metavar="S",
        help="seconds without contact after which to give up [at once if the first contact fails, "
        "later never]",
    )
    parser.epilog = describe_exits()


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return run_to_exit(lambda: _run(flags, environ))


def _run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if flags.last is not None and flags.after is not None:
        raise SettingsError("--last and --after do not go together; use one of them")
    last = number("--last", flags.last, _MAX_LAST)
    give_up_s = number("--give-up", flags.give_up, 10**6) or 0
    if last is None:
        last = _LAST_OF_TEXT if flags.format == "text" else 0
    access = read_access(flags, environ)
    file = PositionFile(Path(flags.position)) if flags.position else None
    kept = file.read() if file else None
    after = flags.after if kept is None else kept
    asyncio.run(_tail(flags, access, _Start(after, last, give_up_s, file, kept is not None)))
    return Exit.OK


@dataclass(frozen=True, slots=True)
class _Start:
    """`after` wins over `last`."""

    after: str | None
    last: int
    give_up_s: int
    file: PositionFile | None
    is_resumed: bool
    """By the file."""


def number(flag: str, value: str | None, most: int) -> int | None:
    try:
        return None if value is None else int(whole(0, most)(value))
    except ValueError as exc:
        raise SettingsError(f"{flag} is {value!r}; allowed: {exc}") from exc


def _read_position(after: str | None, access: Access, filters: Mapping[str, str]) -> Cursor:
    """Raises ChatError."""
    if isinstance(access.target, Rooms):
        return Positions(after or "")
    cursor = ZERO if after in (None, "0") else parse_id(after)
    return Position(cursor, is_filtered=bool(filters))


def _open_history(client: httpx.AsyncClient, access: Access) -> History:
    rooms = access.target
    if isinstance(rooms, Rooms):
        return RoomsHistory(client, access, rooms)
    return History(client, access)


async def _tail(flags: argparse.Namespace, access: Access, start: _Start) -> None:
    steps = tuple(step for step in STEPS if flags.step in (None, step.name))
    filters = read_filters(flags)
    try:
        position = _read_position(start.after, access, filters)
    except ChatError as exc:
        source = f"--position {flags.position}" if start.is_resumed else "--after"
        raise SettingsError(f"{source}: {exc.detail}") from exc
    notices = Notices(is_quiet=flags.quiet)
    outputs = OUTPUTS_OF_ROOMS if isinstance(access.target, Rooms) else OUTPUTS
    printer = Printer(outputs[flags.format]())
    async with access.make_async_client() as client:
        history = _open_history(client, access)
        follower = Follower(
            client,
            history,
            position,
            printer,
            notices,
            ladder=Ladder(steps),
            give_up_s=start.give_up_s,
            filters=filters,
        )
        page = await _first_contact(history, notices, start, filters)
        if start.after is None:
            for entry in page["events"]:
                printer.entry(entry)
            position.begin(page["cursor"])
        try:
            await _go_on(follower, position, start, follows=flags.follow)
        finally:
            if start.file is not None:
                start.file.save(position)


async def _go_on(follower: Follower, position: Cursor, start: _Start, *, follows: bool) -> None:
    if start.after is not None or not follows:
        await follower.catch_up()
    if follows:
        work: list[Coroutine[Any, Any, None]] = [follower.run(), watch_reader()]
        if start.file is not None:
            work.append(start.file.keep(position))
        await _until_one_ends(work)


async def _until_one_ends(work: list[Coroutine[Any, Any, None]]) -> None:
    """Raises what that one raises."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        with suppress(asyncio.CancelledError):
            task.result()


async def _first_contact(
    history: History, notices: Notices, start: _Start, filters: Mapping[str, str]
) -> dict[str, Any]:
    """What is there already. A wrong address must not look like a silent room: one try is all."""
    backoff = Backoff()
    deadline_s = time.monotonic() + start.give_up_s
    while True:
        try:
            return await history.contact(
                last=0 if start.after is not None else start.last, filters=filters
            )
        except Problem as problem:
            if not problem.is_passing or time.monotonic() > deadline_s:
                raise
            notices.say(f"{problem.detail}; trying again")
            await asyncio.sleep(backoff.next_s(problem.retry_after_s))
