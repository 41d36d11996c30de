"""Fixtures: a real store, a real server process, on free ports and in folders of their own."""

import contextlib
import functools
import inspect
import os
import secrets
import signal
import ssl
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certifi
import httpx
import hypothesis
import pytest

from tests.support.programs import Config, Through, free_port, launch_program, stop
from tests.support.servers import Launch, Launcher, ServerProcess
from tests.support.waiting import WAIT_S

if sys.dont_write_bytecode:
    # Or each server would compile all its modules anew: two seconds instead of half a one.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.path.join(tempfile.gettempdir(), f"sse-chat-tests-{os.getuid()}")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

# How long an example takes says something of the machine, and nothing of what is tested.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

# httpx reads all certificates of the machine for each client, in 30 ms: here they are read once.
_make_context = ssl.create_default_context
_DEFAULT_TRUST = {certifi.where(), os.environ.get("SSL_CERT_FILE")} - {None}


@functools.cache
def _trusting(cafile: str) -> ssl.SSLContext:
    return _make_context(cafile=cafile)


def _make_or_share_context(*args: Any, **options: Any) -> ssl.SSLContext:
    is_default = not args and options.keys() == {"cafile"} and options["cafile"] in _DEFAULT_TRUST
    return _trusting(options["cafile"]) if is_default else _make_context(*args, **options)


ssl.create_default_context = _make_or_share_context

# httpx gives up after 5 s, which a busy machine may take; what hangs ends by the test's own limit.
_given_up = inspect.signature(httpx.get).parameters["timeout"].default
_given_up.connect = _given_up.read = _given_up.write = _given_up.pool = WAIT_S

# A shell that runs us in the background ignores Ctrl-C, and so would every program started here.
signal.signal(signal.SIGINT, signal.default_int_handler)


# Only long tests are in it, and its imports take seconds in each process.
_LONG_ALONE = "test_described_calls.py"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_left_out = collection_path.name == _LONG_ALONE and config.option.markexpr == "not long"
    return True if is_left_out else None


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start a server with these flags; all are stopped after the test."""
    launcher = Launcher(tmp_path)
    yield launcher
    launcher.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests that need nothing special of it."""
    launcher = Launcher(tmp_path_factory.mktemp("server"))
    yield launcher("--limits", "off", is_forked=False)
    launcher.stop()


@pytest.fixture
def room(server: ServerProcess) -> str:
    """The URL of a room of the test's own."""
    return f"{server.url}/chat/t{secrets.token_hex(6)}"


@pytest.fixture
def through(tmp_path: Path) -> Iterator[Through]:
    """Start a proxy of this config before the server at this address; gives its own address."""
    with contextlib.ExitStack() as stack:

        def start(config: Config, origin: str) -> str:
            folder = tmp_path / f"proxy{free_port()}"
            process, url = launch_program(config, folder, origin)
            stack.callback(stop, process)
            return url

        yield start
