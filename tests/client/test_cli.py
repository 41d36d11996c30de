"""The command line as a whole; what each command says of itself, without a process for each."""

import os
import subprocess
import sys

import pytest

from sse_chat.cli import COMMANDS
from tests.support.client import run_here


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sse_chat", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert f"{command.name} " in done.stdout
        assert command.summary.split()[0] in done.stdout


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_explains_itself(name: str) -> None:
    done = run_here(name, "--help")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(f"usage: sse-chat {name}".encode())


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no-command"),
        pytest.param(["dance"], id="unknown-command"),
        pytest.param(["serve", "--port", "x"], id="wrong-flag"),
    ],
)
def test_wrong_usage_is_told_in_few_lines_and_ends_with_2(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert 0 < len(done.stderr.splitlines()) < 6


@pytest.mark.parametrize("name", ["user", "ban", "token", "room", "hook"])
def test_a_command_without_its_action_names_what_is_missing(name: str) -> None:
    done = run(name)
    assert (done.returncode, done.stderr.splitlines()[-1].rpartition(": ")[2]) == (2, "ACTION")


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["user", "--help"]])
def test_help_is_printed_on_any_terminal(words: list[str]) -> None:
    command = [sys.executable, "-m", "sse_chat", *words]
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    assert subprocess.run(command, capture_output=True, env=env, check=False).returncode == 0
