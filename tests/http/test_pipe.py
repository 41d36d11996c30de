"""PUT of a room: a command's output becomes messages, line by line."""

import asyncio
import json
import socket
import subprocess
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from sse_chat.pipes import TextLines
from sse_chat.request_bodies import Bodies
from sse_chat.web.messages.pipe import _Pipe, _take
from tests.support.feeds import next_of, open_ndjson
from tests.support.posts import texts_in
from tests.support.servers import curl


def test_curl_pipes_a_file(room: str) -> None:
    answer = json.loads(curl("-T", "-", room, data=b"one\n\n  \ntwo\r\nthree"))
    assert answer["count"] == 3
    assert texts_in(room) == ["one", "two", "three"]
    assert httpx.get(f"{room}/messages").json()["cursor"] == answer["cursor"]


def test_a_line_is_a_message_as_soon_as_it_arrives(room: str) -> None:
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        with subprocess.Popen(
            ["curl", "-sS", "-T", "-", room], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as pipe:
            assert pipe.stdin is not None
            for text in ("first", "second"):
                pipe.stdin.write(f"{text}\n".encode())
                pipe.stdin.flush()
                assert next_of(events, "message")["text"] == text
            pipe.stdin.close()
            assert pipe.wait(60) == 0


def test_a_long_line_is_split(room: str) -> None:
    line = "ü" * 5000
    assert httpx.put(room, content=line.encode()).json()["count"] == 3
    assert "".join(texts_in(room)) == line
    assert all(len(text.encode()) <= 4096 for text in texts_in(room))


def test_a_bad_line_ends_the_pipe_and_what_came_before_stays(room: str) -> None:
    answer = httpx.put(room, content=b"one\ntwo\n\xff\nfour\n")
    assert answer.status_code == 400
    assert answer.json()["count"] == 2
    assert "3" in answer.json()["detail"]
    assert texts_in(room) == ["one", "two"]


def test_a_retried_pipe_goes_on_after_what_was_kept(room: str) -> None:
    headers = {"Idempotency-Key": "log-1"}
    assert httpx.put(room, content=b"one\ntwo\n", headers=headers).json()["count"] == 2
    again = httpx.put(room, content=b"one\ntwo\nthree\n", headers=headers)
    assert (again.status_code, again.json()["count"]) == (201, 3)
    assert texts_in(room) == ["one", "two", "three"]


def test_where_headers_are_stripped_the_key_may_stand_in_the_query(room: str) -> None:
    url = f"{room}?key=log-1"
    assert httpx.put(url, content=b"one\ntwo\n").json()["count"] == 2
    again = httpx.put(url, content=b"one\ntwo\nthree\n")
    assert (again.status_code, again.json()["count"]) == (201, 3)
    assert texts_in(room) == ["one", "two", "three"]
    posted = [httpx.post(f"{room}?key=post-1", content=b"four").status_code for _ in range(2)]
    assert posted == [201, 200]
    assert httpx.put(f"{room}?key=%7F", content=b"no").status_code == 400
    assert texts_in(room) == ["one", "two", "three", "four"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_ndjson_lines_are_strings_or_objects(room: str, method: str) -> None:
    body = '"one"\n{"text": "two\\nlines"}\n\n"three"'
    headers = {"Content-Type": "application/x-ndjson"}
    answer = httpx.request(method, room, content=body, headers=headers)
    assert (answer.status_code, answer.json()["count"]) == (201, 3)
    assert texts_in(room) == ["one", "two\nlines", "three"]


def test_a_bad_ndjson_line_is_named(room: str) -> None:
    headers = {"Content-Type": "application/x-ndjson"}
    answer = httpx.post(room, content='"one"\n{"no": 1}\n', headers=headers)
    assert answer.status_code == 400
    assert answer.json()["count"] == 1
    assert "line 2" in answer.json()["detail"]


def test_an_empty_pipe_is_201_with_none(room: str) -> None:
    answer: dict[str, Any] = httpx.put(room, content=b"").json()
    assert (answer["count"], texts_in(room)) == (0, [])


def test_a_pipe_that_is_cut_keeps_its_whole_lines(room: str) -> None:
    url = httpx.URL(room)
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        with socket.create_connection((url.host, url.port or 80)) as connection:
            head = f"PUT {url.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
            connection.sendall(head.encode() + b"whole\nhalf of a li")
            assert next_of(events, "message")["text"] == "whole"
    assert texts_in(room) == ["whole"]


def test_others_have_their_turns_while_blank_lines_come_in() -> None:
    sizes: list[int] = []

    class Lines(TextLines):
        def feed(self, chunk: bytes, *, is_last: bool = False) -> Iterator[str]:
            sizes.append(len(chunk))
            return super().feed(chunk, is_last=is_last)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"\n" * 300_000, "more_body": False}

    async def take() -> None:
        services = SimpleNamespace(bodies=Bodies(10**9), hub=SimpleNamespace())
        services.hub.is_draining = asyncio.Event()
        app = SimpleNamespace(state={"services": services})
        request = Request({"type": "http", "app": app}, receive)
        await _take(request, Lines(4096), _Pipe(request, None, None))  # type: ignore[arg-type]

    asyncio.run(take())
    assert sum(sizes) == 300_000
    # A few milliseconds for each, wherever it is.
    assert max(sizes) <= 16_384
