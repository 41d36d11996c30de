"""What every answer says to a browser, and what is in no log and open to nobody else."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sse_chat.server.logs import without_secrets
from tests.support.servers import Launch, ServerProcess

ANSWERS = {
    "index": "/", "page": "/chat/lobby?format=html", "feed": "/chat/lobby?follow=0",
    "rooms": "/rooms",
    "sse": "/chat/lobby/feed?follow=0", "missing": "/nothing", "bad": "/chat/lobby?after=x",
    "static": "/static/x/y.js", "worker": "/sw.js", "manifest": "/manifest.webmanifest",
    "health": "/healthz", "help": "/help", "metrics": "/metrics", "room": "/chat/No",
}  # fmt: skip


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_has_the_headers(server: ServerProcess, name: str, accept: str) -> None:
    headers = httpx.get(server.url + ANSWERS[name], headers={"Accept": accept}).headers
    check(headers)


def check(headers: httpx.Headers) -> None:
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["content-security-policy"].count("frame-ancestors") == 1
    assert headers["referrer-policy"] in ("same-origin", "strict-origin")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert "strict-transport-security" not in headers


def test_posts_and_redirects_have_them_too(server: ServerProcess, room: str) -> None:
    check(httpx.post(room, content="a").headers)
    html = {"Accept": "text/html"}
    check(httpx.post(room, data={"text": "a"}, headers=html).headers)
    check(httpx.post(room, content=b"\xff").headers)
    check(httpx.post(room, content="a", headers={"Origin": "http://evil.example"}).headers)
    check(httpx.get(server.url, headers={"Host": "evil.example"}).headers)


def test_what_is_no_http_has_them_too(server: ServerProcess) -> None:
    address = httpx.URL(server.url)
    with socket.create_connection((address.host, address.port or 80), timeout=60) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        answer = connection.recv(65536)
    assert b"frame-ancestors 'none'" in answer
    assert b"referrer-policy: same-origin" in answer


def test_a_public_url_over_https_alone_secures_cookies(launch: Launch) -> None:
    server = launch("--public-url", "https://chat.example.org")
    answer = httpx.post(f"{server.url}/session", data={"name": "ann"})
    assert answer.headers["set-cookie"].startswith("__Host-sse_chat_session_")
    assert "; Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    assert httpx.get(f"{server.url}/session", headers=cookie).json()["name"] == "ann"


@pytest.mark.parametrize(
    "flags",
    [
        ("--public-url", "https://chat.example.org", "--hsts", "off"),
        ("--public-url", "https://example.org/chat-app"),
        ("--public-url", "http://chat.example.org"),
    ],
)
def test_hsts_can_be_off_and_is_under_a_path(launch: Launch, flags: tuple[str, ...]) -> None:
    server = launch(*flags)
    assert "strict-transport-security" not in httpx.get(f"{server.url}/rooms").headers


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GET /invite/abcdEFGH1234_-abcdEFGH12 200", "GET /invite/… 200"),
        ("POST /team/invite/abcdEFGH1234 303", "POST /team/invite/… 303"),
        ("POST /hooks/abcd1234567890 200", "POST /hooks/abcd… 200"),
        ("GET /invited 200", "GET /invited 200"),
    ],
)
def test_secrets_in_paths_are_in_no_line(line: str, expected: str) -> None:
    assert without_secrets(line) == expected


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_invitations_are_in_no_log(launch: Launch, log_format: str) -> None:
    server = launch("--access-log", "on", "--log-format", log_format)
    httpx.get(f"{server.url}/invite/theSecretCodeOfALink1234")
    httpx.get(f"{server.url}/rooms")
    server.wait_output("Ctrl-C stops it.")
    server.stop()
    said = server.output.read_text()
    assert "/invite/…" in said or "/invite/\\u2026" in said
    assert "theSecret" not in said
    # The owner's link is for whoever looks at the terminal, not for a log.
    assert ("/invite/…" in said and "(once, within 24 h)" in said) == (log_format == "text")
    assert ("sse-chat invite --role owner" in said) == (log_format == "json")


@contextlib.contextmanager
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def test_files_are_their_owners_alone_whatever_the_umask(launch: Launch, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with open_umask():
        data.mkdir()
        (data / "left-open").write_text("by an earlier version")
        server = launch(data=data)
    httpx.post(server.room, content="a").raise_for_status()
    open_to_others = {
        path.name: oct(path.lstat().st_mode)
        for path in (data, *data.rglob("*"))
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    }
    assert open_to_others.keys() <= {"data", "left-open"}
    assert data.joinpath("store").stat().st_mode & 0o077 == 0
