"""`sse-chat hook add|list|revoke`: addresses at which other programs post into a room, and those
to which a room's entries go."""

import argparse
import time
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
from sse_chat.hooks.outgoing import FILTERS
from sse_chat.room_names import parse_room


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    add_action(parser, "add", "list", "revoke")
    add_operand(parser, "room", "the room; for revoke, the id of the hook")
    parser.add_argument("--name", default="hook", help="author of its messages [hook]")
    parser.add_argument("--secret", default="", help="secret with which the sender signs")
    parser.add_argument(
        "--url", help="makes an outgoing hook: entries of the room are sent to this address"
    )
    for name in FILTERS:
        parser.add_argument(
            f"--{name}", metavar="…", help=f"with --url: only entries with this {name}"
        )


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if flags.do != "list" and not flags.room:
        raise SettingsError(f"sse-chat hook {flags.do}: the room or the id is missing")
    if flags.url is None and any(getattr(flags, name) for name in FILTERS):
        raise SettingsError("--kind, --author and --contains are for outgoing hooks: give --url")

    async def work(context: AdminContext) -> None:
        await _do(context, flags)

    return run_in_context(flags, environ, work)


async def _do(context: AdminContext, flags: argparse.Namespace) -> None:
    if flags.do == "revoke":
        if not await context.hooks_out.revoke(flags.room):
            await context.hooks.revoke(flags.room)
        print(f"{flags.room} is revoked")
    elif flags.do == "add" and flags.url is not None:
        await _add_outgoing(context, flags)
    elif flags.do == "add":
        room = parse_room(flags.room)
        _, secret = await context.hooks.make(room, flags.name, shared=flags.secret)
        print(f"{context.settings.public_url.rstrip('/')}/hooks/{secret}")
    else:
        for hook in await context.hooks.list_all(parse_room(flags.room) if flags.room else ""):
            since = time.strftime("%Y-%m-%d", time.gmtime(hook.since_s))
            signed = "signed" if hook.shared else "-"
            show(hook.hook_id, hook.room, hook.name, since, signed)
        for out in await context.hooks_out.list_all(parse_room(flags.room) if flags.room else ""):
            since = time.strftime("%Y-%m-%d", time.gmtime(out.since_s))
            wanted = " ".join(f"{name}={value}" for name, value in out.wanted.items())
            show(out.hook_id, out.room, f"to {out.url}", since, wanted or "-")


async def _add_outgoing(context: AdminContext, flags: argparse.Namespace) -> None:
    """Prints the secret with which deliveries are signed, this once."""
    room = parse_room(flags.room)
    wanted = {name: value for name in FILTERS if (value := getattr(flags, name))}
    last_id = (await context.directory.summarize(room)).last_id
    target = await context.hooks_out.make(room, flags.url, last_id, wanted, None)
    print(target.secret)
