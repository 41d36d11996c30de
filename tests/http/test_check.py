"""`sse-chat check`: what it finds wrong, and that it lets a server start whose store is away."""

import datetime
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import trustme

from sse_chat.check.findings import Finding, Level, exit_status, note, ok
from sse_chat.check.given import check_given
from sse_chat.check.machine import check_machine
from sse_chat.cli import main
from sse_chat.settings import Settings
from tests.store.test_damage import _flip
from tests.support.programs import free_port
from tests.support.servers import Launcher, ServerProcess
from tests.support.stores import run_store

Check = Callable[..., tuple[int, str]]
NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    def run(*flags: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["check", *flags])
        assert isinstance(ended.value.code, int)
        return ended.value.code, capsys.readouterr().out

    return run


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(port=free_port(), data=str(tmp_path))


def wrongs(findings: list[Finding]) -> list[str]:
    return [each.what for each in findings if each.level in (Level.WRONG, Level.FATAL)]


def given(settings: Settings, now: datetime.datetime = NOW) -> list[Finding]:
    return list(check_given(settings, now))


def test_a_running_server_is_found_well(check: Check, server: ServerProcess) -> None:
    port = server.url.rpartition(":")[2]
    status, said = check("--data", str(server.data), "--port", port)
    assert status == 0, said
    assert "ok     entries: none is damaged" in said
    assert "store: valkey 9" in said


def test_a_new_machine_is_found_well_and_left_alone(check: Check, tmp_path: Path) -> None:
    data = tmp_path / "new"
    status, said = check("--data", str(data), "--port", str(free_port()), "--format", "json")
    assert status == 0, said
    assert {each["level"] for each in json.loads(said)} <= {"ok", "note"}
    assert not data.exists()


def test_a_wrong_setting_is_told_as_a_line(check: Check) -> None:
    status, said = check("--port", "x")
    assert status == 1
    assert "WRONG  settings: --port is 'x'" in said


def test_a_store_that_is_away_is_waited_for(check: Check, tmp_path: Path) -> None:
    url = f"redis://127.0.0.1:{free_port()}"
    flags = ("--redis", url, "--data", str(tmp_path), "--port", str(free_port()))
    status, said = check("--quick", *flags)
    assert (status, "note   store: the store is away" in said) == (0, True), said
    status, said = check(*flags)
    assert (status, "WRONG  store: the store is away" in said) == (1, True), said


def test_a_store_of_another_secret_and_one_that_evicts(check: Check, tmp_path: Path) -> None:
    with run_store(tmp_path / "redis", "--maxmemory", "50mb") as store, store.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.hset("sse-chat:layout", "secret", "of somebody else")
        flags = ("--redis", store.url, "--data", str(tmp_path), "--port", str(free_port()))
        status, said = check(*flags)
        assert (status, "maxmemory-policy is allkeys-lru" in said) == (1, True), said
        assert "append-only file" in said
        status, said = check("--quick", *flags, "--secret", "x" * 20)
        assert (status, "use another secret" in said) == (1, True), said
        # Nothing was written into it.
        assert client.keys() == ["sse-chat:layout"]
        assert client.hkeys("sse-chat:layout") == ["secret"]


def test_damaged_entries_are_named(check: Check, tmp_path: Path) -> None:
    launcher = Launcher(tmp_path)
    server = launcher()
    entry = httpx.post(server.room, content="Pay 100 to Ann").json()
    launcher.stop()
    _flip(server.data, b"Pay 100 to Ann", at=4, bit=0)
    status, said = check("--data", str(server.data), "--port", str(free_port()))
    assert (status, f"lobby {entry['id']}" in said) == (1, True), said


def test_an_address_that_is_taken(settings: Settings, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", settings.port)):
        found = list(check_machine(settings, tmp_path, is_quick=True))
        assert wrongs(found) == ["address"]
        # It may be a socket unit's, which the server is given.
        assert exit_status(found, is_quick=True) == 0
        assert wrongs(list(check_machine(settings, tmp_path, is_quick=False))) == []
    other = replace(settings, host="192.0.2.1")
    assert wrongs(list(check_machine(other, tmp_path, is_quick=True))) == ["address"]


def test_a_secret_that_others_can_read(settings: Settings, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x" * 40)
    secret.chmod(0o644)
    assert wrongs(list(check_machine(settings, tmp_path, is_quick=True))) == ["secret"]
    secret.write_text("short")
    assert wrongs(list(check_machine(settings, tmp_path, is_quick=True))) == ["secret"]


def test_a_certificate_that_ended_ends_or_is_for_another_name(
    settings: Settings, tmp_path: Path
) -> None:
    ends = NOW + datetime.timedelta(days=30)
    path = tmp_path / "chain.pem"
    made = trustme.CA().issue_cert("chat.example.org", not_after=ends)
    made.private_key_and_cert_chain_pem.write_to_path(str(path))
    path.chmod(0o600)
    settings = replace(settings, ssl_certfile=str(path), public_url="https://chat.example.org")
    assert wrongs(given(settings)) == []
    soon = given(settings, ends - datetime.timedelta(days=2))[0]
    assert soon.level is Level.NOTE
    assert wrongs(given(settings, ends + datetime.timedelta(days=1))) == ["certificate"]
    elsewhere = replace(settings, public_url="https://other.example.org")
    assert wrongs(given(elsewhere)) == ["certificate"]
    path.write_text("no certificate")
    assert given(settings)[0].level is Level.FATAL


def test_what_cannot_be_looked_at_keeps_no_server_from_starting(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> None:
        raise OSError("no such call")

    monkeypatch.setattr("os.statvfs", fail)
    flags = ("--data", str(tmp_path), "--port", str(free_port()))
    status, said = check("--quick", *flags)
    assert (status, "WRONG  machine: it could not be looked at" in said) == (0, True), said
    assert check(*flags)[0] == 1


def test_whom_to_trust_has_a_name_of_its_own(settings: Settings) -> None:
    named = [{"public_url": "https://a.example"}, {"hosts": "a.example"}, {}]
    behind = replace(settings, trusted_proxies="10.0.0.1")
    notes = [
        [each.mend for each in given(replace(behind, **each)) if each.level is Level.NOTE]
        for each in named
    ]
    assert [len(each) for each in notes] == [0, 0, 1]
    assert "--public-url" in notes[2][0]


def test_whom_to_trust(settings: Settings) -> None:
    assert wrongs(given(replace(settings, trusted_proxies="10.0.0.1,0.0.0.0/0"))) == ["proxies"]
    behind = given(replace(settings, public_url="https://chat.example.org"))
    assert behind[-1].level is Level.NOTE
    assert ok("a", "b").to_lines() == "ok     a: b"
    assert note("a", "b", "c").to_lines() == "note   a: b\n       c"
