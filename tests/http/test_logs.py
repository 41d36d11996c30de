"""What a server says of itself, line by line, and what never stands in a line."""

import json
import logging
import re
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sse_chat.counts import Counts
from sse_chat.deploy.command import read_file
from sse_chat.errors import TooMany
from sse_chat.people.limit_log import LimitLog
from sse_chat.server.logs import JsonLines, Lines
from sse_chat.store.slow import SlowStore
from tests.http.test_moderation import PASSWORD
from tests.support.feeds import open_ndjson
from tests.support.programs import need
from tests.support.servers import Launch, Launcher, ServerProcess

FROM = {"X-Forwarded-For": "203.0.113.7"}
EVIL = 'x" WARNING sse_chat.people: sign-in failed from 198.51.100.1 as "'


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server behind a proxy, with an access log, whose lines several tests read."""
    launcher = Launcher(tmp_path_factory.mktemp("logged"))
    yield launcher("--access-log", "on", "--trusted-proxies", "127.0.0.1", "--retention", "500")
    launcher.stop()


def find_line(server: ServerProcess, pattern: str, timeout_s: float = 30) -> str:
    """The first line of this kind, once it is there."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        for line in server.output.read_text().splitlines():
            if re.search(pattern, line):
                return line
        assert time.monotonic() < deadline_s, server.output.read_text()
        time.sleep(0.05)


def test_the_start_says_version_address_and_what_differs(logged: ServerProcess) -> None:
    line = find_line(logged, "sse-chat .* started")
    assert f"listening on {logged.url}" in line
    assert "--retention=500" in line
    assert "embedded Valkey" in line
    assert "--rotate" not in line


def test_the_link_of_the_owner_is_in_a_file_and_in_no_log(logged: ServerProcess) -> None:
    line = find_line(logged, "nobody owns this server yet")
    path = Path(line.rpartition("the link is in ")[2].split(" [")[0])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    code = path.read_text().strip().rpartition("/")[2]
    assert code == logged.owner_code()
    assert httpx.get(f"{logged.url}/invite/{code}", headers=FROM).status_code == 200
    access = find_line(logged, "/invite/…")
    assert code not in access


def test_failed_sign_ins_are_found_by_fail2ban(logged: ServerProcess, tmp_path: Path) -> None:
    for name in ("ann", EVIL[:32]):
        payload = {"name": name, "password": "wrong wrong"}
        assert httpx.post(f"{logged.url}/session", json=payload, headers=FROM).status_code == 401
    bearer = {**FROM, "Authorization": "Bearer sct_0123456789ab_" + "0" * 40}
    assert httpx.get(f"{logged.url}/account", headers=bearer).status_code == 401
    assert "0000" not in find_line(logged, "sign-in failed from 203.0.113.7 as .sct_0123456789ab")
    log, config = tmp_path / "log", tmp_path / "filter.conf"
    record = logging.makeLogRecord(
        {
            "msg": 'sign-in failed from 203.0.113.8 as "ann"',
            "name": "sse_chat.people",
            "levelname": "WARNING",
        }
    )
    in_journal = f"Nov 26 10:20:30 vm sse-chat[12]: {Lines().format(record)}"
    log.write_text(
        "\n".join([logged.output.read_text(), JsonLines().format(record), in_journal, ""])
    )
    config.write_text(read_file("fail2ban"))
    command = [need("fail2ban-regex"), "--out", "ip", str(log), str(config)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.split() == ["203.0.113.7"] * 3 + ["203.0.113.8"] * 2


def test_who_hits_a_limit_and_who_does_what_is_told(logged: ServerProcess) -> None:
    with httpx.Client(base_url=logged.url, headers=FROM) as eve:
        answer = eve.post("/session", json={"name": "eve"})
        while answer.status_code != 429:
            answer = eve.post("/session", json={"name": "eve"})
        assert answer.json()["limit"] == "names"
    line = find_line(logged, "limit names hit")
    assert '"eve" (g_' in line
    assert "from 203.0.113.7" in line
    payload = {"name": "fay", "password": PASSWORD}
    assert httpx.post(f"{logged.url}/account", json=payload).status_code == 201
    find_line(logged, r'sse_chat.people: .*make account \(member\): "fay"')


def test_the_access_log_says_who_and_how_a_feed_ended(logged: ServerProcess) -> None:
    url = f"{logged.room}/feed?format=ndjson&last=0&nonce=n1"
    with open_ndjson(url, headers=FROM) as events:
        assert next(iter(events))["kind"] == "hello"
    line = find_line(logged, "nonce=n1")
    found = re.search(
        r'203\.0\.113\.7 "guest-\w+" "GET /chat/lobby/feed\S*" 200 (\d+)B .*s step=2', line
    )
    assert found, line
    assert int(found[1]) > 4000
    httpx.get(f"{logged.url}/healthz?nonce=n2")
    httpx.get(f"{logged.url}/nowhere%0a?nonce=n3&access_token=abc&x=1", headers=FROM)
    last = find_line(logged, "nonce=n3")
    assert "access_token=…&x=1" in last
    assert '" 404 ' in last
    assert "n2" not in logged.output.read_text()


def test_the_end_says_why(launch: Launch) -> None:
    server = launch()
    server.stop()
    assert "sse-chat stopped: SIGTERM" in server.output.read_text().splitlines()[-1]


def test_json_lines_have_the_fields_of_a_request() -> None:
    record = logging.makeLogRecord({"msg": "a line", "fields": {"client": "1.2.3.4", "status": 7}})
    line = json.loads(JsonLines().format(record))
    assert (line["message"], line["client"], line["status"]) == ("a line", "1.2.3.4", 7)


def test_a_limit_is_told_once_a_minute_and_counted_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    counts = Counts()
    log = LimitLog(counts)
    with caplog.at_level("INFO"):
        for _ in range(3):
            log.note(TooMany("too many", retry_after_s=1, limit="person", quota=1), None, "1.2.3.4")
    assert counts.limit_hits.total["person"] == 3
    assert len(caplog.records) == 1
    now_s = time.time()
    assert counts.limit_hits.last_hour(now_s)["person"] == 3
    assert counts.limit_hits.last_hour(now_s + 7200)["person"] == 0


def test_a_slow_store_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 0.0
    counts = Counts()
    store = SlowStore(counts, clock=lambda: now_s)
    for seconds in (0.5, 2.0, 3.0):
        store.posted(seconds)
    assert [record.getMessage() for record in caplog.records] == [
        "the store is slow: a post took 2.0 s"
    ]
    now_s = 61.0
    store.posted(4.0)
    assert len(caplog.records) == 2
    assert sum(counts.post_buckets) == 4
