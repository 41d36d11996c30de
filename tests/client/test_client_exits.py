"""Exit codes of the command-line client: one for each cause, and a line that says it.

Of a process of its own where another test waits for its end; here without one for each.
"""

import socket

import httpx
import pytest

from tests.support.client import environment, run, run_here
from tests.support.programs import free_port
from tests.support.servers import ServerProcess


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["tail", "{room}", "--last", "x"], 2, id="bad-number"),
        pytest.param(["tail", "{room}", "--after", "x"], 2, id="bad-id"),
        pytest.param(["tail", "{room}", "--after", "0", "--last", "1"], 2, id="after-and-last"),
        pytest.param(["tail", "NO ROOM"], 2, id="bad-room"),
        pytest.param(["say", "*", "hi"], 2, id="all-rooms-to-post-in"),
        pytest.param(["wait", "http://127.0.0.1:{port}/*"], 2, id="all-rooms-to-wait-in"),
        pytest.param(["tail", "{room}", "--token"], 2, id="no-token"),
        pytest.param(["tail", "{room}", "-x", "gopher://x"], 2, id="bad-proxy"),
        pytest.param(["tail", "http://127.0.0.1:{free}/chat/lobby"], 3, id="refused"),
        pytest.param(["tail", "https://127.0.0.1:{port}/chat/lobby"], 3, id="no-tls"),
        pytest.param(["tail", "{room}", "-x", "http://127.0.0.1:{free}"], 3, id="no-proxy"),
        pytest.param(["say", "{room}", "-u", "ann:wrong", "hi"], 5, id="bad-password"),
        pytest.param(["tail", "{room}", "-u", "ann:no"], 5, id="bad-password-feed"),
        pytest.param(["say", "{room}", "   "], 8, id="blank"),
        pytest.param(["say", "{room}", "x" * 5000], 8, id="too-long"),
    ],
)  # fmt: skip
def test_each_cause_has_its_exit_code(
    server: ServerProcess, arguments: list[str], code: int
) -> None:
    known = {"room": server.room, "free": free_port(), "port": httpx.URL(server.url).port}
    done = run_here(*(argument.format(**known) for argument in arguments))
    assert done.returncode == code, done.stderr
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith(b"sse-chat: ")


def test_a_question_that_nobody_was_asked_does_not_end_like_a_no(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    question = ("Deploy?", "--choices", "yes,no", "--timeout", "1")
    # The last try is at half of it, and must be over by the end of it.
    monkeypatch.setattr("sse_chat.client.ask._GRACE_S", 4)
    refused = run_here("ask", f"http://127.0.0.1:{free_port()}/chat/lobby", *question)
    assert (refused.returncode, b"no connection" in refused.stderr) == (3, True)
    monkeypatch.setattr("sse_chat.client.ask._GRACE_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/chat/lobby"
        hanging = run_here("ask", address, *question)
    assert (hanging.returncode, b"should not happen" in hanging.stderr) == (3, False)


def test_a_token_comes_from_the_environment_and_is_not_shown(server: ServerProcess) -> None:
    env = environment(SSE_CHAT_TOKEN="no-such-token")
    done = run("say", server.room, "--token", "hi", env=env)
    assert done.returncode == 5
    assert b"no-such-token" not in done.stderr
    # Without the flag it stays where it is: another server must not be sent it.
    assert run("say", server.room, "hi", env=env).returncode == 0
