"""Changes of accounts at two workers at once: passwords, invitations, sessions."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from sse_chat.errors import Forbidden, Unauthorized
from sse_chat.people.records import Account, Invitation
from sse_chat.people.roles import Role
from tests.support.servers import ServerProcess
from tests.support.stores import StoreProcess, run_store
from tests.support.workers import Worker, both, many_times, person


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with run_store(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.mark.parametrize("what", ["role", "end"])
def test_a_change_of_password_brings_no_right_back(store: StoreProcess, what: str) -> None:
    async def case(one: Worker, other: Worker) -> None:
        account = await one.account(Role.MODERATOR)
        # Both have the record as it is now, the one for as long as a body takes.
        known = [await each.accounts.find(account.account_id) for each in (one, other)]
        assert known == [account, account]
        taken = (
            other.accounts.set_role(account, Role.MEMBER)
            if what == "role"
            else other.accounts.end(account)
        )
        await both(one.accounts.change_password(account, "new hash", person(account)), taken)
        kept = next(
            each
            for each in await other.accounts.list_all()
            if each.account_id == account.account_id
        )
        if what == "role":
            assert (kept.role, kept.password) == (Role.MEMBER, "new hash")
        else:
            assert kept.has_ended

    many_times(store, case)


@pytest.mark.parametrize("what", ["role", "end", "leave"])
def test_owners_who_act_at_once_leave_one(store: StoreProcess, what: str) -> None:
    async def case(one: Worker, other: Worker) -> None:
        ann, bo = [await one.account(Role.OWNER) for _ in range(2)]
        if what == "role":
            acts = (
                one.accounts.set_role(bo, Role.MEMBER, person(ann)),
                other.accounts.set_role(ann, Role.MEMBER, person(bo)),
            )
        elif what == "end":
            acts = (one.accounts.end(bo, person(ann)), other.accounts.end(ann, person(bo)))
        else:
            # As whoever erases their own account does first.
            acts = (one.accounts.end(ann, person(ann)), other.accounts.end(bo, person(bo)))
        outcomes = await both(*acts)
        assert [type(each) for each in outcomes if each] == [Forbidden]
        left = [
            each
            for each in await other.accounts.list_all()
            if each.role is Role.OWNER and not each.has_ended
        ]
        assert len(left) == 1
        # Who is no owner by now takes nobody back either.
        gone, stays = (bo, ann) if left[0].account_id == ann.account_id else (ann, bo)
        if what == "end":
            with pytest.raises(Forbidden):
                await one.accounts.restore(gone, person(gone))
            await one.accounts.restore(gone, person(stays))

    many_times(store, case)


def test_of_two_changes_of_a_password_one_holds(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        account = await one.account()
        outcomes = await both(
            one.accounts.change_password(account, "first", person(account)),
            other.accounts.change_password(account, "second", person(account)),
        )
        assert [isinstance(each, Forbidden) for each in outcomes].count(True) == 1
        kept = (await one.accounts.list_all())[0].password
        assert kept == ("second" if isinstance(outcomes[0], Forbidden) else "first")

    many_times(store, case)


def test_no_session_begins_with_a_password_that_was_changed(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        account = await one.account()
        mine = await one.accounts.begin_session(account)
        outcomes = await both(
            one.accounts.change_password(account, "new hash", person(account, mine)),
            other.accounts.begin_session(account),
        )
        assert outcomes[0] is None
        assert len(await one.accounts.list_sessions(account.account_id)) == 1
        assert await one.accounts.has_session(account.account_id, mine)
        if not isinstance(outcomes[1], Unauthorized):
            assert not await one.accounts.has_session(account.account_id, outcomes[1])

    many_times(store, case)


def test_an_invitation_makes_one_account(store: StoreProcess) -> None:
    async def case(one: Worker, other: Worker) -> None:
        invitation = Invitation(Role.MODERATOR, "", 2**33, is_for_one=True)
        code = await one.invitations.make(invitation)
        taken = await one.account()
        # A name that cannot be had uses no invitation up.
        await both(one.accounts.make(taken.name, Role.MODERATOR, "", invitation=code))
        outcomes = await both(
            *(
                each.accounts.make(name, Role.MODERATOR, "", invitation=code)
                for each, name in ((one, "first"), (other, "second"))
            )
        )
        assert sum(isinstance(each, Account) for each in outcomes) == 1
        assert await one.invitations.find(code) is None

    many_times(store, case)


def test_a_body_that_ends_after_the_session_does_nothing(server: ServerProcess) -> None:
    name, password = f"slow {secrets.token_hex(4)}", "correct horse battery"
    with httpx.Client(base_url=server.url) as client, ExitStack() as stack:
        client.post("/account", json={"name": name, "password": password})
        room = f"r{secrets.token_hex(4)}"
        client.post("/rooms", json={"room": room})
        bodies = {
            "/account/tokens": {"label": "kept by a thief"},
            "/account/password": {"old": password, "new": "another horse battery"},
            "/rooms": {"room": f"{room}-2"},
            f"/chat/{room}/rules": {"archived": "1"},
            f"/chat/{room}/members": {"who": "g_1", "role": "owner"},
            f"/chat/{room}/link": {"days": 7},
            f"/chat/{room}/moderation": {"act": "ban", "who": "g_1"},
            f"/chat/{room}/topic": {"text": "said too late"},
        }
        begun = {
            path: stack.enter_context(begin_slowly(client, path, payload))
            for path, payload in bodies.items()
        }
        client.post("/session/end", json={"everywhere": "1"})
        for path, connection in begun.items():
            connection.sendall(b"}")
            assert connection.recv(65_536).startswith((b"HTTP/1.1 401 ", b"HTTP/1.1 403 ")), path
        again = client.post("/session", json={"name": name, "password": password})
        assert again.status_code == 200
        assert client.get("/account").json()["tokens"] == []


def test_a_body_that_ends_after_the_role_does_nothing(server: ServerProcess) -> None:
    password, room = "correct horse battery", f"r{secrets.token_hex(4)}"
    with (
        httpx.Client(base_url=server.url) as ann,
        httpx.Client(base_url=server.url) as bo,
        ExitStack() as stack,
    ):
        for client, name in ((ann, "Ann"), (bo, "Bo")):
            payload = {"name": f"{name} {secrets.token_hex(4)}", "password": password}
            client.post("/account", json=payload).raise_for_status()
        ann.post("/rooms", json={"room": room}).raise_for_status()
        member = {"who": bo.get("/account").json()["author_id"], "role": "owner"}
        ann.post(f"/chat/{room}/members", json=member).raise_for_status()
        bodies = {f"/chat/{room}/hooks": {"name": "ci"}, f"/chat/{room}/link": {"days": 7}}
        begun = [
            stack.enter_context(begin_slowly(bo, path, payload)) for path, payload in bodies.items()
        ]
        ann.post(f"/chat/{room}/members", json=member | {"role": "member"}).raise_for_status()
        for connection in begun:
            connection.sendall(b"}")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 403 ")
        assert ann.get(f"/chat/{room}/hooks").json()["hooks"] == []


def begin_slowly(client: httpx.Client, path: str, payload: dict[str, Any]) -> socket.socket:
    """All but the last byte of a request's body."""
    request = client.build_request("POST", path, json=payload)
    connection = socket.create_connection((client.base_url.host, client.base_url.port), timeout=60)
    lines = [f"{name.decode()}: {value.decode()}" for name, value in request.headers.raw]
    head = "\r\n".join([f"POST {path} HTTP/1.1", *lines, "", ""])
    connection.sendall(head.encode() + request.content[:-1])
    return connection
