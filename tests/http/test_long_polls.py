"""Long-polls one after the other on one connection, which are not looked at anew each time."""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from tests.http.test_logs import find_line
from tests.http.test_moderation import People
from tests.http.test_observability import value
from tests.http.test_overload import begin
from tests.support.entries import entry_of
from tests.support.servers import Launcher, ServerProcess
from tests.support.waiting import wait_equal


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with an access log. One test at a time has polls there."""
    launcher = Launcher(tmp_path_factory.mktemp("logged"))
    yield launcher("--access-log", "on")
    launcher.stop()


@pytest.fixture
def people(logged: ServerProcess) -> Iterator[People]:
    with ExitStack() as stack:
        yield People(logged, stack)


class Poller:
    """One client on one connection, from the newest on."""

    def __init__(self, server: ServerProcess, people: People, who: httpx.Client) -> None:
        self._server = server
        self._people = people
        self._who = who
        self.path = f"/chat/{people.room}/messages"
        self.cursor = entry_of(people.post(people.owner, "first"))["id"]

    def ask(self, wait_s: int) -> httpx.Response:
        url = f"{self.path}?wait={wait_s}&after={self.cursor}"
        return self._who.get(url, timeout=60)

    def ask_and_be_answered(self, text: str) -> httpx.Response:
        """By what is said while it waits."""
        with ThreadPoolExecutor(1) as pool:
            poll: Future[httpx.Response] = pool.submit(self.ask, 25)
            wait_equal(lambda: waiting_at(self._server), 1)
            self._people.post(self._people.owner, text)
            answer = poll.result(60)
        self.cursor = answer.json()["cursor"]
        return answer

    def settle(self) -> None:
        """The next one may be answered like those before it."""
        for _ in range(3):
            assert self.ask_and_be_answered("more").status_code == 200


def waiting_at(server: ServerProcess) -> float:
    return value(server, "feeds", format="poll", step="3")


@pytest.mark.parametrize("whom", ["nameless", "guest", "by header"])
def test_each_is_answered_as_the_first_was(
    logged: ServerProcess, people: People, whom: str
) -> None:
    clients = {"nameless": people.client(), "by header": people.client()}
    clients["by header"].auth = httpx.BasicAuth("ann", "")
    poller = Poller(logged, people, clients.get(whom) or getattr(people, whom))
    heads, ids, cursors = set(), set(), []
    for number in range(4):
        cursors.append(poller.cursor)
        answer = poller.ask_and_be_answered(f"text {number}")
        page = answer.json()
        assert [each["text"] for each in page["events"]] == [f"text {number}"]
        assert page == httpx.get(f"{logged.url}{poller.path}?after={cursors[-1]}").json()
        ids.add(answer.headers["x-request-id"])
        varied = ("date", "x-request-id")
        heads.add(tuple(each for each in answer.headers.multi_items() if each[0] not in varied))
    assert len(heads) == 1
    assert len(ids) == 4
    for cursor in cursors:
        # One line for each, with its own position.
        find_line(logged, rf'"GET {poller.path}\?wait=25&after={cursor}" 200 \d\d+B .* step=3')


def test_a_path_that_is_escaped_is_answered_alike(logged: ServerProcess, people: People) -> None:
    poller = Poller(logged, people, people.client())
    poller.path = poller.path.replace("chat", "ch%61t")
    answer = poller.ask_and_be_answered("text")
    assert [each["text"] for each in answer.json()["events"]] == ["text"]
    assert poller.ask(1).json()["events"] == []


def test_with_nothing_said_each_waits_its_time(logged: ServerProcess, people: People) -> None:
    poller = Poller(logged, people, people.client())
    for _ in range(3):
        answer = poller.ask(1)
        assert answer.json()["events"] == []
        assert answer.elapsed.total_seconds() > 0.99


@pytest.mark.parametrize("is_waiting", [False, True], ids=["between polls", "while it waits"])
def test_who_is_banned_gets_no_more(
    logged: ServerProcess, people: People, is_waiting: bool
) -> None:
    who = people.other
    poller = Poller(logged, people, who)
    poller.settle()
    with ThreadPoolExecutor(1) as pool:
        if is_waiting:
            poll = pool.submit(poller.ask, 25)
            wait_equal(lambda: waiting_at(logged), 1)
            with httpx.Client(base_url=logged.url, cookies=who.cookies) as beside:
                assert people.moderate(beside, "ban").status_code == 200
            people.post(people.owner, "not for them")
            answer = poll.result(60)
        else:
            with httpx.Client(base_url=logged.url, cookies=who.cookies) as beside:
                assert people.moderate(beside, "ban").status_code == 200
            answer = poller.ask(1)
    assert answer.status_code == 403
    assert "not for them" not in answer.text


def test_what_asks_for_more_is_understood_anew(logged: ServerProcess, people: People) -> None:
    poller = Poller(logged, people, people.client())
    poller.settle()
    client, path, cursor = poller._who, poller.path, poller.cursor
    assert client.get(f"{path}?wait=1&after=0").json()["events"]
    assert client.get(f"{path}?wait=1&after=00-1").status_code == 400
    assert client.get(f"{path}?wait=1&after={cursor}&after=1-0").status_code == 400
    assert client.get(f"{path}?wait=1&after={cursor}&afte=1-0").status_code == 400
    resumed = client.get(f"{path}?wait=1&after={cursor}&lastEventId=0-0").json()
    assert resumed["events"][0]["text"] == "first"
    assert client.get(f"/chat/{people.room}x/messages?wait=1&after=0").json()["events"] == []


def test_a_client_that_goes_is_waited_for_no_longer(logged: ServerProcess) -> None:
    room = logged.with_own_room()
    newest = httpx.post(room.room, content="a").json()["id"]
    path = f"/chat/{room.room_name}/messages?after={newest}&wait=25"
    with begin(logged, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        wait_equal(lambda: waiting_at(logged), 1)
    wait_equal(lambda: waiting_at(logged), 0)
    find_line(logged, rf'"GET {re.escape(path)}" 499 0B .* step=3')
