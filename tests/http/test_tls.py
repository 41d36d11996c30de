"""`--ssl-certfile`: the same feeds over TLS, where transports pause and resume differently."""

import contextlib
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from tests.support.servers import Launch, ServerProcess
from tests.support.waiting import WHOLE_UPLOAD_S


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def server(authority: trustme.CA, launch: Launch, tmp_path: Path) -> ServerProcess:
    certificate = tmp_path / "certificate.pem"
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
    return launch("--ssl-certfile", str(certificate), "--limits", "off", scheme="https")


@contextlib.contextmanager
def open_feed(server: ServerProcess, context: ssl.SSLContext) -> Iterator[Iterator[bytes]]:
    url = httpx.URL(server.url)
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(20)
        raw.connect((url.host, url.port))
        with context.wrap_socket(raw, server_hostname=url.host) as connection:
            connection.sendall(b"GET /chat/lobby/feed?format=ndjson HTTP/1.0\r\n\r\n")
            with connection.makefile("rb") as lines:
                while not next(lines).startswith(b'{"kind":"hello"'):
                    pass
                yield lines


def test_a_reader_over_tls_that_pauses_loses_nothing(
    server: ServerProcess, context: ssl.SSLContext
) -> None:
    expected = [f"{number} " + "x" * 2000 for number in range(2000)]
    body = "".join(f"{line}\n" for line in expected)
    with open_feed(server, context) as lines, httpx.Client(verify=context) as client:
        answer = client.put(server.room, content=body, timeout=WHOLE_UPLOAD_S)
        assert answer.json()["count"] == len(expected)
        seen: list[str] = []
        while len(seen) < len(expected):
            event = json.loads(next(lines))
            if event["kind"] == "message":
                seen.append(event["text"])
    assert seen == expected


def test_feeds_over_tls_end_with_a_bye(server: ServerProcess, context: ssl.SSLContext) -> None:
    with open_feed(server, context) as lines:
        server.stop()
        kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds[-1] == "bye"


def test_a_certificate_that_cannot_be_read_stops_the_start(launch: Launch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    with pytest.raises(RuntimeError, match=r"--ssl-certfile .* cannot be used"):
        launch("--ssl-certfile", str(broken))


def test_over_tls_the_cookie_is_this_hosts_alone(
    server: ServerProcess, context: ssl.SSLContext
) -> None:
    with httpx.Client(verify=context, base_url=server.url) as client:
        answer = client.post("/session", json={"name": "ann"})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-sse_chat_session_")
        assert "Secure" in cookie
        assert "Path=/;" in cookie + ";"
        assert client.get("/session").json()["name"] == "ann"
        page = client.get("/chat", headers={"Accept": "text/html"})
        assert "max-age=" in page.headers["strict-transport-security"]
