"""Where a server listens: both kinds of addresses, a Unix socket, a socket of systemd's."""

import json
import os
import pickle
import socket
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from sse_chat.errors import SettingsError
from sse_chat.serve import ready
from sse_chat.serve.listening import PerWorker, open_listener
from sse_chat.settings import Settings
from sse_chat.web.http.shared_url import own_addresses
from tests.support.programs import free_port, need
from tests.support.servers import Launch, ServerProcess
from tests.support.waiting import WAIT_S

SERVE = [sys.executable, "-m", "sse_chat", "serve"]


@contextmanager
def run(command: list[str], folder: Path) -> Iterator[Path]:
    """The file with what it writes."""
    output = folder / "output.txt"
    with output.open("w") as file:
        process = subprocess.Popen(
            [*command, "--data", str(folder / "data")], stdout=file, stderr=subprocess.STDOUT
        )
    try:
        yield output
    finally:
        process.terminate()
        process.wait(30)


def wait_for(is_so: Callable[[], bool], output: Path, timeout_s: float = 60) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline_s, output.read_text()
        time.sleep(0.05)


def wait_ready(client: httpx.Client, output: Path) -> None:
    def is_ready() -> bool:
        try:
            return client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    wait_for(is_ready, output)


def test_all_addresses_are_those_of_both_kinds(launch: Launch) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    server = launch("--host", "::")
    for host, client in (("127.0.0.1", "127.0.0.1"), ("[::1]", "::1")):
        url = server.url.replace("127.0.0.1", host)
        assert httpx.get(f"{url}/doctor/echo").json()["client"] == client


def test_who_listens_everywhere_is_told_the_address_for_others(launch: Launch) -> None:
    addresses = own_addresses("0.0.0.0")
    if not addresses:
        pytest.skip("this machine has no network")
    server = launch("--host", "0.0.0.0")
    base = server.url.replace("127.0.0.1", addresses[0])
    line = f"{base}/chat/lobby  (from other machines)"
    server.wait_output(line)
    html = {"Accept": "text/html"}
    invite = 'data-invite-link><pre class="shell" tabindex="0"><code>'
    assert f"{invite}{base}/chat/lobby<" in httpx.get(f"{server.url}/chat/lobby", headers=html).text
    named = httpx.get(f"{server.url}/chat/lobby", headers=html | {"Host": "chat.local:81"}).text
    assert f"{invite}http://chat.local:81/chat/lobby<" in named
    assert "this machine only" not in named


@pytest.mark.parametrize(("certificate", "count"), [("", 1), ("chat.pem", 0)])
def test_an_address_is_shown_to_others_unless_a_certificate_is_for_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificate: str, count: int
) -> None:
    monkeypatch.setattr(ready, "own_addresses", lambda host: ["192.0.2.1"])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = Settings(host="0.0.0.0", ssl_certfile=certificate)
        shown = ready.Ready(settings, listener, tmp_path / "link", None)
        assert shown._others("https://127.0.0.1:1", "/chat/lobby").count("192.0.2.1") == count


def test_who_listens_on_this_machine_alone_is_told_so(server: ServerProcess) -> None:
    html = {"Accept": "text/html"}
    assert "this machine only" in httpx.get(f"{server.url}/chat/lobby", headers=html).text
    behind_proxy = httpx.get(f"{server.url}/chat/lobby", headers=html | {"Host": "chat.local"}).text
    assert "this machine only" not in behind_proxy


def test_a_unix_socket_is_for_a_proxy_that_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "chat.sock"
    command = [*SERVE, "--uds", str(path), "--uds-mode", "600", "--workers", "2"]
    transport = httpx.HTTPTransport(uds=str(path))
    with (
        run(command, tmp_path) as output,
        httpx.Client(transport=transport, base_url="http://localhost") as client,
    ):
        # A client that finds no socket there leaves its own open.
        wait_for(path.exists, output)
        wait_ready(client, output)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        seen = client.get("/doctor/echo", headers=forwarded).json()
        assert (seen["client"], seen["scheme"]) == ("203.0.113.7", "https")
        assert seen["has_untrusted_proxy"] is False
        assert client.post("/chat/lobby", content="hi", headers=forwarded).status_code == 201
        feed = client.get("/chat/lobby?format=text&after=0&follow=0").text
        assert feed.endswith("hi\n")
        wait_for(lambda: "Ctrl-C" in output.read_text(), output)
        assert f"curl --unix-socket {path} -N http://localhost/chat/lobby" in output.read_text()
    assert not path.exists()


