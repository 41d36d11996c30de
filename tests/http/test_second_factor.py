"""A second factor: codes of an app, recovery codes, and what a password alone still does."""

import asyncio
import contextlib
import re
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pyotp
import pytest

from sse_chat.errors import Forbidden, Malformed
from sse_chat.people.accounts import Accounts
from sse_chat.people.cache import PeopleCache
from sse_chat.people.factors import Factors
from sse_chat.people.limits import PLACE_CODES
from sse_chat.people.records import Account
from sse_chat.people.roles import Person, Role
from sse_chat.people.writer import PeopleWriter
from sse_chat.store.directory import Directory
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.people import PeopleStore
from tests.support.servers import Launch, Launcher, ServerProcess
from tests.support.stores import StoreProcess, run_store
from tests.support.waiting import wait_until

PASSWORD = "correct horse battery"
NOW_S = 1_800_000_000.0


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    with run_store(tmp_path_factory.mktemp("factors")) as running:
        yield running


class Worker:
    """One of several on one store; its clock is set by hand."""

    def __init__(self, pipeline: object, keys: Keys) -> None:
        self.people = people = PeopleStore(pipeline, keys)  # type: ignore[arg-type]
        cache = PeopleCache(people, Directory(pipeline, keys))  # type: ignore[arg-type]
        writer = PeopleWriter(people, cache)
        self.now_s = NOW_S
        self.factors = Factors(people, cache, writer, required="owners", clock=lambda: self.now_s)
        self.accounts = Accounts(people, cache, writer)


@contextlib.asynccontextmanager
async def workers_of(store: StoreProcess) -> AsyncIterator[tuple[Worker, Worker, Account, Person]]:
    keys, pipeline = Keys(f"t{secrets.token_hex(4)}"), Links(store.url).pipeline()
    serving = asyncio.create_task(pipeline.serve())
    try:
        one, other = Worker(pipeline, keys), Worker(pipeline, keys)
        ann = await one.accounts.make("ann", Role.OWNER, "hash")
        yield one, other, ann, Person(ann.author, ann.role, "203.0.113.1")
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def test_a_code_counts_once_at_whichever_worker(store: StoreProcess) -> None:
    async def work() -> None:
        async with workers_of(store) as (one, other, ann, by):
            assert await one.factors.is_missing(by)
            app = pyotp.TOTP(await one.factors.begin_app(ann))
            assert not await one.factors.is_on(ann.account_id)
            with pytest.raises(Malformed):
                await one.factors.turn_app_on(ann, "000000x", by)
            await one.factors.turn_app_on(ann, app.at(NOW_S), by)
            assert await one.factors.is_on(ann.account_id)
            assert not await one.factors.is_missing(by)

            # The code that turned it on has counted, and so has every one before it.
            for early_s in (0, -30):
                assert not await one.factors.use(ann, app.at(NOW_S + early_s), by)
            code = app.at(NOW_S + 30)
            tries = [each.factors.use(ann, code, by) for each in (one, other) * 10]
            assert sum(await asyncio.gather(*tries)) == 1
            one.now_s = NOW_S + 90
            assert not await one.factors.use(ann, app.at(NOW_S + 180), by)
            assert await one.factors.use(ann, app.at(NOW_S + 60), by)

    asyncio.run(work())


def test_a_recovery_code_counts_once_and_new_ones_end_the_old(store: StoreProcess) -> None:
    async def work() -> None:
        async with workers_of(store) as (one, other, ann, by):
            app = pyotp.TOTP(await one.factors.begin_app(ann))
            codes = await one.factors.turn_app_on(ann, app.at(NOW_S), by)
            assert len(set(codes)) == 10
            tries = [each.factors.use(ann, codes[0], by) for each in (one, other) * 10]
            assert sum(await asyncio.gather(*tries)) == 1
            assert await one.factors.use(ann, codes[1].upper().replace("-", " "), by)
            assert (await one.factors.state(ann.account_id)).codes_left == 8
            renewed = await one.factors.renew_codes(ann, by)
            assert not await one.factors.use(ann, codes[2], by)
            assert await one.factors.use(ann, renewed[2], by)
            kept = str(await one.people.read("factors", ann.account_id))
            assert not any(each.replace("-", "") in kept for each in renewed)

            await one.factors.turn_app_off(ann, by)
            assert not await one.factors.is_on(ann.account_id)
            assert not await one.factors.use(ann, renewed[3], by)
            with pytest.raises(Forbidden):
                await one.factors.renew_codes(ann, by)

    asyncio.run(work())


