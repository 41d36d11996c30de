"""The first week of whoever runs it, as `help/operating` tells it: from the wheel to an erasure."""

import contextlib
import os
import secrets
import signal
import ssl
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis
import trustme

from sse_chat.store.embedded import running_url
from tests.store.test_embedded import small_disk
from tests.support.feeds import next_of, open_ndjson
from tests.support.haproxy import aim
from tests.support.places import ROOT
from tests.support.programs import free_port, need, start, stop
from tests.support.servers import ServerProcess
from tests.support.stores import run_store
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

PASSWORD = "correct horse battery"
PEOPLE = ("ann", "bob", "cid", "dora", "eve")


def run(*command: object) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


class Machine:
    """Where the wheel is installed, with a proxy that speaks TLS, and servers behind it."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.program = _install(folder)
        self.authority = trustme.CA()
        self.certificate = folder / "certificate.pem"
        self.issue()
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.trust = ssl.create_default_context()
        self.authority.configure_trust(self.trust)
        self._number = 0

    def issue(self) -> None:
        issued = self.authority.issue_cert("127.0.0.1")
        issued.private_key_and_cert_chain_pem.write_to_path(str(self.certificate))

    def sse_chat(self, *words: object) -> str:
        return run(self.program, *words)

    def serve(
        self, *flags: object, data: Path | None = None, port: int | None = None
    ) -> ServerProcess:
        self._number += 1
        port, data = port or free_port(), data or self.folder / f"data{self._number}"
        output = self.folder / f"output{self._number}.txt"
        words = [self.program, "serve", "--port", port, "--data", data, *flags]
        words += ["--ssl-certfile", self.certificate, "--trusted-proxies", "127.0.0.1"]
        words += ["--public-url", self.url]
        with output.open("w") as file:
            process = subprocess.Popen(
                [str(each) for each in words], stdout=file, stderr=subprocess.STDOUT, text=True
            )
        server = ServerProcess(process, f"https://127.0.0.1:{port}", data, output)
        self.stack.callback(server.stop)
        server.wait_ready()
        return server

    @contextlib.contextmanager
    def proxy(self, *servers: ServerProcess) -> Iterator[None]:
        """The printed haproxy, for this machine's ports."""
        folder = self.folder / f"proxy{secrets.token_hex(2)}"
        folder.mkdir()
        bind = f"127.0.0.1:{self.port} ssl crt {self.certificate}"
        nodes = [f"{each.url.removeprefix('https://')} ssl verify none" for each in servers]
        config = aim(self.sse_chat("deploy", "haproxy"), bind, nodes)
        (folder / "haproxy.cfg").write_text(config)
        process = start([need("haproxy"), "-f", "haproxy.cfg"], self.port, folder)
        try:
            wait_until(lambda: self.client().get("/readyz").status_code == 200)
            yield
        finally:
            stop(process)

    def client(self, name: str = "") -> httpx.Client:
        auth = (name, PASSWORD) if name else None
        client = httpx.Client(base_url=self.url, verify=self.trust, auth=auth, timeout=60)
        return self.stack.enter_context(client)


def _install(folder: Path) -> Path:
    """The wheel, in a venv of its own; what it depends on is that of the tests."""
    venv = folder / "venv"
    run(sys.executable, "-m", "venv", venv)
    run(venv / "bin" / "pip", "wheel", "-q", "--no-deps", "-w", folder / "dist", ROOT)
    (wheel,) = (folder / "dist").glob("*.whl")
    run(venv / "bin" / "pip", "install", "-q", "--no-deps", wheel)
    python = venv / "bin" / "python"
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    Path(packages, "of_tests.pth").write_text(sysconfig.get_path("purelib"))
    return venv / "bin" / "sse-chat"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with contextlib.ExitStack() as stack:
        yield Machine(tmp_path, stack)


def texts(client: httpx.Client, room: str = "lobby") -> list[str]:
    events = client.get(f"/chat/{room}/messages?limit=500").json()["events"]
    return [each["text"] for each in events if each["kind"] == "message"]


def test_a_week(machine: Machine) -> None:
    check_the_unit(machine)
    data = machine.folder / "data"
    server = machine.serve("--access", "members", data=data)
    with machine.proxy(server):
        invite_five(machine, server)
        file = back_up_and_restore(machine, data)
        survive_a_dead_store(machine, data)
        change_the_certificate(machine, server)
    server.stop()
    survive_a_full_disk(machine)
    with run_store(machine.folder / "redis") as store:
        machine.sse_chat("restore", "--redis", store.url, file)
        flags = ("--redis", store.url, "--access", "members", "--secret", read_secret(data))
        nodes = [machine.serve(*flags), machine.serve(*flags)]
        with machine.proxy(*nodes):
            restart_one_after_the_other(machine, nodes, flags)
            ban_and_erase(machine)


def check_the_unit(machine: Machine) -> None:
    unit = machine.folder / "sse-chat.service"
    printed = machine.sse_chat("deploy", "systemd")
    unit.write_text(printed.replace("/opt/sse-chat/bin/sse-chat", str(machine.program)))
    run(need("systemd-analyze"), "verify", "--man=no", unit)
    assert "sse-chat" in machine.sse_chat("check", "--data", machine.folder / "data")