def test_a_socket_of_systemd_is_taken(tmp_path: Path) -> None:
    activate, port = need("systemd-socket-activate"), free_port()
    address = f"127.0.0.1:{port}"
    environ = [f"-E{name}" for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ]
    command = [activate, *environ, "-l", address, *SERVE]
    with (
        run(command, tmp_path) as output,
        httpx.Client(base_url=f"http://{address}", timeout=30) as client,
    ):
        wait_ready(client, output)
        assert client.post("/chat/lobby", content="hi").status_code == 201


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux spreads connections over sockets")
def test_a_crowd_that_comes_at_once_is_spread_over_the_workers(launch: Launch) -> None:
    server = launch("--workers", "2", "--send-buffer", "65536")
    url = urlsplit(server.url)
    address = (url.hostname, url.port)
    ask = f"GET /chat/lobby/feed?format=ndjson HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode()
    workers: Counter[str] = Counter()
    with ExitStack() as stack:
        crowd = [stack.enter_context(socket.create_connection(address, WAIT_S)) for _ in range(200)]
        for each in crowd:
            each.sendall(ask)
        for each in crowd:
            lines = stack.enter_context(each.makefile("rb"))
            hello = next(line for line in lines if line.startswith(b'{"kind":"hello"'))
            workers[json.loads(hello)["server"]] += 1
    # By chance alone, one of two has fewer than a quarter of them once in 10^12 times.
    assert len(workers) == 2
    assert min(workers.values()) >= 50


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux spreads connections over sockets")
def test_workers_of_two_servers_do_not_share_a_port(tmp_path: Path) -> None:
    settings = Settings(port=free_port(), workers=2)
    with ExitStack() as stack:
        listener, _ = open_listener(settings, {}, stack)
        assert isinstance(listener, PerWorker)
        listener.give_way()
        for workers in (1, 2):
            # The workers of the first have not come so far yet.
            with pytest.raises(SettingsError, match="in use"):
                open_listener(replace(settings, workers=workers), {}, stack)
        # Handed to a worker, it is one of its own.
        (own,) = pickle.loads(pickle.dumps([listener]))
        stack.enter_context(own)
        own.listen()
        with pytest.raises(SettingsError, match="in use"):
            open_listener(settings, {}, stack)


def test_a_socket_that_a_dead_server_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "left.sock"
    settings = Settings(uds=str(path))
    with ExitStack() as stack:
        listener, _ = open_listener(settings, {}, stack)
        with ExitStack() as other, pytest.raises(SettingsError, match="another server answers"):
            open_listener(settings, {}, other)
        assert path.exists()
        listener.close()
        again, _ = open_listener(settings, {}, stack)
        assert again.getsockname() == str(path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"uds_group": "no such group"}, "no group of this name"),
        ({"ssl_certfile": "x.pem"}, "ends TLS"),
        ({"uds": "/no/such/folder/s"}, "No such file"),
    ],
)
def test_a_socket_that_cannot_be_made_is_told(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    settings = Settings(**{"uds": str(tmp_path / "s"), **changes})  # type: ignore[arg-type]
    with ExitStack() as stack, pytest.raises(SettingsError, match=said):
        open_listener(settings, {}, stack)
    assert not (tmp_path / "s").exists()


def test_more_sockets_of_systemd_than_one_are_refused() -> None:
    environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2"}
    with ExitStack() as stack, pytest.raises(SettingsError, match="2 sockets"):
        open_listener(Settings(), environ, stack)
