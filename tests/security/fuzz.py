"""A fuzzer that asks how long everybody else waits: `python -m tests.security.fuzz --seconds 600`.

Beside each request `GET /healthz` is asked over and over. What fails the run is an answer of 500
and whatever the server itself saw holding its event loop: processor time, not the machine's load.
"""

import argparse
import base64
import json
import random
import re
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx

from tests.support.servers import Launcher, ServerProcess

_HELD = re.compile(r"the event loop was held for (\d+) ms: (.*)")
_PARTS = [
    "- a\n", "//a.b/(", "[", "](", "*_", "**a", "`", "> - a\n", "1. a\n", "https://a.b/ ", "@a ",
    "\u2028", "\u202e", "\u0315\u0300", "\ufdfa", "한", "\U000e0020", "\\", "&amp;", "<b>",
    "\x1b[0m", "mailto:a@b ", "[a](http://b)", "\n", "e\u0301", "'", '"', ",", ";", "=",
    "%", "+", "0", "9", "-", "<@", "<http://", "<http://a|", "{}", "[],",
]  # fmt: skip
_PATHS = [
    "/chat/fuzz?format=html", "/chat/fuzz/messages?limit=500",
    "/chat/fuzz/messages?after=0&limit=500",
    "/chat/fuzz/search?q={q}", "/chat/fuzz/feed?follow=0&last=1000", "/rooms", "/unread",
    "/session",
    "/chat/fuzz/people?name={q}", "/?room={q}", "/chat/fuzz/messages?contains={q}", "/help",
    "/chat/fuzz/feed?format=text&follow=0&after=0", "/chat/{q}?follow=0",
    "/openapi.json", "/feed?rooms={q}&follow=0", "/messages?rooms=fuzz&after={q}", "/account",
    "/chat/fuzz/rules", "/chat/fuzz/pins", "/dm/{q}?follow=0", "/audit?contains={q}", "/mentions",
]  # fmt: skip
_POSTS = [
    ("/chat/fuzz", "text"), ("/session", "name"), ("/chat/fuzz/topic", "text"),
    ("/account", "name"),
    ("/chat/fuzz/moderation", "who"), ("/chat/fuzz/members", "who"), ("/rooms", "room"),
    ("/chat/fuzz/messages/1-0/reactions", "emoji"), ("/send_message", "message"),
    ("/session", "ticket"), ("/session/passkey", "credential"), ("/session/passkey", "ticket"),
    ("/account/app/on", "code"), ("/account/app", "password"), ("/account/passkeys", "credential"),
    ("/account/passkeys/AAAA/rename", "label"), ("/account/tokens", "label"),
    ("/chat/fuzz/ask", "choices"), ("/chat/fuzz/hooks", "url"), ("/chat/fuzz/batch", "text"),
    ("/dm/fuzzed", "text"), ("/chat/fuzz/mentions", "text"), ("/messages", "after"),
    ("{hook}", "text"), ("{hook}", "attachments"), ("{hook}", "blocks"),
]  # fmt: skip
_HEADERS = ["Cookie", "Accept", "Authorization", "X-Forwarded-For", "Forwarded", "Content-Type",
            "Idempotency-Key", "Last-Event-ID", "Accept-Encoding", "If-None-Match"]  # fmt: skip


class Waits:
    """How long `GET /healthz` took, each time, in seconds."""

    def __init__(self, url: str) -> None:
        self.longest_s = 0.0
        self.count = 0
        self._url = f"{url}/healthz"
        self._has_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with httpx.Client(timeout=60) as client:
            while not self._has_stopped.is_set():
                began_s = time.monotonic()
                client.get(self._url)
                self.longest_s = max(self.longest_s, time.monotonic() - began_s)
                self.count += 1

    def stop(self) -> None:
        self._has_stopped.set()
        self._thread.join(60)


def make_text(rng: random.Random, most: int) -> str:
    """Two parts over and over: what is quadratic shows by repetition."""
    parts = "".join(rng.sample(_PARTS, rng.randint(1, 3)))
    return (rng.choice(["", "x ", "* "]) + parts * most)[: rng.randint(1, most)]


def make_request(rng: random.Random, client: httpx.Client, hook: str) -> httpx.Request:
    """`hook`: the address of one."""
    headers: list[tuple[bytes, bytes]] = []
    if rng.random() < 0.3:
        value = make_text(rng, 7000).replace("\n", " ").replace("\x1b", " ").encode()[:28_000]
        if (name := rng.choice(_HEADERS)) == "Authorization":
            value = b"Basic " + base64.b64encode(value[:18_000])
        headers.append((name.encode(), value.strip()))
    if rng.random() < 0.5:
        path = rng.choice(_PATHS).replace("{q}", "%s")
        path = path % httpx.QueryParams({"q": make_text(rng, 300)})["q"] if "%s" in path else path
        return client.build_request(
            "GET",
            httpx.URL(path.split("?")[0], query=path.partition("?")[2].encode() or None),
            headers=headers,
        )
    path, field = rng.choice(_POSTS)
    path = path.replace("{hook}", hook)
    payload: dict[str, Any] = {
        field: make_text(rng, rng.choice([30, 1300, 4096, 20_000])), "act": "kick",
    }  # fmt: skip
    if path == hook and rng.random() < 0.5:
        part = rng.choice([{}, {"text": payload[field]}, {"elements": [{}] * 300}])
        payload[field] = [part] * rng.randint(1, 900_000 // len(json.dumps(part)))
        return client.build_request("POST", path, json=payload)
    if rng.random() < 0.5:
        return client.build_request("POST", path, json=payload, headers=headers)
    return client.build_request("POST", path, data=payload, headers=headers)


def fuzz(server: ServerProcess, seconds: float, seed: int) -> list[str]:
    """What was wrong, a line each."""
    rng, wrong, count = random.Random(seed), [], 0
    waits, until_s = Waits(server.url), time.monotonic() + seconds
    account = {"name": "fuzzed", "password": "correct horse battery"}
    assert httpx.post(f"{server.url}/account", json=account).status_code == 201
    owner = httpx.BasicAuth(*account.values())
    assert httpx.post(f"{server.url}/rooms", json={"room": "fuzz"}, auth=owner).is_success
    made = httpx.post(f"{server.url}/chat/fuzz/hooks", json={"name": "fuzzer"}, auth=owner)
    hook = made.json()["url"]
    callers = [None, httpx.BasicAuth("fuzz", ""), httpx.BasicAuth(*account.values())]
    with httpx.Client(base_url=server.url, timeout=60) as client:
        while time.monotonic() < until_s:
            try:
                request = make_request(rng, client, hook)
            except (httpx.InvalidURL, UnicodeError, ValueError):
                continue
            try:
                auth = None if "authorization" in request.headers else rng.choice(callers)
                answer = client.send(request, auth=auth)
            except httpx.HTTPError as exc:
                wrong.append(f"{request.method} {request.url.path}: {exc!r}")
                continue
            count += 1
            if answer.status_code >= 500:
                wrong.append(f"{request.method} {request.url.path}: {answer.status_code}")
    waits.stop()
    print(f"{count} requests; {waits.count} times healthz, at most {waits.longest_s * 1000:.0f} ms")
    return wrong + [
        f"held {ms} ms: {what}" for ms, what in _HELD.findall(server.output.read_text())
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    flags = parser.parse_args()
    print(f"seed {flags.seed}")
    with tempfile.TemporaryDirectory() as folder:
        launch = Launcher(Path(folder))
        try:
            wrong = fuzz(launch("--limits", "off"), flags.seconds, flags.seed)
        finally:
            launch.stop()
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
