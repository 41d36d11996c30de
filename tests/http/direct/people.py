"""A server with accounts that talk to each other, and what a test does in their names."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from tests.support.feeds import next_of, open_ndjson
from tests.support.servers import ServerProcess

PASSWORD = "correct horse battery"


class Site:
    """A server that anyone may make an account on; what clients it made are closed with it."""

    def __init__(self, server: ServerProcess, owner_code: str = "") -> None:
        self.server = server
        self._stack = contextlib.ExitStack()
        self.owner = self.client()
        if owner_code:
            payload = {"name": "boss", "password": PASSWORD, "invitation": owner_code}
            assert self.owner.post("/account", json=payload).is_success

    def client(self, **options: Any) -> httpx.Client:
        client = httpx.Client(base_url=self.server.url, timeout=60, **options)
        return self._stack.enter_context(client)

    def account(self, name: str = "") -> "Account":
        name = name or f"a{secrets.token_hex(6)}"
        payload = {"name": name, "password": PASSWORD}
        # By its cookie: proving a password takes longer than all else here.
        client = self.client()
        made = client.post("/account", json=payload).json()
        return Account(name, made["author_id"], client)

    def close(self) -> None:
        self._stack.close()


@dataclass(frozen=True)
class Account:
    name: str
    author_id: str
    client: httpx.Client

    @contextlib.contextmanager
    def feed(self, path: str) -> Iterator[Iterator[dict[str, Any]]]:
        """The events of `path`; the first of them, `hello`, is taken."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        url = f"{self.client.base_url}{path}"
        with open_ndjson(url, headers={"Cookie": cookies}) as events:
            next_of(events, "hello")
            yield events

    def to(self, other: "Account") -> str:
        """The path of the conversation."""
        return f"/dm/{quote(other.name, safe='')}"

    def say(self, other: "Account", text: str) -> httpx.Response:
        return self.client.post(self.to(other), json={"text": text})

    def read(self, other: "Account") -> list[str]:
        events = self.client.get(f"{self.to(other)}/messages").json()["events"]
        return [each["text"] for each in events if each["kind"] == "message"]

    def conversations(self) -> list[str]:
        rooms = self.client.get("/rooms").json()["rooms"]
        return [each["dm"] for each in rooms if "dm" in each]
