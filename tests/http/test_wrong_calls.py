"""The commonest wrong calls: each answer says what was wrong, what is allowed, what to do."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.http.test_moderation import PASSWORD
from tests.support.servers import Launcher, ServerProcess

_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_ROOM_NAME = ("1 to 64 of a-z, 0-9, _ and -", "as in /chat/lobby")
_ID = ("<milliseconds>-<sequence>", "as in 1700000000000-0")


@dataclass(frozen=True)
class Wrong:
    """`told`: what was wrong, what is allowed and what to do, as pieces of the answer."""

    name: str
    call: str
    status: int
    told: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)


def _of(name: str, call: str, status: int, *told: str, **options: Any) -> Wrong:
    return Wrong(name, call, status, told, options)


WRONG = (
    _of("room in capitals", "GET /chat/Lobby/messages", 404, "'Lobby'", *_ROOM_NAME),
    _of("room with a blank", "GET /chat/my%20room/messages", 404, "'my room'", *_ROOM_NAME),
    _of("room with a dot", "POST /chat/a.b", 404, "'a.b'", *_ROOM_NAME, content="x"),
    _of("path with a typo", "GET /chats/lobby", 404, "'/chats/lobby'", "did you mean '/chat/lobby'",
        "/help/api"),
    _of("path of another system", "GET /api/v1/send", 404, "'/api/v1/send'", "/help/api"),
    _of("a file piped to a slash", "PUT /chat/lobby/app.log", 404, "nothing at", "curl -T adds",
        "leave the / out", content="x"),
    _of("deleting a room by verb", "DELETE /chat/lobby", 405, "use GET, HEAD, POST, PUT."),
    _of("posting to the history", "POST /chat/lobby/messages", 405, "POST is not allowed", "GET",
        "POST /chat/lobby posts", content="x"),
    _of("deleting by verb", "DELETE /chat/lobby/messages/1-1", 405, "DELETE is not allowed", "GET",
        "POST /chat/lobby/messages/1-1/delete"),
    _of("editing by verb", "PATCH /chat/lobby/messages/1-1", 405, "PATCH is not allowed", "GET",
        "POST /chat/lobby/messages/1-1/edit", content="x"),
    _of("asking for what is posted", "GET /chat/lobby/messages/1-1/edit", 405, "GET is not allowed",
        "use POST", "/help/api"),
    _of("no text", "POST /chat/lobby", 400, "text is blank", "at least one visible character",
        "curl -d 'hello'"),
    _of("JSON sent as a form", "POST /chat/lobby", 400, "JSON, sent as a form",
        "-H 'Content-Type: application/json'", content='{"text":"hi"}', headers=_FORM),
    _of("JSON in single quotes", "POST /chat/lobby", 400, "not valid JSON", "double quotes",
        'as in {"text": "hello"}', content="{'text': 'hi'}", headers=_JSON),
    _of("JSON with another member", "POST /chat/lobby", 400, '"text", a string', "it has message",
        'as in {"text": "hello"}', json={"message": "hi"}),
    _of("JSON with a number", "POST /chat/lobby", 400, '"text", a string',
        'as in {"text": "hello"}', json={"text": 5}),
    _of("a JSON list", "POST /chat/lobby", 400, "must be an object", '{"text": "…"}', "/batch",
        json=["hi"]),
    _of("too long", "POST /chat/lobby", 413, "5,000 bytes", "limit is 4,096", "split it",
        content="x" * 5000),
    _of("another type", "POST /chat/lobby", 415, "'application/xml'", "send application/json",
        content="<a/>", headers={"Content-Type": "application/xml"}),
    _of("a compressed body", "POST /chat/lobby", 415, "compressed", "Content-Encoding: gzip",
        "send it uncompressed", content=gzip.compress(b"hi"), headers={"Content-Encoding": "gzip"}),
    _of("a compressed pipe", "PUT /chat/lobby", 415, "send it uncompressed", "GZIP",
        content=gzip.compress(b"hi"), headers={"Content-Encoding": "utf-8, GZIP"}),
    _of("a form with another field", "POST /chat/lobby", 400, "needs the field 'text'",
        "it has file", files={"file": ("a.txt", b"hi")}),
    _of("another charset", "POST /chat/lobby", 400, "not valid UTF-8 (byte 2)", "send UTF-8",
        "charset=windows-1252", content="grüße".encode("latin-1")),
    _of("NUL", "POST /chat/lobby", 400, "a NUL character", "without it", content="a\0b"),
    _of("an unknown format", "GET /chat/lobby?format=xml", 400, "format='xml'", "allowed: html",
        "ndjson"),
    _of("a query with a typo", "GET /chat/lobby?folow=0", 400, "'folow'", "did you mean 'follow'",
        "allowed: activity"),
    _of("too many at once", "GET /chat/lobby?last=5000&follow=0", 400, "last='5000'",
        "from 0 to 1000"),
    _of("a limit in words", "GET /chat/lobby/messages?limit=all", 400, "limit='all'",
        "from 1 to 500"),
    _of("a number for an id", "GET /chat/lobby/messages?after=12", 400, "'12' is not an id", *_ID),
    _of("a word for an id", "GET /chat/lobby/messages?after=latest", 400, "'latest'", *_ID),
    _of("two beginnings", "GET /chat/lobby/messages?after=0&before=9-0", 400, "do not go together",
        "use one of them"),
    _of("waiting for nothing", "GET /chat/lobby/messages?wait=5", 400, "wait needs after",
        "the id that you have read up to"),
    _of("a time in words", "GET /chat/lobby/messages?since=yesterday", 400, "'yesterday'", "10m",
        "2026-11-23T09:41:00Z"),
    _of("a message that is gone", "GET /chat/lobby/messages/1-1", 404, "no entry 1-1",
        "no longer kept", "GET …/messages of the room lists"),
    _of("editing what is gone", "POST /chat/lobby/messages/1-1/edit", 404, "no entry 1-1",
        "GET …/messages of the room lists", json={"text": "x"}),
    _of("answering what is gone", "POST /chat/lobby", 400, "reply_to='1-1'", "no such message",
        "GET …/messages of the room lists", json={"text": "x", "reply_to": "1-1"}),
    _of("a reaction in words", "POST /chat/lobby/messages/1-1/reactions", 400, "'thumbs'",
        "one emoji", "\N{THUMBS UP SIGN}", json={"emoji": "thumbs"}),
    _of("a long name", "POST /session", 400, "1 to 32 characters", "this one has 40",
        json={"name": "x" * 40}),
    _of("no name", "POST /session", 400, "the field name is missing", "1 to 32 characters",
        json={}),
    _of("no password", "POST /account", 400, "a password is missing",
        "8 to 256 characters",
        json={"name": "ann"}),
    _of("a short password", "POST /account", 400, "8 to 256 characters", "this one has 5",
        json={"name": "ann", "password": "short"}),
    _of("a wrong password", "GET /account", 401, "not known here", "-u NAME:",
        auth=("ann", "nope nope nope")),
    _of("another scheme", "POST /chat/lobby", 401, "use Basic", "curl -u ann:", "Bearer",
        content="x", headers={"Authorization": "Token abc"}),
    _of("nobody's account", "GET /account", 401, "needs an account", "curl -u NAME:PASSWORD"),
    _of("nobody's topic", "POST /chat/lobby/topic", 401, "you need a name to set the topic",
        "curl -u NAME:", data={"text": "x"}),
    _of("nobody's administration", "GET /admin", 401, "you need the role owner",
        "sign in first"),
    _of("nobody's room", "POST /rooms", 401, "only an account can own a room", "POST /account",
        json={"room": "mine"}),
    _of("a field with a typo", "POST /rooms", 400, "'rom' is not known", "did you mean 'room'?",
        json={"rom": "mine"}),
    _of("another site", "POST /chat/lobby", 403, "a page of another site", "--cors-origins",
        "--public-url", content="x", headers={"Origin": "https://evil.example"}),
    _of("another host", "GET /chat/lobby/messages", 421, "'chat.example.org'", "--hosts",
        "--public-url", headers={"Host": "chat.example.org"}),
    _of("a long key", "POST /chat/lobby", 400, "1 to 255 printable ASCII", "a UUID will do",
        content="x", headers={"Idempotency-Key": "k" * 256}),
    _of("one choice", "POST /chat/lobby/ask", 400, "2 to 10 different", "choices=yes,no",
        data={"text": "?", "choices": "yes"}),
    _of("looking for nothing", "GET /chat/lobby/search?q=", 400, "q is 1 to 200 characters",
        "q=deploy"),
    _of("no rooms", "GET /feed", 400, "1 to 100 names", "rooms=lobby,team", "*"),
    _of("lines that are no JSON", "POST /chat/lobby", 400, "line 1", "not valid JSON",
        'as in {"text": "hello"}', content="hello\n",
        headers={"Content-Type": "application/x-ndjson"}),
    _of("a line that is a number", "POST /chat/lobby", 400, "line 1: the line must be",
        'as in {"text": "hello"}', content="5\n",
        headers={"Content-Type": "application/x-ndjson"}),
    _of("fields of a feed that are no JSON", "POST /chat/lobby/feed", 400, "not valid JSON",
        'as in {"after": "0"}', content="{'after': 0}", headers=_JSON),
    _of("a question that is no JSON", "POST /chat/lobby/ask", 400, "not valid JSON",
        '"choices": ["yes", "no"]', content="{'text': 'hi'}", headers=_JSON),
    _of("a part of a message", "POST /send_message", 400, "a & that is not escaped",
        "--data-urlencode 'message=this & that'", content="message=R&D", headers=_FORM),
    _of("too many of many rooms", "GET /feed?rooms=lobby&last=1001", 400, "last='1001'",
        "from 0 to 1000"),
    _of("a hook that is gone", "POST /hooks/abc", 404, "no such hook", "ask its room's owner",
        content="x"),
    _of("an invitation that is gone", "GET /invite/abc", 404, "expired or already used",
        "ask for a new one"),
)  # fmt: skip


@pytest.fixture(scope="module")
def slowed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that lets through one post of one person."""
    launcher = Launcher(tmp_path_factory.mktemp("wrong"))
    yield launcher("--limits", "person=1/1")
    launcher.stop()


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The owner of a server; nothing has been made there."""
    launcher = Launcher(tmp_path_factory.mktemp("owned"))
    server = launcher()
    payload = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
    assert httpx.post(f"{server.url}/account", json=payload).status_code == 201
    with httpx.Client(base_url=server.url, auth=("boss", PASSWORD)) as client:
        yield client
    launcher.stop()


def test_there_are_forty_of_them() -> None:
    assert len({each.name for each in WRONG}) == len(WRONG) >= 40


@pytest.mark.parametrize("wrong", WRONG, ids=lambda each: each.name)
def test_the_answer_says_what_was_wrong_and_what_to_do(slowed: ServerProcess, wrong: Wrong) -> None:
    method, path = wrong.call.split(" ", 1)
    answer = httpx.request(method, f"{slowed.url}{path}", **wrong.options)
    assert answer.status_code == wrong.status
    missing = [each for each in wrong.told if each not in _detail(answer)]
    assert not missing, answer.text


@pytest.mark.parametrize(
    ("call", "fields", "meant"),
    [
        ("/rooms", {"room": "secret", "visibilty": "invited"}, "visibility"),
        ("/chat/ours/rules", {"slow_s": "1", "visiblity": "invited"}, "visibility"),
        ("/chat/ours/members", {"who": "boss", "rol": "none"}, "role"),
        ("/chat/ours/link", {"day": "1"}, "days"),
        ("/chat/ours/moderation", {"act": "ban", "who": "eve", "minuts": "5"}, "minutes"),
        ("/chat/ours/hooks", {"name": "h", "secet": "s"}, "secret"),
        ("/chat/ours/ask", {"text": "Deploy?", "choices": ["a", "b"], "whom": ["boss"]}, "who"),
        ("/account/tokens", {"scop": "read"}, "scope"),
        ("/moderation", {"act": "ban", "who": "eve", "minuts": "5"}, "minutes"),
        ("/admin/invite", {"rol": "member"}, "role"),
    ],
)
def test_a_misspelt_right_or_limit_is_not_left_out(
    owned: httpx.Client, call: str, fields: dict[str, Any], meant: str
) -> None:
    answer = owned.post(call, json=fields)
    assert answer.status_code == 400
    assert f"did you mean '{meant}'?" in answer.json()["detail"]
    assert [each["room"] for each in owned.get("/rooms").json()["rooms"]] == ["lobby"]
    assert owned.get("/account").json()["tokens"] == []


def test_a_path_that_is_a_star_is_nothing(slowed: ServerProcess) -> None:
    with httpx.Client(base_url=slowed.url) as client:
        answer = client.request("OPTIONS", "/", extensions={"target": b"*"})
    assert answer.status_code == 404
    assert "nothing at '*'" in answer.text


def _detail(answer: httpx.Response) -> str:
    """Of JSON, or the sentence alone where a terminal would have shown a feed."""
    if answer.headers["content-type"].startswith("application/json"):
        return str(answer.json()["detail"])
    return answer.text


def test_a_key_used_twice_and_a_limit_say_so_too(slowed: ServerProcess) -> None:
    with httpx.Client(base_url=slowed.url, auth=("bot", "")) as bot:
        key = {"Idempotency-Key": "deploy-1"}
        assert bot.post("/chat/lobby", content="a", headers=key).status_code == 201
        limited = bot.post("/chat/lobby", content="b")
        assert limited.status_code == 429
        for told in ("posts of one person", "1 at once, then 1 a minute", "try again in"):
            assert told in limited.json()["detail"]
    with httpx.Client(base_url=slowed.url, auth=("other bot", "")) as other:
        assert other.post("/chat/lobby", content="a", headers=key).status_code == 201
        reused = other.post("/chat/lobby", content="b", headers=key)
        assert reused.status_code in (422, 429)
