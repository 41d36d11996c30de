"""The client's address, the scheme and the path, as a real server takes them from a proxy."""

import httpx
import pytest

from tests.support.entries import entry_of
from tests.support.servers import Launch, ServerProcess

CLIENT = {"X-Forwarded-For": "192.0.2.1"}


def guest_of(server: ServerProcess, headers: dict[str, str]) -> str:
    """The name of a nameless caller, which hangs on the address alone."""
    name: str = httpx.post(server.room, content="hi", headers=headers).json()["author"]
    return name


def test_a_trusted_proxy_says_who_the_client_is(launch: Launch) -> None:
    server = launch("--trusted-proxies", "127.0.0.1")
    client = guest_of(server, CLIENT)
    assert client != guest_of(server, {})
    assert client == guest_of(server, {"X-Forwarded-For": "198.51.100.9, 192.0.2.1:4711"})
    assert client == guest_of(server, {"Forwarded": 'for="192.0.2.1:80";proto=https'})
    # nginx and others write X-Forwarded-For and let the client's own Forwarded through.
    assert client == guest_of(server, {**CLIENT, "Forwarded": "for=198.51.100.9"})
    assert guest_of(server, {"X-Forwarded-For": "'; --, ::%"}) == guest_of(server, {})


def test_anyone_else_is_not_believed(launch: Launch) -> None:
    server = launch("--trusted-proxies", "192.0.2.200")
    lies = {
        **CLIENT,
        "Forwarded": "for=192.0.2.1;host=evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
    }
    assert guest_of(server, lies) == guest_of(server, {})
    shown = httpx.get(server.url, headers={**lies, "Accept": "text/plain"}).text
    assert "evil" not in shown
    assert "https" not in shown
    # Nor may a page there post with our cookie.
    name = httpx.post(f"{server.url}/session", data={"name": "ann"}, headers=lies)
    origin = {**lies, "Origin": "http://evil.example"}
    posted = httpx.post(server.room, content="hi", headers=origin, cookies=name.cookies)
    assert posted.status_code == 403


def test_scheme_and_host_come_from_a_trusted_proxy(launch: Launch) -> None:
    server = launch("--trusted-proxies", "127.0.0.1")
    said = {**CLIENT, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example:8443"}
    shown = httpx.get(server.url, headers={**said, "Accept": "text/plain"}).text
    assert "curl -N https://chat.example:8443/chat/lobby" in shown
    signed_in = httpx.post(f"{server.url}/session", data={"name": "ann"}, headers=said)
    assert "secure" in signed_in.headers["set-cookie"].lower()
    # What is no name is as if not there.
    for host in ("chat.example:99999", "chat.example/x?", "a" * 300, "<b>"):
        odd = {**CLIENT, "X-Forwarded-Host": host, "Accept": "text/plain"}
        assert f"curl -N {server.url}/chat/lobby" in httpx.get(server.url, headers=odd).text


@pytest.mark.parametrize("prefix", ["", "/team/chat-app"], ids=["taken-off", "passed-on"])
def test_a_root_path_is_in_all_that_goes_out(launch: Launch, prefix: str) -> None:
    server = launch("--root-path", "/team/chat-app")
    base = f"{server.url}{prefix}"
    posted = httpx.post(f"{base}/chat/lobby", content="hi")
    assert posted.headers["location"].startswith("/team/chat-app/chat/lobby/messages/")
    read = httpx.get(f"{server.url}{posted.headers['location']}")
    assert read.json() == entry_of(posted)
    html = {"Accept": "text/html"}
    form = httpx.post(f"{base}/chat/lobby", data={"text": "by form"}, headers=html)
    assert (form.status_code, form.headers["location"]) == (303, "/team/chat-app/chat/lobby")
    signed_in = httpx.post(f"{base}/session", data={"name": "ann"}, headers=html)
    assert signed_in.headers["location"].startswith("/team/chat-app/chat")
    assert "path=/team/chat-app/;" in signed_in.headers["set-cookie"].lower()
    assert f"curl -N {server.url}/team/chat-app/chat/lobby" in httpx.get(f"{base}/").text
    page = httpx.get(f"{base}/chat/lobby", headers=html).text
    assert 'action="/team/chat-app/chat/lobby"' in page
    assert 'action="/chat' not in page
    assert 'href="/static' not in page
    assert httpx.get(f"{base}/chat/lobby?follow=0").text.endswith("by form\n")
    assert httpx.get(f"{base}/nothing").status_code == 404


def test_a_root_path_may_be_named_like_one_of_our_own(launch: Launch) -> None:
    server = launch("--root-path", "/chat")
    assert httpx.get(f"{server.url}/chat/rooms").json()["rooms"]
    posted = httpx.post(f"{server.url}/chat/chat/lobby", content="hi")
    assert httpx.get(f"{server.url}{posted.headers['location']}").json() == entry_of(posted)


@pytest.mark.parametrize("flags", [[], ["--root-path", "/sub"]], ids=["alone", "with-root-path"])
def test_a_public_url_may_have_the_path(launch: Launch, flags: list[str]) -> None:
    server = launch("--public-url", "https://chat.example/sub/", *flags)
    assert "curl -N https://chat.example/sub/chat/lobby" in httpx.get(server.url).text
    posted = httpx.post(f"{server.url}/chat", content="hi")
    assert posted.headers["location"].startswith("/sub/chat/lobby/messages/")
    # It answers before it has said so.
    server.wait_output("https://chat.example/sub/chat/lobby")


def test_a_neighbour_of_the_root_path_is_not_ours(launch: Launch) -> None:
    server = launch("--root-path", "/sub")
    assert httpx.get(f"{server.url}/subway/chat/lobby?follow=0").status_code == 404
