"""A head that was sent before is read as the parser reads it."""

import pytest

from sse_chat.server.connection import Connection
from sse_chat.server.exchange import Exchange
from sse_chat.server.repeated_head import RepeatedHead
from tests.support.connections import echo, get, post, talk

PLAIN = get(b"/chat/lobby/messages?wait=25&after=1700000000000-0")
OTHERS = {
    "another position": [get(b"/chat/lobby/messages?wait=25&after=1700000000001-12")],
    "another path": [get(b"/chat/other/feed")],
    "without a query": [get(b"/chat")],
    "an empty query": [get(b"/chat?")],
    "escapes": [get(b"/chat/lo%62by?a=%20")],
    "a fragment": [get(b"/chat#x")],
    "two slashes": [get(b"//chat/lobby")],
    "dots": [get(b"/chat/../x")],
    "a whole address": [get(b"http://a/chat")],
    "a long target": [get(b"/chat?a=" + b"b" * 600)],
    "HTTP/1.0": [get(version=b"1.0")],
    "HTTP/2.0": [get(version=b"2.0")],
    "the last": [get(more=b"connection: close\r\n")],
    "one more header": [get(more=b"accept: text/html\r\n")],
    "an offer": [get(more=b"upgrade: h2c\r\nconnection: upgrade\r\n")],
    "a post": [post(b"/chat/lobby", b"hello")],
    "a body": [get(more=b"content-length: 2\r\n") + b"hi"],
    "two at once": [PLAIN + PLAIN],
    "one and a half": [PLAIN + PLAIN[:20], PLAIN[20:]],
    "pieces": [PLAIN[:30], PLAIN[30:]],
    "a blank line before": [b"\r\n" + PLAIN],
    "a blank line behind": [PLAIN + b"\r\n"],
    "no request": [b"GET /chat\r\nhost: a\r\n\r\n"],
    "two requests for one": [PLAIN.replace(b" HTTP", b" HTTP/1.1\r\nx: y\r\n\r\nGET / HTTP")],
}


def _talk(pieces: list[bytes]) -> tuple[bytes, list[object]]:
    read: list[object] = []

    async def note(exchange: Exchange) -> None:
        read.append((exchange.head, exchange.keep_alive))
        await echo(exchange)

    out, _ = talk(note, *pieces)
    return out, read


@pytest.mark.parametrize("name", OTHERS)
def test_what_comes_between_polls_is_read_as_by_the_parser(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = OTHERS[name]
    pieces = [PLAIN, PLAIN, PLAIN, *others, PLAIN, *others, *others, PLAIN]
    found = _talk(pieces)
    monkeypatch.setattr(RepeatedHead, "read", lambda repeated, connection, data: None)
    assert found == _talk(pieces)


def test_headers_that_were_read_before_are_not_parsed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed = []
    parse = Connection._parse

    def note(connection: Connection, data: bytes) -> None:
        parsed.append(data)
        parse(connection, data)

    monkeypatch.setattr(Connection, "_parse", note)
    other = get(b"/chat/lobby/messages?wait=25&after=1700000000001-0")
    _, read = _talk([PLAIN, PLAIN, other, PLAIN])
    assert len(read) == 4
    # The first of a connection is not kept: of a feed it is the only one.
    assert parsed == [PLAIN, PLAIN]
