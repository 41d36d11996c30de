"""`sse-chat invite`: a link that makes an account, or lets into a room."""

import argparse
import time
from collections.abc import Mapping

from sse_chat.admin.context import AdminContext, add_source_flags, open_context, run_in_context
from sse_chat.errors import SettingsError
from sse_chat.events import parse_room
from sse_chat.people.records import Invitation
from sse_chat.people.roles import Role
from sse_chat.settings import Settings
from sse_chat.store.links import Links

_ROLES = {role.name.lower(): role for role in (Role.MEMBER, Role.MODERATOR, Role.OWNER)}
_DAY_S = 86_400


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    parser.add_argument(
        "--room", help="the link lets people into this room; without it, it creates one account"
    )
    parser.add_argument(
        "--role", choices=tuple(_ROLES), default="member", help="role of the account [member]"
    )
    parser.add_argument("--days", type=int, default=7, help="days until the link expires [7]")
    parser.add_argument("--public-url", metavar="URL", help="address that the link starts with")


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if not 1 <= flags.days <= 90:
        raise SettingsError("--days is a whole number from 1 to 90")

    async def work(context: AdminContext) -> None:
        if flags.room:
            code, _ = await context.room_administration.renew_link(
                parse_room(flags.room), flags.days
            )
        else:
            until_s = int(time.time()) + flags.days * _DAY_S
            invitation = Invitation(_ROLES[flags.role], "", until_s, is_for_one=True)
            code = await context.invitations.make(invitation)
        print(context.link(code))

    return run_in_context(flags, environ, work)


async def invite_first_owner(links: Links, settings: Settings) -> str | None:
    """The code that makes the account that owns the server, once, within a day.

    None where there is an owner already. The code before this one ends.
    """
    async with open_context(links, settings, "server start") as context:
        accounts = await context.accounts.list_all()
        if any(account.role is Role.OWNER and not account.has_ended for account in accounts):
            return None
        until_s = int(time.time()) + _DAY_S
        return await context.invitations.renew(Invitation(Role.OWNER, "", until_s, is_for_one=True))
