"""`sse-chat token add|list|revoke`: what bots and scripts sign in with."""

import argparse
from collections.abc import Mapping

from sse_chat.admin.context import (
    AdminContext,
    add_action,
    add_operand,
    add_source_flags,
    day_of,
    run_in_context,
    show,
)
from sse_chat.author_ids import NOBODY
from sse_chat.errors import SettingsError
from sse_chat.events import parse_room
from sse_chat.people.tokens import SCOPES


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    add_action(parser, "add", "list", "revoke")
    add_operand(parser, "name", "the account; for revoke, the id of the token")
    parser.add_argument("--room", action="append", default=[], help="only this room; repeatable")
    parser.add_argument("--scope", choices=SCOPES, default="both")
    parser.add_argument(
        "--days", type=int, default=0, help="days until the token expires; 0: never [0]"
    )
    parser.add_argument(
        "--limit",
        default="",
        help="limit of its posts: how many at once, then how many a minute, such as 50/300",
    )
    parser.add_argument("--label", default="", help="what it is for")


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if flags.do != "list" and not flags.name:
        raise SettingsError(f"sse-chat token {flags.do}: the account or the id is missing")

    async def work(context: AdminContext) -> None:
        await _do(context, flags)

    return run_in_context(flags, environ, work)


async def _do(context: AdminContext, flags: argparse.Namespace) -> None:
    if flags.do == "revoke":
        if not await context.tokens.revoke(flags.name):
            raise SettingsError(f"there is no token {flags.name!r}; sse-chat token list shows them")
        print(f"{flags.name} is revoked")
        return
    account = await context.account(flags.name) if flags.name else None
    if account and flags.do == "add":
        _, token = await context.tokens.make(
            account,
            label=flags.label[:64],
            scope=flags.scope,
            rooms=[parse_room(room) for room in flags.room],
            days=flags.days,
            limit=flags.limit,
        )
        print(token)
        return
    names = {each.account_id: each.name for each in await context.accounts.list_all()}
    seen_s = await context.last_seen.read()
    for each in await context.tokens.list_all(account.account_id if account else NOBODY):
        until = day_of(each["until_s"])
        rooms = ",".join(each["rooms"]) or "all rooms"
        name = names.get(each["account_id"], each["account_id"])
        used = day_of(seen_s.get(each["id"]))
        show(each["id"], name, each["scope"], rooms, until, each["label"], used, each["limit"])
