"""`sse-chat hook add|list|revoke`: addresses at which other programs post into a room."""

import argparse
import time
from collections.abc import Mapping

from sse_chat.admin.office import Office, add_source_flags, run_in_office, show
from sse_chat.errors import SettingsError
from sse_chat.room_names import parse_room


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    parser.add_argument("do", choices=("add", "list", "revoke"))
    parser.add_argument("room", nargs="?", default="", help="the room; to revoke, the hook's id")
    parser.add_argument("--name", default="hook", help="whom its messages are by [hook]")
    parser.add_argument("--secret", default="", help="what the sender signs with")


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if flags.do != "list" and not flags.room:
        raise SettingsError(f"sse-chat hook {flags.do}: the room or the id is missing")

    async def work(office: Office) -> None:
        await _do(office, flags)

    return run_in_office(flags, environ, work)


async def _do(office: Office, flags: argparse.Namespace) -> None:
    if flags.do == "revoke":
        await office.hooks.revoke(flags.room)
        print(f"{flags.room} is revoked")
    elif flags.do == "add":
        room = parse_room(flags.room)
        _, secret = await office.hooks.make(room, flags.name, shared=flags.secret)
        print(f"{office.settings.public_url.rstrip('/')}/hooks/{secret}")
    else:
        for each in await office.hooks.list_all(parse_room(flags.room) if flags.room else ""):
            since = time.strftime("%Y-%m-%d", time.gmtime(each.since_s))
            signed = "signed" if each.shared else "-"
            show(each.hook_id, each.room, each.name, since, signed)
