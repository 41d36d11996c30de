"""The command line: `sse-chat serve`."""

import argparse
import os
import sys
from collections.abc import Sequence

from sse_chat import __version__
from sse_chat.errors import SettingsError
from sse_chat.settings import add_flags, read_settings


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="sse-chat", description="Chat over plain HTTP.")
    parser.add_argument("--version", action="version", version=f"sse-chat {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    add_flags(commands.add_parser("serve", help="run the server"))
    flags = parser.parse_args(argv)
    try:
        _serve(flags)
    except SettingsError as exc:
        print(f"sse-chat: {exc}", file=sys.stderr)
        raise SystemExit(2) from None


def _serve(flags: argparse.Namespace) -> None:
    settings = read_settings(flags, os.environ)
    # Only now: the server's imports take longer than a wrong flag should.
    from sse_chat.server.run import serve

    serve(settings)
