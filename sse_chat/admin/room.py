"""`sse-chat room list|show|set|owner|close|open|delete`: rooms and their rules."""

import argparse
from collections.abc import Mapping

from sse_chat.admin.context import (
    AdminContext,
    add_action,
    add_operand,
    add_source_flags,
    confirm_name,
    run_in_context,
    show,
)
from sse_chat.errors import NotFound, SettingsError
from sse_chat.events import parse_room
from sse_chat.people.roles import Role
from sse_chat.people.rules import RoomRules

_RULES = ("visibility", "read_only", "archived", "closed", "slow_s", "retention", "retention_age")


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    add_action(parser, "list", "show", "set", "owner", "close", "open", "delete")
    add_operand(parser, "room")
    add_operand(parser, "name", "for owner: the account")
    parser.add_argument("--visibility", help="public, members or invited")
    parser.add_argument("--read-only", help="1: only moderators may post; 0: everyone")
    parser.add_argument("--archived", help="1: nobody may change anything; 0: open again")
    parser.add_argument("--closed", help="1: only its owner may read it; 0: open again")
    parser.add_argument("--slow-s", help="slow mode: seconds between messages per person; 0: off")

    parser.add_argument(
        "--retention", help="most entries kept in this room; 0: as on the whole server"
    )
    parser.add_argument(
        "--retention-age",
        help="how long an entry is kept in this room, such as 7d; 0: as on the whole server",
    )
    parser.add_argument("--reason", default="", help="for close and delete: what readers are told")
    parser.add_argument("--yes", action="store_true", help="delete without asking for the name")


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if flags.do != "list" and not flags.room:
        raise SettingsError(f"sse-chat room {flags.do} ROOM: the room is missing")

    async def work(context: AdminContext) -> None:
        await _do(context, flags)

    return run_in_context(flags, environ, work)


async def _do(context: AdminContext, flags: argparse.Namespace) -> None:
    if flags.do == "list":
        for each in await context.directory.list_rooms():
            rules = await context.people_cache.rules(each.room)
            show(each.room, rules.visibility, each.topic)
        return
    room = parse_room(flags.room)
    if flags.do == "show":
        if not await context.permissions.has_room(room):
            raise NotFound(f"there is no room {room}")
        _print_rules(room, await context.people_cache.rules(room))
        return
    if flags.do == "delete":
        confirm_name(room, "deletes", is_sure=flags.yes)
        count = await context.room_deletion.delete(room, reason=flags.reason)
        print(f"{room} is deleted, with {count} entries; backups made before still have it")
        return
    if flags.do in ("close", "open"):
        is_closed = flags.do == "close"
        administration = context.room_administration
        await administration.set_closed(room, is_closed=is_closed, reason=flags.reason)
        print(f"{room} is closed; sse-chat room open takes that back" if is_closed
              else f"{room} is open again")  # fmt: skip
        return
    if flags.do == "owner":
        account = await context.account(flags.name)
        await context.room_administration.set_role(room, account.account_id, Role.OWNER)
        print(f"{account.name} owns {room} now")
        return
    wanted = {name: getattr(flags, name) for name in _RULES if getattr(flags, name) is not None}
    _print_rules(room, await context.room_administration.set_rules(room, wanted))


def _print_rules(room: str, rules: RoomRules) -> None:
    print(
        f"{room}: {rules.visibility}, read_only={rules.is_read_only:d}, "
        f"archived={rules.is_archived:d}, closed={rules.is_closed:d}, slow_s={rules.slow_s}, "
        f"retention={rules.retention}, retention_age={rules.retention_age_s}"
    )
