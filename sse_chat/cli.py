"""The command line: one table of commands, each in a module of its own.

A new command is a module with `add_flags` and `run`, and a row in COMMANDS. Its module is
imported only when the command is asked for, so that none pays for the imports of another.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from os import environ
from typing import Protocol, cast

from sse_chat import __version__
from sse_chat.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    summary: str
    module: str


class CommandModule(Protocol):
    """What the module of a command has."""

    def add_flags(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
        """The exit code; raises SettingsError with one line for what the caller got wrong."""


COMMANDS = (Command("serve", "run the server", "sse_chat.server.command"),)
_USAGE_ERROR = 2


def main(argv: Sequence[str] | None = None) -> None:
    arguments = list(sys.argv[1:] if argv is None else argv)
    flags = _make_parser(arguments).parse_args(arguments)
    try:
        code = _load(flags.command).run(flags, environ)
    except SettingsError as exc:
        print(f"sse-chat: {exc}", file=sys.stderr)
        code = _USAGE_ERROR
    raise SystemExit(code)


def _make_parser(arguments: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sse-chat", description="Chat over plain HTTP.")
    parser.add_argument("--version", action="version", version=f"sse-chat {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for each in COMMANDS:
        command = commands.add_parser(
            each.name, help=each.summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if each.name in arguments:
            _load(each.name).add_flags(command)
    return parser


def _load(name: str) -> CommandModule:
    module = next(each.module for each in COMMANDS if each.name == name)
    return cast(CommandModule, import_module(module))
