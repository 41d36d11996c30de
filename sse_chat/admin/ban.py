"""`sse-chat ban add|list|remove`: who is kept out of the whole server."""

import argparse
from collections.abc import Mapping

from sse_chat.admin.context import (
    AdminContext,
    add_action,
    add_operand,
    add_source_flags,
    run_in_context,
    show,
)
from sse_chat.errors import SettingsError
from sse_chat.people.moderation import MAX_MINUTES, ModerationAction
from sse_chat.people.permissions import SERVER


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    add_action(parser, "add", "list", "remove")
    add_operand(parser, "name", "a name or an author_id")
    parser.add_argument(
        "--minutes", type=int, default=0, help="minutes until the ban ends; 0: it does not [0]"
    )
    parser.add_argument("--reason", default="", help="reason that the person is told, in one line")
    parser.add_argument(
        "--purge", action="store_true", help="also delete their messages in all rooms"
    )
    parser.add_argument(
        "--address",
        action="store_true",
        help="also ban everyone on the network they last wrote from",
    )


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if flags.do != "list" and not flags.name:
        raise SettingsError(f"sse-chat ban {flags.do} NAME: the name is missing")
    if not 0 <= flags.minutes <= MAX_MINUTES:
        raise SettingsError(f"--minutes is a whole number from 0 to {MAX_MINUTES:,}")
    if flags.reason and flags.do != "add":
        raise SettingsError(f"--reason goes with sse-chat ban add, not with {flags.do}")

    async def work(context: AdminContext) -> None:
        await _do(context, flags)

    return run_in_context(flags, environ, work)


async def _do(context: AdminContext, flags: argparse.Namespace) -> None:
    if flags.do == "list":
        for ban in await context.moderation.list_bans():
            until = ban["until"] or "permanently"
            show(ban["author_id"], ban["name"] or "-", until, "address" if ban["address"] else "")
        return
    act = "ban" if flags.do == "add" else "unban"
    action = ModerationAction(act, flags.name, flags.minutes, flags.address, flags.reason.strip())
    moderated = await context.moderation.apply(SERVER, action, None)
    print(f"{moderated.author_id} is {'banned' if act == 'ban' else 'no longer banned'}")
    if flags.purge and act == "ban":
        print(f"{await context.moderation.purge(SERVER, moderated, None)} messages are deleted")
