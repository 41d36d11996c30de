"""A message that grows: seen while it is written, stored once."""

import base64
import contextlib
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx

from tests.support.feeds import next_of, open_ndjson
from tests.support.posts import entries_in
from tests.support.servers import Launch, curl
from tests.support.waiting import wait_until


def test_readers_see_it_grow_and_it_is_stored_once(room: str) -> None:
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        with subprocess.Popen(
            ["curl", "-sS", "-N", "-u", "bot:", "-T", "-", f"{room}?grow=1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as writer:  # fmt: skip
            assert writer.stdin is not None
            told = []
            for word in ("one", " two", " thr\u00e9e"):
                writer.stdin.write(word.encode())
                writer.stdin.flush()
                while not told or not told[-1]["text"].endswith(word):
                    told.append(next_of(events, "growing"))
                # So that the next word is told by itself.
                time.sleep(0.2)
            assert entries_in(room) == []
            writer.stdin.close()
            entry = next_of(events, "message")
            assert writer.wait(60) == 0
    assert [each["text"] for each in told] == ["one", "one two", "one two thr\u00e9e"]
    assert {(each["author"], each["key"]) for each in told} == {("bot", entry["key"])}
    assert entry["text"] == "one two thr\u00e9e"
    assert "unfinished" not in entry
    assert [each["id"] for each in entries_in(room)] == [entry["id"]]


def test_readers_of_text_see_it_once_and_whole(room: str) -> None:
    with httpx.Client(timeout=60) as client, client.stream("GET", f"{room}?last=0") as response:
        lines = response.iter_lines()
        assert next(lines).startswith("* hello")
        body = (part for part in (b"a", b"b", b"c\n"))
        assert httpx.put(f"{room}?grow=1", content=body, auth=("bot", "")).status_code == 201
        assert next(line for line in lines if line.startswith("[")).endswith("] bot: abc")


def test_it_is_told_at_most_five_times_a_second(room: str) -> None:
    def words() -> Any:
        for _ in range(200):
            yield b"x"
            time.sleep(0.005)

    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        began_s = time.monotonic()
        assert httpx.put(f"{room}?grow=1", content=words(), timeout=60).is_success
        took_s = time.monotonic() - began_s
        kinds = []
        while not kinds or kinds[-1] != "message":
            kinds.append(next(events)["kind"])
    assert 1 <= kinds.count("growing") <= took_s * 5 + 1


def test_a_sender_that_goes_away_leaves_it_unfinished(room: str) -> None:
    url = httpx.URL(room)
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        with socket.create_connection((url.host, url.port or 80)) as connection:
            head = f"PUT {url.path}?grow=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
            connection.sendall(head.encode() + b"half of a th\xc3")
            assert next_of(events, "growing")["text"] == "half of a th"
        entry = next_of(events, "message")
    assert (entry["text"], entry["unfinished"]) == ("half of a th", True)


def test_those_that_do_not_end_count_as_feeds(launch: Launch) -> None:
    server = launch("--limits", "feeds=3")
    url = httpx.URL(server.room)
    ann = base64.b64encode(b"ann:").decode()
    head = (
        f"PUT {url.path}?grow=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {ann}\r\n"
        "Content-Length: 1000\r\n\r\n"
    )

    def write() -> int:
        return httpx.put(f"{server.room}?grow=1", content="short", auth=("ann", "")).status_code

    with (
        open_ndjson(f"{server.room}/feed?format=ndjson") as events,
        contextlib.ExitStack() as stack,
    ):
        next_of(events, "hello")
        for number in range(3):
            connection = socket.create_connection((url.host, url.port or 80))
            stack.enter_context(connection)
            connection.sendall(f"{head}{number}".encode())
            assert next_of(events, "growing")["text"] == str(number)
        assert write() == 429
        assert httpx.post(server.room, content="a post", auth=("ann", "")).status_code == 201
        connection.close()
        wait_until(lambda: write() == 201)


def test_one_that_waits_to_be_stored_counts_as_a_feed(launch: Launch) -> None:
    server = launch("--limits", "feeds=1,person=1/1")
    url = httpx.URL(server.room)
    ann = base64.b64encode(b"ann:").decode()
    assert httpx.post(server.room, content="a post", auth=("ann", "")).status_code == 201
    with socket.create_connection((url.host, url.port or 80)) as connection:
        head = f"PUT {url.path}?grow=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {ann}\r\n"
        connection.sendall(f"{head}Content-Length: 3\r\n\r\nall".encode())
        server.wait_output("limit person hit")
        refused = httpx.put(f"{server.room}?grow=1", content="more", auth=("ann", ""), timeout=60)
    assert (refused.status_code, refused.json()["limit"]) == (429, "feeds")


def test_each_piece_that_is_told_is_charged(launch: Launch) -> None:
    # The request and the second piece use the limit up, and 3 s later one more is told.
    room = launch("--limits", "changes=2/20").room
    are_seen = {text: threading.Event() for text in ("one", "one two")}

    def words() -> Iterator[bytes]:
        yield b"one"
        assert are_seen["one"].wait(60)
        yield b" two"
        assert are_seen["one two"].wait(60)
        yield b" three"
        assert is_over.wait(60)

    is_over = threading.Event()
    answers: list[int] = []

    def write() -> None:
        url = f"{room}?grow=1"
        answers.append(httpx.put(url, content=words(), auth=("ann", ""), timeout=60).status_code)

    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        began_s = time.monotonic()
        writer = threading.Thread(target=write)
        writer.start()
        while (text := next_of(events, "growing")["text"]) != "one two three":
            are_seen[text].set()
        took_s = time.monotonic() - began_s
        is_over.set()
        writer.join(60)
    assert took_s >= 3
    assert answers == [201]


def test_what_is_told_before_a_pause_is_all_of_it(room: str) -> None:
    is_seen = threading.Event()

    def words() -> Iterator[bytes]:
        # The second comes too soon after the first to be told by itself.
        yield b"one"
        yield b" two"
        assert is_seen.wait(30)

    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        writer = threading.Thread(target=lambda: httpx.put(f"{room}?grow=1", content=words()))
        writer.start()
        while next_of(events, "growing")["text"] != "one two":
            pass
        is_seen.set()
        writer.join(30)


def test_what_was_seen_and_is_refused_is_taken_back(room: str) -> None:
    is_seen = threading.Event()

    def words() -> Iterator[bytes]:
        yield b"one"
        assert is_seen.wait(30)
        yield b"\xff"

    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        answers: list[int] = []
        writer = threading.Thread(
            target=lambda: answers.append(httpx.put(f"{room}?grow=1", content=words()).status_code)
        )
        writer.start()
        first = next_of(events, "growing")
        is_seen.set()
        last = next_of(events, "growing")
        writer.join(30)
    assert (last["text"], last["key"], answers) == ("", first["key"], [400])


def test_a_line_of_text_says_that_it_is_unfinished(room: str) -> None:
    url = httpx.URL(room)
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        with socket.create_connection((url.host, url.port or 80)) as connection:
            head = f"PUT {url.path}?grow=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
            connection.sendall(head.encode() + b"half")
            next_of(events, "growing")
        next_of(events, "message")
    assert httpx.get(f"{room}?follow=0").text.endswith(": half (unfinished)\n")


def test_what_is_no_message_stores_nothing(room: str) -> None:
    for body, status in ((b"", 400), (b" \n", 400), (b"\xff", 400), (b"x" * 5000, 413)):
        answer = httpx.put(f"{room}?grow=1", content=body)
        assert answer.status_code == status, answer.text
    assert httpx.put(f"{room}?grow=2", content=b"x").status_code == 400
    assert entries_in(room) == []


def test_a_repeat_under_its_key_is_there_once(room: str) -> None:
    answers = [
        curl("-H", "Idempotency-Key: k", "-T", "-", f"{room}?grow=1", data=b"done\n")
        for _ in range(2)
    ]
    first, again = map(json.loads, answers)
    assert first["id"] == again["id"]
    assert [each["text"] for each in entries_in(room)] == ["done"]
