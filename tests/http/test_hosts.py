"""Hosts that are ours, and requests that pages of other sites send."""

import socket

import httpx
import pytest

from sse_chat.errors import CrossSite, UnknownHost
from sse_chat.web.http.hosts import Hosts, split_host
from tests.support.servers import Launch, ServerProcess

HOSTS = Hosts("https://chat.example.org", ["other.example", "*.wild.example"], {"box.corp.example"})
HOME = Hosts("", [""], set())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Chat.Example.org.", ("chat.example.org", None)),
        ("a:8000", ("a", 8000)),
        ("[::1]:80", ("::1", 80)),
        ("a:x", None),
        ("a/b", None),
        ("u@a", None),
        ("a?b", None),
        ("[::1", None),
        (":80", None),
        ("", None),
    ],
)
def test_a_host_is_read_with_or_without_its_port(
    value: str, expected: tuple[str, int | None] | None
) -> None:
    assert split_host(value) == expected


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8000", "[::1]:8000", "192.0.2.7", "localhost", "LOCALHOST:1", "chat",
        "nas.local", "nas.lan", "a.b.internal", "x.home.arpa", "chat.example.org:8443",
        "other.example.", "deep.below.wild.example", "box.corp.example:80",
    ],
)  # fmt: skip
def test_own_hosts_are_served(host: str) -> None:
    HOSTS.check_host({"host": host})


@pytest.mark.parametrize(
    "host",
    ["evil.example", "1.2.3.4.evil.example", "chat.example.org.evil", "wild.example"],
)
def test_a_foreign_name_is_refused_with_the_settings_name(host: str) -> None:
    with pytest.raises(UnknownHost, match=r"--hosts"):
        HOSTS.check_host({"host": host})


def test_the_name_that_a_proxy_was_asked_for_counts_where_names_are_set() -> None:
    asked = {"host": "127.0.0.1:8000", "x-forwarded-host": "evil.example"}
    with pytest.raises(UnknownHost):
        HOSTS.check_host(asked)
    HOME.check_host(asked)


def test_a_star_allows_any_host() -> None:
    Hosts("", ["*"], set()).check_host({"host": "evil.example"})


def is_own(hosts: Hosts, method: str = "POST", **headers: str) -> bool:
    try:
        hosts.check_origin(method, {name.replace("_", "-"): it for name, it in headers.items()})
    except CrossSite:
        return False
    return True


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, True),
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "", "origin": "http://a:8000"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://a:8000"}, True),
        ({"origin": "https://a:8000"}, True),
        ({"origin": "http://a:8001"}, False),
        ({"origin": "http://a"}, False),
        ({"origin": "file://a:8000"}, False),
        ({"origin": "http://A:8000"}, True),
        # nginx with `Host $host`, on a port of its own.
        ({"host": "a", "origin": "http://a:8080"}, True),
        ({"host": "a:80", "origin": "https://a"}, True),
        ({"host": "127.0.0.1:8000", "x_forwarded_host": "b", "origin": "https://b"}, True),
        ({"host": "127.0.0.1:8000", "origin": "https://chat.example.org"}, True),
        ({"host": "127.0.0.1:8000", "origin": "http://chat.example.org:80"}, True),
        ({"host": "127.0.0.1:8000", "origin": "https://chat.example.org:9999"}, False),
        ({"host": "127.0.0.1:8000", "origin": "https://chat.example.org.evil"}, False),
    ],
)
def test_a_request_comes_from_our_own_pages(headers: dict[str, str], expected: bool) -> None:
    assert is_own(HOSTS, **{"host": "a:8000", **headers}) is expected


def test_reading_needs_no_origin() -> None:
    for method in ("GET", "HEAD"):
        assert is_own(HOSTS, method, sec_fetch_site="cross-site")


FOREIGN = ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"})


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/chat/{room}"), ("PUT", "/chat/{room}"), ("POST", "/chat/{room}/feed"),
        ("POST", "/chat/{room}/messages/1-1/edit"), ("POST", "/send_message"), ("POST", "/session"),
        ("POST", "/session/end"), ("POST", "/account"), ("POST", "/rooms"),
        ("POST", "/doctor/probe"),
        ("POST", "/nothing"), ("DELETE", "/chat/{room}"),
    ],
)  # fmt: skip
def test_other_sites_write_nothing_with_a_cookie_or_without(
    server: ServerProcess, room: str, method: str, path: str, headers: dict[str, str]
) -> None:
    url = server.url + path.format(room=room.rpartition("/")[2])
    answer = httpx.request(method, url, content="text=hi", headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "cross_site")
    assert httpx.get(f"{room}/messages").json()["events"] == []


@pytest.mark.parametrize("path", ["/", "/chat/lobby?follow=0", "/rooms", "/static/x", "/help"])
def test_a_rebound_page_reads_nothing(launch: Launch, server: ServerProcess, path: str) -> None:
    answer = httpx.get(server.url + path, headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert "--hosts" in answer.text
    assert "--public-url" in answer.text
    posted = httpx.post(server.room, content="hi", headers={"Host": "evil.example"})
    assert (posted.status_code, posted.json()["error"]) == (421, "unknown_host")
    page = httpx.get(server.url + path, headers={"Host": "evil.example", "Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"][:9]) == (421, "text/html")


def test_the_settings_allow_names(launch: Launch) -> None:
    server = launch("--hosts", "a.example, b.example", "--public-url", "https://c.example")
    for host, status in (("a.example:80", 200), ("c.example", 200), ("d.example", 421)):
        assert httpx.get(f"{server.url}/rooms", headers={"Host": host}).status_code == status


_PATHS = ("/healthz", "/chat/lobby/messages", "/chat/lobby?follow=0")


def ask_of(server: ServerProcess, line: str, *hosts: str) -> bytes:
    url = httpx.URL(server.url)
    lines = [line, *(f"Host: {host}" for host in hosts), "Connection: close"]
    with socket.create_connection((url.host, url.port or 80), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        with connection.makefile("rb") as file:
            return file.read()


@pytest.mark.parametrize("path", _PATHS)
def test_two_hosts_are_refused(server: ServerProcess, path: str) -> None:
    for hosts in (("localhost", "evil.example"), ("evil.example", "localhost")):
        answer = ask_of(server, f"GET {path} HTTP/1.1", *hosts)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"Host is there more than once" in answer


@pytest.mark.parametrize("path", _PATHS)
def test_only_http_1_0_does_without_a_host(server: ServerProcess, path: str) -> None:
    answer = ask_of(server, f"GET {path} HTTP/1.1")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Host is missing" in answer
    assert b" 200 " in ask_of(server, f"GET {path} HTTP/1.0").partition(b"\r\n")[0]
