"""`sse-chat check`: looks at all that a server needs, and says what is wrong and how to mend it."""

import argparse
import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sse_chat.check.findings import Finding, exit_status, fatal, ok, wrong
from sse_chat.check.given import check_given
from sse_chat.check.machine import check_machine
from sse_chat.check.stored import check_stored
from sse_chat.errors import SettingsError
from sse_chat.people.limit_settings import read_limits
from sse_chat.settings import Settings, read_settings
from sse_chat.settings import add_flags as add_setting_flags
from sse_chat.visible import make_terminal_safe

_EPILOG = """\
It takes the settings of `sse-chat serve`, as flags or from the environment: give it the same.
Without a running server it starts the embedded store to read it. It ends with 1 where something is
wrong, with --quick only where the server could not start."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument(
        "--quick",
        action="store_true",
        help="for use before a start: read no entries, and do not fail if the store is away",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    add_setting_flags(parser)


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    findings = asyncio.run(_check(flags, environ))
    if flags.format == "json":
        print(json.dumps([asdict(each) for each in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print("\n".join(map(make_terminal_safe, finding.to_lines().split("\n"))))
    return exit_status(findings, is_quick=flags.quick)


async def _check(flags: argparse.Namespace, environ: Mapping[str, str]) -> list[Finding]:
    try:
        settings = read_settings(flags, environ)
        read_limits(settings.limits)
        folder = settings.data_folder(environ)
    except SettingsError as exc:
        return [fatal("settings", str(exc), "sse-chat serve --help lists what is allowed")]
    return [ok("settings", "all valid"), *await _look(settings, folder, flags.quick)]


async def _look(settings: Settings, folder: Path, is_quick: bool) -> list[Finding]:
    findings: list[Finding] = []
    looks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("settings", partial(check_given, settings, datetime.now(UTC))),
        ("machine", partial(check_machine, settings, folder, is_quick)),
    )
    for name, look in looks:
        try:
            findings += look()
        except Exception as exc:
            findings.append(_failed(name, exc))
    try:
        async for each in check_stored(settings, folder, is_quick=is_quick):
            findings.append(each)
    except Exception as exc:
        findings.append(_failed("store", exc))
    return findings


def _failed(name: str, exc: Exception) -> Finding:
    """What this cannot look at must not keep a server from starting."""
    said = f"it could not be looked at: {type(exc).__name__}: {exc}"
    return wrong(name, said, "look at it yourself, and report this")
