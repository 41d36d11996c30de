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
from sse_chat.standard_files import discard_stdout, is_of_stdout, prepare_standard_files


@dataclass(frozen=True, slots=True)
class Command:
    """`takes_words`: flags may stand between its words (argparse has no commands below it then)."""

    name: str
    summary: str
    module: str
    takes_words: bool = False


class CommandModule(Protocol):
    """What the module of a command has."""

    def add_flags(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
        """The exit code; raises SettingsError with one line for what the caller got wrong."""


COMMANDS = (
    Command("serve", "run the server", "sse_chat.serve.command"),
    Command("tail", "read a room live, through any proxy", "sse_chat.client.tail"),
    Command("say", "post a message", "sse_chat.client.say", takes_words=True),
    Command("pipe", "post each line of stdin as a message", "sse_chat.client.pipe"),
    Command(
        "ask", "ask a question and wait for the choice", "sse_chat.client.ask", takes_words=True
    ),
    Command("wait", "wait for an entry that matches", "sse_chat.client.wait"),
    Command("doctor", "test what the path to a server does to feeds", "sse_chat.doctor.command"),
    Command("check", "check what would keep a server from running well", "sse_chat.check.command"),
    Command(
        "deploy",
        "print settings for systemd, proxies, Kubernetes, Grafana and more",
        "sse_chat.deploy.command",
    ),
    Command(
        "user", "accounts: add, list, role, password, reset, end, erase", "sse_chat.admin.user"
    ),
    Command("ban", "bans from the whole server: add, list, remove", "sse_chat.admin.ban"),
    Command("audit", "show who changed what: accounts, rooms, bans", "sse_chat.admin.audit"),
    Command("token", "tokens of an account: add, list, revoke", "sse_chat.admin.token"),
    Command(
        "room", "rooms: list, set rules, change the owner, close, delete", "sse_chat.admin.room"
    ),
    Command("hook", "hooks into and out of rooms: add, list, revoke", "sse_chat.admin.hook"),
    Command(
        "invite",
        "print a link that creates an account or lets people into a room",
        "sse_chat.admin.invite",
    ),
    Command(
        "backup", "write everything in the store to a file, as NDJSON", "sse_chat.backup.write"
    ),
    Command("restore", "read a backup into an empty store", "sse_chat.backup.restore"),
)
_USAGE_ERROR = 2


def main(argv: Sequence[str] | None = None) -> None:
    arguments = list(sys.argv[1:] if argv is None else argv)
    prepare_standard_files()
    command = _find(arguments)
    module = cast(CommandModule, import_module(command.module))
    parser = argparse.ArgumentParser(
        prog=f"sse-chat {command.name}",
        description=f"{command.summary[0].upper()}{command.summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_flags(parser)
    parse = parser.parse_intermixed_args if command.takes_words else parser.parse_args
    try:
        code = module.run(parse(arguments[1:]), environ)
        sys.stdout.flush()
    except SettingsError as exc:
        print(f"sse-chat: {exc}", file=sys.stderr)
        code = _USAGE_ERROR
    except OSError as exc:
        if command.name == "serve" or not is_of_stdout(exc):
            raise
        code = _end_without_stdout(exc)
    raise SystemExit(code)


def _end_without_stdout(exc: OSError) -> int:
    """The exit code: who stopped reading our output has enough, as `head` does."""
    discard_stdout()
    if isinstance(exc, BrokenPipeError):
        return 0
    print(f"sse-chat: stdout cannot be written: {exc.strerror}", file=sys.stderr)
    return 1


def _find(arguments: list[str]) -> Command:
    """The command that comes first; without one, help or a line of usage, and the end."""
    for command in COMMANDS:
        if arguments[:1] == [command.name]:
            return command
    parser = argparse.ArgumentParser(prog="sse-chat", description="Chat over plain HTTP.")
    parser.add_argument("--version", action="version", version=f"sse-chat {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for each in COMMANDS:
        commands.add_parser(each.name, help=each.summary)
    parser.parse_args(arguments)
    parser.error("name the command first")