def invite_five(machine: Machine, server: ServerProcess) -> None:
    nobody = machine.client()
    owner = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
    assert nobody.post("/account", json=owner).status_code == 201
    boss = machine.client("boss")
    for name in PEOPLE:
        url = boss.post("/admin/invite", json={}).json()["url"]
        assert url.startswith(machine.url)
        payload = {"name": name, "password": PASSWORD, "invitation": url.rpartition("/")[2]}
        assert machine.client().post("/account", json=payload).status_code == 201
        assert machine.client(name).post("/chat/lobby", content=f"by {name}").status_code == 201
    assert machine.client().get("/chat/lobby/messages").status_code == 401


def back_up_and_restore(machine: Machine, data: Path) -> Path:
    file = machine.folder / "backup.ndjson.gz"
    machine.sse_chat("backup", "--data", data, file)
    other = machine.folder / "restored"
    machine.sse_chat("restore", "--data", other, file)
    (other / "secret").write_text(read_secret(data))
    restored = machine.serve("--access", "members", data=other)
    with httpx.Client(base_url=restored.url, verify=False, auth=("ann", PASSWORD)) as ann:
        assert texts(ann) == [f"by {name}" for name in PEOPLE]
    restored.stop()
    return file


def read_secret(data: Path) -> str:
    return (data / "secret").read_text().strip()


def survive_a_dead_store(machine: Machine, data: Path) -> None:
    ann = machine.client("ann")
    with redis.Redis.from_url(running_url(data / "store") or "") as store:
        os.kill(int(store.info("server")["process_id"]), signal.SIGKILL)
    headers = {"Idempotency-Key": "after the store"}
    wait_until(lambda: ann.post("/chat/lobby", content="a", headers=headers).status_code < 300)
    assert texts(ann) == [*(f"by {name}" for name in PEOPLE), "a"]


def change_the_certificate(machine: Machine, server: ServerProcess) -> None:
    address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
    before = ssl.get_server_certificate(address)
    url = f"{machine.url}/chat/lobby/feed?format=ndjson"
    with open_ndjson(url, verify=False, auth=("bob", PASSWORD)) as events:
        next_of(events, "hello")
        machine.issue()
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: ssl.get_server_certificate(address) != before)
        assert machine.client("bob").post("/chat/lobby", content="new").status_code == 201
        assert next_of(events, "message")["text"] == "new"


def survive_a_full_disk(machine: Machine) -> None:
    """As far as a disk of one's own can be had here."""
    try:
        machine.stack.enter_context(small_disk(machine.folder / "disk", "size=24m"))
    except pytest.skip.Exception:
        return
    server = machine.serve(data=machine.folder / "disk" / "data")
    with httpx.Client(base_url=server.url, verify=False, timeout=60) as client:
        assert client.post("/chat/lobby", content="before").status_code == 201
        ballast = machine.folder / "disk" / "ballast"
        left = os.statvfs(machine.folder / "disk")
        ballast.write_bytes(bytes(left.f_bavail * left.f_frsize - 1024 * 1024))
        wait_until(lambda: client.post("/chat/lobby", content="no room").status_code == 503)
        assert texts(client)[0] == "before"
        ballast.unlink()
        wait_until(lambda: client.post("/chat/lobby", content="room again").status_code == 201)
    server.stop()


def restart_one_after_the_other(
    machine: Machine, nodes: list[ServerProcess], flags: tuple[str, ...]
) -> None:
    """Posts go on meanwhile, each until it is answered, and none is lost or doubled."""
    cid, is_over, sent = machine.client("cid"), threading.Event(), []

    def post_on() -> None:
        while not is_over.is_set():
            text = f"number {len(sent)}"
            _post_until_taken(cid, text)
            sent.append(text)
            is_over.wait(0.1)

    poster = threading.Thread(target=post_on)
    poster.start()
    try:
        for node in nodes:
            count = len(sent)
            wait_until(lambda count=count: len(sent) > count + 3)  # type: ignore[misc]
            assert node.stop() == 0
            again = machine.serve(*flags, port=int(node.url.rpartition(":")[2]))
            count = len(sent)
            wait_until(lambda count=count: len(sent) > count + 3)  # type: ignore[misc]
            assert again.process.poll() is None
    finally:
        is_over.set()
        poster.join(120)
    assert not poster.is_alive()
    numbered = [each for each in texts(machine.client("dora")) if each.startswith("number ")]
    assert numbered == sent[-len(numbered) :]


def _post_until_taken(client: httpx.Client, text: str) -> None:
    def is_taken() -> bool:
        try:
            key = {"Idempotency-Key": text}
            return client.post("/chat/lobby", content=text, headers=key).status_code < 300
        except httpx.TransportError:
            return False

    wait_until(is_taken)


def ban_and_erase(machine: Machine) -> None:
    boss, eve = machine.client("boss"), machine.client("eve")
    payload = {"act": "ban", "who": "eve", "purge": 1}
    assert boss.post("/moderation", json=payload).json()["purged"] == 1
    wait_until(lambda: eve.get("/chat/lobby/messages").status_code == 403)
    erased = boss.post("/admin/people", json={"act": "erase", "who": "dora", "confirm": "dora"})
    assert erased.json()["erased"]["messages"] == 1
    left = texts(boss)
    assert "by eve" not in left
    assert "by dora" not in left
    assert "by ann" in left
    assert {"eve", "boss"} < {each["name"] for each in boss.get("/admin/people").json()["people"]}
    acts = [each["did"] for each in boss.get("/audit").json()["audit"]]
    assert {"ban on the server", "erase account"} <= set(acts)
