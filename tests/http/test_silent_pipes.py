"""The printed settings of proxies bear a pipe and a feed that say nothing for long."""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from sse_chat.deploy.command import read_file
from tests.support.programs import free_port, need, start, stop
from tests.support.servers import Launch

# Longer than any time-out that a proxy has by itself: those of 60 s are the longest.
_SILENT_S = 80.0
_APACHE_MODULES = ("mpm_event", "authz_core", "proxy", "proxy_http", "headers", "reqtimeout")


_LISTENS = {
    "nginx": ("listen 80;", "listen 127.0.0.1:{};"),
    "haproxy": ("bind :80", "bind 127.0.0.1:{}"),
    "apache": ("*:80", "127.0.0.1:{}"),
    "caddy": (":80 {", "http://127.0.0.1:{} {{"),
}


def _printed(name: str, port: int, upstream: int) -> str:
    written = read_file(name).replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    printed, own = _LISTENS[name]
    assert printed in written
    return written.replace(printed, own.format(port))


def _nginx(folder: Path, port: int, upstream: int) -> list[str]:
    (folder / "chat.conf").write_text(_printed("nginx", port, upstream))
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; include {folder}/chat.conf; }}\n"
    )
    return [need("nginx"), "-e", str(folder / "error.log"), "-c", str(config)]


def _haproxy(folder: Path, port: int, upstream: int) -> list[str]:
    config = folder / "haproxy.cfg"
    config.write_text(_printed("haproxy", port, upstream))
    return [need("haproxy"), "-db", "-f", str(config)]


def _apache(folder: Path, port: int, upstream: int) -> list[str]:
    home = "/usr/lib/apache2/modules"
    loads = "\n".join(f"LoadModule {each}_module {home}/mod_{each}.so" for each in _APACHE_MODULES)
    config = folder / "apache.conf"
    config.write_text(
        f"{loads}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
        f"ErrorLog {folder}/error.log\nDefaultRuntimeDir {folder}\n"
        f"{_printed('apache', port, upstream)}"
    )
    return [need("apache2"), "-DFOREGROUND", "-d", str(folder), "-f", str(config)]


def _caddy(folder: Path, port: int, upstream: int) -> list[str]:
    config = folder / "Caddyfile"
    options = "{\n admin off\n auto_https off\n}\n"
    config.write_text(options + _printed("caddy", port, upstream))
    return [need("caddy"), "run", "--adapter", "caddyfile", "--config", str(config)]


@pytest.mark.long
def test_a_silent_pipe_and_a_silent_feed_are_not_cut(launch: Launch, tmp_path: Path) -> None:
    upstream = int(launch("--limits", "off").url.rpartition(":")[2])
    with ExitStack() as stack, ThreadPoolExecutor(8) as pool:
        waiting = []
        for write in (_nginx, _haproxy, _apache, _caddy):
            folder = tmp_path / write.__name__
            folder.mkdir()
            port = free_port()
            proxy: subprocess.Popen[bytes] = start(write(folder, port, upstream), port, folder)
            stack.callback(stop, proxy)
            room = f"http://127.0.0.1:{port}/chat/{write.__name__.strip('_')}"
            waiting += [pool.submit(_pipe, f"{room}-pipe"), pool.submit(_follow, f"{room}-feed")]
        for each in waiting:
            each.result()


def _pipe(room: str) -> None:
    def lines() -> Iterator[bytes]:
        yield b"before\n"
        time.sleep(_SILENT_S)
        yield b"after\n"

    answer = httpx.put(room, content=lines(), timeout=60)
    assert answer.status_code == 201, f"{room}: {answer.status_code} {answer.text}"
    assert answer.json()["count"] == 2, room


def _follow(room: str) -> None:
    with httpx.stream("GET", f"{room}?format=ndjson&heartbeat=300", timeout=400) as feed:
        lines = feed.iter_lines()
        assert any('"hello"' in line for line in lines), room
        time.sleep(_SILENT_S)
        assert httpx.post(room, content="after").status_code == 201
        assert any('"after"' in line for line in lines), room


def test_no_time_out_of_a_printed_file_is_under_an_hour() -> None:
    for name, wanted in (
        ("nginx", ("proxy_read_timeout 1h", "proxy_send_timeout 1h", "client_body_timeout 1h")),
        ("haproxy", ("timeout client 1h", "timeout server 1h")),
        ("apache", ("Timeout 3600", "timeout=3600", "body=0")),
    ):
        assert all(each in read_file(name) for each in wanted), name
