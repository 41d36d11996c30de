"""`sse-chat audit`: who changed what, the newest first."""

import argparse
import json
from collections.abc import Mapping

from sse_chat.admin.context import AdminContext, add_source_flags, run_in_context, show
from sse_chat.errors import ChatError, SettingsError
from sse_chat.ids import format_ms, parse_id


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    parser.add_argument("--limit", type=int, default=100, help="most lines to print [100]")
    parser.add_argument("--before", metavar="ID", help="only entries older than this id")
    parser.add_argument(
        "--contains", default="", metavar="TEXT", help="only entries that contain this"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if not 1 <= flags.limit <= 20_000:
        raise SettingsError("--limit is a whole number from 1 to 20,000")
    try:
        before = parse_id(flags.before) if flags.before else None
    except ChatError as exc:
        raise SettingsError(f"--before: {exc.detail}") from exc

    async def work(context: AdminContext) -> None:
        people = context.people
        found, _ = await people.read_audit(flags.limit, before=before, contains=flags.contains)
        for each in found:
            at = format_ms(parse_id(each["id"]).ms)
            if flags.format == "json":
                print(json.dumps({**each, "at": at}))
            else:
                show(at, each["by"] or "-", each["did"], each["to"])

    return run_in_context(flags, environ, work)
