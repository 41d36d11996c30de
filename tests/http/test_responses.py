"""Errors, health and the pages' answers to programs."""

import asyncio
import json
import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sse_chat.errors import NotFound
from sse_chat.settings import Settings
from sse_chat.web.http.responses import error_response
from sse_chat.web.routes import on_failure
from tests.support.servers import ServerProcess, curl


def test_an_unknown_path_is_404_as_json(server: ServerProcess) -> None:
    answer = httpx.get(f"{server.url}/nowhere", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [("application/json", "application/json"), ("text/html", "text/html"), ("*/*", "text/plain")],
)
def test_an_error_speaks_the_callers_format(
    server: ServerProcess, accept: str, content_type: str
) -> None:
    answer = httpx.get(f"{server.url}/chat/BAD", headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(content_type)
    assert "Accept" in answer.headers["vary"].split(", ")
    assert "BAD" in answer.text


def test_an_error_page_escapes_what_was_asked(server: ServerProcess) -> None:
    answer = httpx.get(f"{server.url}/chat/<script>", headers={"Accept": "text/html"})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def _fail(request: Request) -> Response:
    return error_response(request, NotFound("there is nothing here"))


async def _ask(app: Starlette, accept: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
        return await client.get("/", headers={"Accept": accept})


def test_an_error_page_names_the_default_room() -> None:
    app = Starlette(routes=[Route("/", _fail)])
    app.state.settings = Settings(default_room="team")
    page = asyncio.run(_ask(app, "text/html")).text
    assert "Go to #team" in page
    assert "#lobby" not in page


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/chat/lobby"), ("POST", "/unread"), ("GET", "/send_message"), ("PATCH", "/chat")],
)
def test_a_wrong_method_is_405_with_allow(server: ServerProcess, method: str, path: str) -> None:
    answer = httpx.request(method, f"{server.url}{path}")
    assert answer.status_code == 405
    assert answer.headers["allow"]
    assert answer.json()["error"] == "method_not_allowed"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X-Long": "x" * 64_000}, id="one"),
        pytest.param({f"X-{number}": "x" * 1000 for number in range(64)}, id="many"),
    ],
)
def test_headers_over_32_kb_are_431(server: ServerProcess, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{server.url}/healthz", headers=headers)
    assert answer.status_code == 431
    assert answer.json()["error"] == "headers_too_large"


def test_garbage_is_refused_and_the_server_lives(server: ServerProcess) -> None:
    url = httpx.URL(server.url)
    for junk in (b"\x16\x03\x01\x02\x00\x01\x00\n\n", b"GET\r\n\r\n", b"G" * 70_000):
        with socket.create_connection((url.host, url.port or 80), timeout=60) as connection:
            connection.sendall(junk)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass
    assert httpx.get(f"{server.url}/healthz").status_code == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(b"GARBAGE\r\n\r\n", id="garbage"),
        pytest.param(b"FETCH /chat/lobby HTTP/1.1\r\nHost: a\r\n\r\n", id="method"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", id="header"),
        pytest.param(b"POST /chat HTTP/1.1\r\nContent-Length: x\r\n\r\n", id="length"),
    ],
)
def test_what_is_no_request_is_400_as_json(server: ServerProcess, request_bytes: bytes) -> None:
    url = httpx.URL(server.url)
    with socket.create_connection((url.host, url.port or 80), timeout=60) as connection:
        connection.sendall(request_bytes)
        with connection.makefile("rb") as file:
            head, _, body = file.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in head
    assert json.loads(body)["error"] == "malformed"


def test_a_fault_of_our_own_is_500_in_the_callers_format() -> None:
    async def fail(request: Request) -> Response:
        raise RuntimeError

    app = Starlette(routes=[Route("/", fail)], exception_handlers={Exception: on_failure})
    answer = asyncio.run(_ask(app, "application/json"))
    assert (answer.status_code, answer.json()["error"]) == (500, "internal")
    assert asyncio.run(_ask(app, "text/plain")).text == answer.json()["detail"] + "\n"


def test_health_and_readiness(server: ServerProcess) -> None:
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_curl_is_shown_lines_for_this_very_host(server: ServerProcess) -> None:
    lines = curl(server.url)
    assert f"curl -N {server.url}/chat/lobby" in lines
    assert "curl -d" in lines


def test_a_room_is_listed_with_its_newest_id(server: ServerProcess, room: str) -> None:
    entry = httpx.post(room, content="a", auth=("ann", "")).json()
    rooms = httpx.get(f"{server.url}/rooms").json()["rooms"]
    found = next(each for each in rooms if each["room"] == entry["room"])
    assert found == {
        "room": entry["room"],
        "topic": "",
        "present": 1,
        "last_id": entry["id"],
    }
    assert any(each["room"] == "lobby" for each in rooms)


@pytest.mark.parametrize(
    "path",
    ["", "/chat/lobby?follow=0", "/chat/lobby/feed?follow=0", "/chat/lobby/messages", "/rooms",
     "/nowhere", "/invite/x", "/help", "/metrics", "/openapi.json"],
)  # fmt: skip
def test_nothing_is_taken_for_what_it_is_not(server: ServerProcess, path: str) -> None:
    headers = httpx.get(server.url + path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "no-store" in headers["cache-control"]


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ("room hist has no entry 1-1", "Room hist has no entry 1-1"),
        ("limit=501: a whole number", "limit=501: a whole number"),
        ("after, last and since", "After, last and since"),
        ("(none)", "(none)"),
    ],
)
def test_a_page_begins_a_sentence_and_changes_no_value(detail: str, shown: str) -> None:
    async def fail(request: Request) -> Response:
        return error_response(request, NotFound(detail))

    page = asyncio.run(_ask(Starlette(routes=[Route("/", fail)]), "text/html")).text
    assert f">{shown}<" in page
