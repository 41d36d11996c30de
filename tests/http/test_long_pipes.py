"""A pipe that outlasts the room's rules, and the right to it."""

import socket
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import httpx

from tests.http.test_bans import wait_until
from tests.http.test_moderation import People, id_of
from tests.support.servers import Launch, ServerProcess


class RawPipe:
    """A PUT whose lines are sent one by one."""

    def __init__(self, who: httpx.Client, room: str) -> None:
        url = urlsplit(str(who.base_url))
        self._socket = socket.create_connection((url.hostname, url.port), timeout=60)
        cookies = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
        self._socket.sendall(
            f"PUT /chat/{room} HTTP/1.1\r\nHost: {url.netloc}\r\nCookie: {cookies}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )

    def say(self, line: str) -> None:
        self._socket.sendall(f"{len(line) + 1:x}\r\n{line}\n\r\n".encode())

    def close(self) -> None:
        self._socket.close()


def said_in(people: People) -> list[str]:
    events = people.owner.get(f"/chat/{people.room}/messages?limit=500").json()["events"]
    return [each["text"] for each in events]


def test_a_pipe_is_slowed_by_a_room_that_becomes_slow(server: ServerProcess) -> None:
    with ExitStack() as stack:
        people = People(server, stack)
        pipe = stack.enter_context(closing(RawPipe(people.other, people.room)))
        pipe.say("first")
        wait_until(lambda: said_in(people) == ["first"])
        people.owner.post(f"/chat/{people.room}/rules", json={"slow_s": 3600})
        # Until the pipe has found out, some more may pass.
        wait_until(lambda: _is_slow(people, pipe))
        number = len(said_in(people))
        people.owner.post(f"/chat/{people.room}/rules", json={"slow_s": 0})
        wait_until(lambda: len(said_in(people)) > number)


def _is_slow(people: People, pipe: RawPipe) -> bool:
    number = len(said_in(people))
    pipe.say(f"more {number}")
    try:
        wait_until(lambda: len(said_in(people)) > number, timeout_s=1)
    except AssertionError:
        return True
    return False


def test_who_only_pipes_is_banned_with_their_address_too(launch: Launch) -> None:
    server = launch("--limits", "off", "--trusted-proxies", "127.0.0.1")
    where = {"X-Forwarded-For": "203.0.113.9"}
    with ExitStack() as stack:
        people = People(server, stack)
        room = f"/chat/{people.room}"
        assert people.other.put(room, content="a\n", headers=where).status_code == 201

        def is_banned() -> bool:
            people.moderate(people.other, "ban", address=1)
            return httpx.post(server.url + room, content="b", headers=where).status_code == 403

        # The address is noted beside the post.
        wait_until(is_banned)
        rules = people.owner.get(f"{room}/rules").json()
        assert rules["banned_with_address"] == [id_of(people.other)]
