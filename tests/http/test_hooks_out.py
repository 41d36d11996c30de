"""Hooks out of a room: signed, in order, at least once, and never into our own network."""

import contextlib
import ipaddress
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from sse_chat.hooks.outgoing import may_connect, retry_after_s
from tests.support.programs import free_port
from tests.support.servers import Launch, ServerProcess
from tests.support.stores import run_store
from tests.support.waiting import wait_until

PASSWORD = "correct horse battery"


class Receiver:
    """Answers with `status`, and keeps what it took."""

    def __init__(self) -> None:
        self.status = 200
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.tries = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.tries += 1
                if receiver.status == 200:
                    receiver.taken.append((dict(self.headers.items()), body))
                self.send_response(receiver.status)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/in"

    def texts(self) -> list[str]:
        return [json.loads(body)["data"]["text"] for _, body in self.taken]

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.stop()


FLAGS = ("--limits", "off", "--hook-networks", "127.0.0.0/8")


@contextlib.contextmanager
def make_owner(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        payload = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
        assert client.post("/account", json=payload).status_code == 201
        yield client


def make(owner: httpx.Client, url: str, **fields: str) -> dict[str, Any]:
    answer = owner.post("/chat/ops/hooks", json={"url": url, **fields})
    assert answer.status_code == 201, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


def test_entries_arrive_signed_and_in_order(launch: Launch, receiver: Receiver) -> None:
    with make_owner(launch(*FLAGS)) as owner:
        owner.post("/chat/ops", content="before")
        hook = make(owner, receiver.url, kind="message", contains="line")
        for number in range(20):
            owner.post("/chat/ops", content=f"line {number}")
            owner.post("/chat/ops", content="left out")
        wait_until(lambda: len(receiver.taken) >= 20)
    assert receiver.texts() == [f"line {number}" for number in range(20)]
    webhook = Webhook(hook["secret"])
    for headers, body in receiver.taken:
        told = webhook.verify(body, {name.lower(): value for name, value in headers.items()})
        assert headers["webhook-id"] == f"ops_{told['data']['id']}"
        assert told["type"] == "message"


def test_what_is_refused_comes_again_and_a_restart_loses_nothing(
    launch: Launch, receiver: Receiver
) -> None:
    server = launch(*FLAGS)
    with make_owner(server) as owner:
        receiver.status = 302
        make(owner, receiver.url)
        for text in ("one", "two"):
            owner.post("/chat/ops", content=text)
        wait_until(lambda: receiver.tries >= 1)
    server.process.kill()
    server.process.wait()
    receiver.status = 200
    again = launch(*FLAGS, data=server.data)
    auth = ("boss", PASSWORD)
    assert httpx.post(f"{again.url}/chat/ops", content="three", auth=auth).is_success
    # The lease of the server that is gone ends first.
    wait_until(lambda: len(receiver.taken) >= 3)
    assert receiver.texts() == ["one", "two", "three"]


def test_a_receiver_that_wants_no_more_gets_none(launch: Launch, receiver: Receiver) -> None:
    with make_owner(launch(*FLAGS)) as owner:
        receiver.status = 410
        make(owner, receiver.url)
        owner.post("/chat/ops", content="one")
        wait_until(lambda: owner.get("/chat/ops/hooks").json()["out"] == [])
        assert "410" in owner.get("/audit").text
    assert receiver.tries == 1


def test_our_own_network_is_not_reached(launch: Launch, receiver: Receiver) -> None:
    server = launch("--limits", "off", "--log-level", "info")
    with make_owner(server) as owner:
        hook = make(owner, receiver.url.replace("127.0.0.1", "localhost"))
        owner.post("/chat/ops", content="one")
        server.wait_output("see --hook-networks")
        assert receiver.tries == 0
        for url in (f"{server.url}/hooks/x", "ftp://x/", "https://", "x", "http://[::1"):
            assert owner.post("/chat/ops/hooks", json={"url": url}).status_code == 400
        assert owner.post(
            "/chat/ops/hooks", json={"url": "http://a.example/", "kind": "x"}
        ).is_error
        # What is an address, and no name, is refused before there is a hook.
        answer = owner.post("/chat/ops/hooks", json={"url": receiver.url})
        assert answer.status_code == 400
        assert "127.0.0.1 is no public address" in answer.json()["detail"]
        assert owner.post(f"/chat/ops/hooks/{hook['id']}/revoke").is_success
        assert owner.get("/chat/ops/hooks").json()["out"] == []


def test_a_hook_that_leads_back_to_us_ends_at_its_first_delivery(launch: Launch) -> None:
    server = launch(*FLAGS)
    with make_owner(server) as owner:
        into = owner.post("/chat/ops/hooks", json={"name": "loop"}).json()["url"]
        # By another of our names, which only the delivery itself shows to be ours.
        hook = make(owner, into.replace("127.0.0.1", "localhost"))
        owner.post("/chat/ops", content="round and round")
        wait_until(lambda: owner.get("/chat/ops/hooks").json()["out"] == [])
        assert f"revoke hook {hook['id']}" in owner.get("/audit").text
        events = owner.get("/chat/ops/messages").json()["events"]
        assert [each["text"] for each in events] == ["round and round"]


def test_of_two_nodes_one_sends(launch: Launch, receiver: Receiver, tmp_path: Path) -> None:
    with run_store(tmp_path) as store:
        flags = (*FLAGS, "--redis", store.url, "--secret", "one secret of all the nodes")
        one, other = launch(*flags), launch(*flags)
        with make_owner(other) as owner:
            make(owner, receiver.url)
            auth = ("boss", PASSWORD)
            for number in range(20):
                node = (one, other)[number % 2]
                answer = httpx.post(f"{node.url}/chat/ops", content=f"m{number}", auth=auth)
                assert answer.is_success, answer.text
            wait_until(lambda: len(receiver.taken) >= 20)
            # Whatever a second sender would have sent has had its time by now.
            owner.post("/chat/ops", content="last")
            wait_until(lambda: "last" in receiver.texts())
    assert receiver.texts() == [*(f"m{number}" for number in range(20)), "last"]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::1",
     "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "100.64.0.1", "ff02::1", "fec0::1",
     # By way of a gateway.
     "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::10.0.0.1", "2002:7f00:1::",
     "2002:c0a8:101::1", "2001:0:7f00:1::", "::10.0.0.1", "::ffff:0:10.0.0.1",
     "192.0.0.8", "192.88.99.1", "198.18.0.1", "240.0.0.1", "255.255.255.255"],
)  # fmt: skip
def test_no_address_of_an_own_network_is_allowed(address: str) -> None:
    assert not may_connect(address, ())


def test_public_addresses_are_allowed() -> None:
    assert may_connect("93.184.216.34", ())
    assert may_connect("2606:4700::1111", ())
    # What DNS64 makes of a public IPv4 address.
    assert may_connect("64:ff9b::93.184.216.34", ())


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.0.0/16"),
        ("::ffff:10.1.2.3", "10.1.0.0/16"),
        ("64:ff9b::10.1.2.3", "10.1.0.0/16"),
        ("fd00::5", "fd00::/8"),
    ],
)
def test_a_network_that_is_named_is_reached(address: str, network: str) -> None:
    assert may_connect(address, (ipaddress.ip_network(network),))
    assert not may_connect(address, (ipaddress.ip_network("10.2.0.0/16"),))


def test_tries_come_from_five_seconds_to_an_hour_apart() -> None:
    assert [retry_after_s(number) for number in (1, 2, 3, 20, 1000)] == [5, 10, 20, 3600, 3600]
