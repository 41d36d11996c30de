"""Signals: SIGHUP reloads, SIGTERM stops all, and what is under way is answered."""

import os
import signal
import socket
import ssl
from pathlib import Path

import httpx
import pytest
import trustme

from tests.support.feeds import next_of, open_ndjson
from tests.support.servers import Launch, ServerProcess


def issue(authority: trustme.CA, path: Path) -> None:
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(path))


def is_certified_by(authority: trustme.CA, server: ServerProcess) -> bool:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    try:
        return httpx.get(f"{server.url}/healthz", verify=context).status_code == 200
    except httpx.ConnectError:
        return False


@pytest.mark.parametrize("workers", [1, 2])
def test_sighup_reloads_the_certificate_and_drops_no_feed(
    launch: Launch, tmp_path: Path, workers: int
) -> None:
    old, new, certificate = trustme.CA(), trustme.CA(), tmp_path / "certificate.pem"
    issue(old, certificate)
    flags = ("--ssl-certfile", str(certificate), "--workers", str(workers))
    server = launch(*flags, scheme="https")
    with open_ndjson(f"{server.room}/feed?format=ndjson", verify=False) as events:
        next_of(events, "hello")
        certificate.write_text("not a certificate")
        server.process.send_signal(signal.SIGHUP)
        server.wait_output("the old one stays", workers)
        assert is_certified_by(old, server)
        issue(new, certificate)
        server.process.send_signal(signal.SIGHUP)
        server.wait_output("certificate reloaded", workers)
        assert is_certified_by(new, server)
        httpx.post(server.room, content="after", verify=False)
        assert next_of(events, "message")["text"] == "after"


def test_sighup_leaves_a_server_without_tls_as_it_is(launch: Launch) -> None:
    server = launch()
    with open_ndjson(f"{server.room}/feed?format=ndjson") as events:
        next_of(events, "hello")
        server.process.send_signal(signal.SIGHUP)
        httpx.post(server.room, content="after")
        assert next_of(events, "message")["text"] == "after"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_to_the_whole_group_stops_it_without_a_complaint(
    launch: Launch, workers: str
) -> None:
    server = launch("--workers", workers, has_own_group=True)
    httpx.post(server.room, content="kept")
    os.killpg(server.process.pid, signal.SIGTERM)
    assert server.process.wait(60) == 0
    assert " WARNING " not in server.output.read_text()


def test_a_body_under_way_is_answered_when_the_server_stops(launch: Launch) -> None:
    server = launch()
    url = httpx.URL(server.url)
    with socket.create_connection((url.host, url.port or 0), timeout=60) as link:
        link.sendall(b"POST /chat/lobby HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhal")
        # What was sent before it on another connection was read before this is answered.
        httpx.get(f"{server.url}/healthz")
        server.process.terminate()
        answer = b""
        while chunk := link.recv(4096):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b'"error":"draining"' in answer
    assert server.process.wait(60) == 0
    assert "Traceback" not in server.output.read_text()