def test_what_was_begun_ends_after_a_quarter_of_an_hour(store: StoreProcess) -> None:
    async def work() -> None:
        async with workers_of(store) as (one, _, ann, by):
            app = pyotp.TOTP(await one.factors.begin_app(ann))
            one.now_s += 901
            with pytest.raises(Forbidden):
                await one.factors.turn_app_on(ann, app.at(one.now_s), by)

    asyncio.run(work())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    launcher = Launcher(tmp_path_factory.mktemp("second-factor"))
    yield launcher("--require-second-factor", "owners")
    launcher.stop()


class App:
    """Somebody's authenticator; each code counts once, so it gives the next one that will do."""

    def __init__(self, secret: str) -> None:
        self._totp = pyotp.TOTP(secret)
        self._last = 0

    def code(self) -> str:
        deadline = time.monotonic() + 90
        while self._last > time.time() // 30:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        self._last = max(self._last + 1, int(time.time() // 30))
        return self._totp.at(self._last * 30)


@contextlib.contextmanager
def sign_up(server: ServerProcess, name: str, **more: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        payload = {"name": name, "password": PASSWORD, **more}
        assert client.post("/account", json=payload).status_code == 201
        yield client


def turn_on(client: httpx.Client) -> tuple[App, list[str]]:
    assert client.post("/account/app", json={}).json()["error"] == "password_needed"
    begun = client.post("/account/app", json={"password": PASSWORD}).json()
    assert begun["secret"] in begun["uri"]
    app = App(begun["secret"])
    done = client.post("/account/app/on", json={"code": app.code()})
    assert done.status_code == 201
    return app, done.json()["recovery_codes"]


def test_a_password_alone_no_longer_signs_in(site: ServerProcess) -> None:
    with sign_up(site, "ann") as ann, httpx.Client(base_url=site.url, timeout=60) as other:
        payload = {"name": "ann", "password": PASSWORD}
        assert other.post("/session", json=payload).status_code == 200
        token = ann.post("/account/tokens", json={}).json()["token"]
        assert other.get("/session", auth=("ann", PASSWORD)).status_code == 200
        app, codes = turn_on(ann)
        state = ann.get("/account").json()["second_factor"]
        assert state == {"app": True, "recovery_codes": 10, "passkeys": []}
        # Who had signed in by the password alone is out, and so is who sends it along.
        assert other.get("/session").json()["name"] is None
        refused = httpx.get(f"{site.url}/session", auth=("ann", PASSWORD))
        assert (refused.status_code, refused.json()["error"]) == (401, "code_needed")
        assert "token" in refused.json()["detail"]
        assert httpx.get(f"{site.url}/session", auth=("ann", token)).json()["name"] == "ann"

        needed = other.post("/session", json=payload)
        assert (needed.status_code, needed.json()["error"]) == (401, "code_needed")
        assert "set-cookie" not in needed.headers
        code = app.code()
        for fields in (payload | {"code": "123 456"}, {"ticket": "made up", "code": code}):
            assert other.post("/session", json=fields).status_code == 401
        by_ticket = {"ticket": needed.json()["ticket"], "code": code}
        assert other.post("/session", json=by_ticket).json()["name"] == "ann"
        assert other.post("/session", json=by_ticket).json()["error"] == "code_needed"
        assert other.post("/session", json=payload | {"code": codes[0]}).status_code == 200

        wrong = other.post("/account/app/off", json={"password": "not the password"})
        assert wrong.status_code == 401
        assert other.post("/account/app/off", json={"password": PASSWORD}).status_code == 200
        assert httpx.get(f"{site.url}/session", auth=("ann", PASSWORD)).status_code == 200


def test_codes_are_not_tried_without_end(site: ServerProcess) -> None:
    with sign_up(site, "bo") as bo:
        turn_on(bo)
        with httpx.Client(base_url=site.url, timeout=60) as thief:
            payload = {"name": "bo", "password": PASSWORD}
            ticket = thief.post("/session", json=payload).json()["ticket"]
            for _ in range(PLACE_CODES.burst + 30):
                answer = thief.post("/session", json={"ticket": ticket, "code": "000000"})
                if answer.status_code != 401:
                    break
            assert answer.status_code == 429
            assert answer.json()["limit"] == PLACE_CODES.name


def test_forms_do_all_of_it(site: ServerProcess) -> None:
    html = {"Accept": "text/html"}
    with sign_up(site, "cy") as cy, httpx.Client(base_url=site.url, timeout=60) as other:
        assert "Set up an app" in cy.get("/account", headers=html).text
        begun = cy.post("/account/app", data={"password": PASSWORD}, headers=html)
        assert "<svg" in begun.text
        secret = re.findall(r"Key: <code>([A-Z2-7 ]+)<", begun.text)[0].replace(" ", "")
        app = App(secret)
        done = cy.post("/account/app/on", data={"code": app.code()}, headers=html)
        codes = re.findall(r"^(?:.*<code>)?([a-z2-7]{4}(?:-[a-z2-7]{4}){3})", done.text, re.M)
        assert len(codes) == 10
        assert codes[1] not in cy.get("/account", headers=html).text

        form = {"name": "cy", "password": PASSWORD, "room": "team"}
        asked = other.post("/session", data=form, headers=html)
        assert PASSWORD not in asked.text
        ticket = re.findall(r'name="ticket" value="([^"]+)"', asked.text)[0]
        form = {"ticket": ticket, "room": "team", "code": "000000"}
        again = other.post("/session", data=form, headers=html)
        assert (again.status_code, 'role="alert"' in again.text) == (401, True)
        signed_in = other.post("/session", data=form | {"code": app.code()}, headers=html)
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/chat/team")
        assert other.get("/session").json()["name"] == "cy"


def test_owners_without_one_reach_only_the_page_that_sets_it_up(site: ServerProcess) -> None:
    with sign_up(site, "boss", invitation=site.owner_code()) as boss:
        for method, path in (
            ("GET", "/chat/lobby/messages"),
            ("POST", "/chat/x"),
            ("GET", "/rooms"),
        ):
            answer = boss.request(method, path)
            assert (answer.status_code, answer.json()["error"]) == (403, "second_factor_needed")
        page = boss.get("/chat/lobby", headers={"Accept": "text/html"})
        assert 'href="/account"' in page.text
        assert "Your role needs" in boss.get("/account", headers={"Accept": "text/html"}).text
        assert boss.get("/session").json()["role"] == "owner"
        form = {"name": "boss", "password": PASSWORD, "room": "team"}
        signed_in = boss.post("/session", data=form, headers={"Accept": "text/html"})
        assert signed_in.headers["location"] == "/account"
        _, codes = turn_on(boss)
        assert boss.get("/chat/lobby/messages").status_code == 200

        # Whoever has lost all of it asks the one who runs the server.
        command = [sys.executable, "-m", "sse_chat", "user", "factor-off", "boss"]
        subprocess.run([*command, "--data", str(site.data)], check=True, capture_output=True)
        with httpx.Client(base_url=site.url, timeout=60) as other:
            payload = {"name": "boss", "password": PASSWORD}
            # The server hears of it by the version that it watches.
            wait_until(lambda: other.post("/session", json=payload).status_code == 200, every_s=1)
            assert other.post("/account/recovery-codes", json={"password": PASSWORD}).is_error
            turn_on(other)
            audit = [each["did"] for each in other.get("/audit").json()["audit"]]
            assert "remove second factor" in audit
            assert not any(code in str(audit) for code in codes)
            check_reset(site, other)


def check_reset(site: ServerProcess, owner: httpx.Client) -> None:
    """A link for a new password is not one past the second factor."""
    with sign_up(site, "di") as di:
        app, _ = turn_on(di)
    act = {"act": "reset", "who": "di", "password": PASSWORD}
    path = owner.post("/admin/people", json=act).json()["url"].removeprefix(site.url)
    with httpx.Client(base_url=site.url, timeout=60) as client:
        answer = client.post(path, json={"password": "another long password"})
        assert (answer.status_code, answer.json()["error"]) == (401, "code_needed")
        assert client.get("/session").json()["name"] is None
        payload = {"ticket": answer.json()["ticket"], "code": app.code()}
        assert client.post("/session", json=payload).json()["name"] == "di"


def test_no_one_else_is_asked_for_it_by_default(launch: Launch) -> None:
    server = launch()
    with sign_up(server, "boss", invitation=server.owner_code()) as boss:
        assert boss.get("/chat/lobby/messages").status_code == 200
