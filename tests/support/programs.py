"""Programs from Debian, as proxies: each with a config that the test writes."""

import contextlib
import fcntl
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

# Below the ports of outgoing connections: 32768 and up on Linux.
_FIRST_PORT, _SLOTS, _PORTS_PER_SLOT = 10_240, 32, 700
_given: set[int] = set()
_slots: list[int] = []


def free_port() -> int:
    """Never the same twice, none that the kernel gives to connections, none of other test runs."""
    while True:
        port = _FIRST_PORT + random.randrange(*_ports())
        if port in _given:
            continue
        _given.add(port)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _ports() -> tuple[int, int]:
    """Of a slot that is locked as long as this process lives."""
    if not _slots or len(_given) >= len(_slots) * _PORTS_PER_SLOT * 0.9:
        _slots.append(_lock_slot())
    return _PORTS_PER_SLOT * _slots[-1], _PORTS_PER_SLOT * (_slots[-1] + 1)


def _lock_slot() -> int:
    for slot in random.sample(range(_SLOTS), _SLOTS):
        path = Path(tempfile.gettempdir(), f"sse-chat-tests-ports-{slot}")
        with contextlib.suppress(OSError):
            lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o666)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            return slot
    raise RuntimeError(f"{_SLOTS} test runs at once: no ports are left for this one")


def need(name: str) -> str:
    """The program's path; skips the test where it is not installed, unless all are required."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        if os.environ.get("CHAT_TESTS_REQUIRE") == "all":
            pytest.fail(f"{name} is required and not installed")
        pytest.skip(f"{name} is not installed")
    return found


def start(command: list[str], port: int, folder: Path) -> subprocess.Popen[bytes]:
    """Runs it in the foreground until its port is open; the caller stops it."""
    output = folder / "output.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, cwd=folder)
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return process
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise RuntimeError(f"{command} did not start:\n{output.read_text()}") from None
            time.sleep(0.05)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


Config = Callable[[Path, int, str], list[str]]
"""Writes a config into the folder, for this port and the server's address; gives the command."""

Through = Callable[[Config, str], str]
"""Starts a proxy of this config before the server at this address; gives its own address."""


def nginx(location: str, http: str = "") -> Config:
    """A server with these lines; $origin stands for the server's address."""

    def write(folder: Path, port: int, origin: str) -> list[str]:
        temp = "\n".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config = folder / "nginx.conf"
        config.write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{}}\nhttp {{ access_log off; {temp} {http}\n"
            f"server {{ listen 127.0.0.1:{port};\n"
            + location.replace("$origin", origin)
            + "\n} }\n"
        )
        return [need("nginx"), "-e", str(folder / "error.log"), "-c", str(config)]

    return write


def lighttpd(folder: Path, port: int, origin: str) -> list[str]:
    """As it comes: it takes a whole answer before it passes it on."""
    config = folder / "lighttpd.conf"
    upstream = origin.rpartition(":")[2]
    config.write_text(
        f'server.document-root = "{folder}"\nserver.port = {port}\n'
        'server.bind = "127.0.0.1"\nserver.modules = ("mod_proxy")\n'
        f'proxy.server = ("" => (("host" => "127.0.0.1", "port" => {upstream})))\n'
    )
    return [need("lighttpd"), "-D", "-f", str(config)]


def tinyproxy(lines: str = "") -> Config:
    """A forward proxy."""

    def write(folder: Path, port: int, origin: str) -> list[str]:
        config = folder / "tinyproxy.conf"
        config.write_text(
            f"Port {port}\nListen 127.0.0.1\nTimeout 600\nAllow 127.0.0.1\nMaxClients 50\n{lines}\n"
        )
        return [need("tinyproxy"), "-d", "-c", str(config)]

    return write


def privoxy(folder: Path, port: int, origin: str) -> list[str]:
    """A forward proxy that filters: it holds event streams, and lets NDJSON through."""
    config = folder / "privoxy.conf"
    config.write_text(
        f"listen-address 127.0.0.1:{port}\nconfdir /etc/privoxy\n"
        "actionsfile match-all.action\nactionsfile default.action\nfilterfile default.filter\n"
    )
    return [need("privoxy"), "--no-daemon", str(config)]


def launch_program(
    config: Config, folder: Path, origin: str
) -> tuple[subprocess.Popen[bytes], str]:
    """The process and its address."""
    folder.mkdir()
    port = free_port()
    process = start(config(folder, port, origin), port, folder)
    return process, f"http://127.0.0.1:{port}"
