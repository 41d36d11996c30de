"""The doctor through real proxies: it must see what they do, and say it."""

import json
import re
import subprocess
from typing import Any

import httpx
import pytest

from tests.support.client import environment, run
from tests.support.programs import Config, Through, lighttpd, nginx, privoxy, tinyproxy
from tests.support.servers import ServerProcess

PASS_ON = "proxy_pass $origin; proxy_http_version 1.1;"


def diagnose(url: str, *flags: str, **variables: str) -> tuple[int, str]:
    done = run("doctor", url, "--wait", "1", *flags, env=environment(**variables))
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout.decode()


def test_a_free_path_needs_nothing(server: ServerProcess) -> None:
    code, report = diagnose(server.url)
    assert code == 0
    assert "Nothing needs to be changed." in report
    assert report.count("comes through, each within") == 3
    assert "GET POST PUT PATCH DELETE pass\n" in report
    assert "administrator" not in report


@pytest.mark.parametrize(
    ("config", "code", "said"),
    [
        pytest.param(
            nginx(f"location / {{ {PASS_ON} }}", "gzip on; gzip_types *;"),
            0,
            "event stream by GET  comes through",
            id="nginx-gzip",
        ),
        pytest.param(
            nginx(
                "location / { proxy_pass $origin; proxy_ignore_headers X-Accel-Buffering; "
                "proxy_hide_header Content-Encoding; }",
                "gzip on; gzip_types *; gzip_min_length 0;",
            ),
            11,
            "event stream by GET  is held",
            id="nginx-that-holds",
        ),
        pytest.param(lighttpd, 11, "event stream by GET  is held", id="lighttpd"),
        pytest.param(
            nginx(f"location / {{ {PASS_ON} limit_except GET POST {{ deny all; }} }}"),
            0,
            "GET POST pass; PUT does not: ",
            id="verbs-blocked",
        ),
    ],
)
def test_what_a_reverse_proxy_does_is_told(
    server: ServerProcess, through: Through, config: Config, code: int, said: str
) -> None:
    ended, report = diagnose(through(config, server.url))
    assert said in report
    assert ended == code
    assert ("pass them on as they arrive" in report) == (code == 11)


def test_the_settings_that_are_shown_are_for_what_was_seen(
    server: ServerProcess, through: Through
) -> None:
    holds = "proxy_pass $origin; proxy_ignore_headers X-Accel-Buffering; proxy_buffers 8 64k;"
    config = nginx(f"location / {{ {holds} proxy_hide_header Content-Encoding; }}", "gzip on;"
                   "gzip_types *; gzip_min_length 0;")  # fmt: skip
    _, report = diagnose(through(config, server.url))
    assert "\n  nginx\n" in report
    assert "proxy_buffering off;" in report
    assert "\n  haproxy\n" not in report


def test_a_forward_proxy_is_named_and_judged(server: ServerProcess, through: Through) -> None:
    proxy = through(tinyproxy(), server.url)
    code, report = diagnose(server.url, http_proxy=proxy)
    assert code == 0
    assert f"proxy                {proxy.removeprefix('http://')}\n" in report
    assert "tinyproxy" in report


def test_a_proxy_that_filters_is_seen_to_let_ndjson_through(
    server: ServerProcess, through: Through
) -> None:
    code, report = diagnose(server.url, http_proxy=through(privoxy, server.url))
    assert code == 11
    assert "step 2 of 3" in report
    assert "event stream by GET  is held" in report


def test_what_answers_instead_is_told(server: ServerProcess, through: Through) -> None:
    portal = nginx('location / { default_type text/html; return 200 "<title>Welcome</title>"; }')
    code, report = diagnose(through(portal, server.url))
    assert code == 10
    assert "titled 'Welcome'" in report
    assert diagnose("http://127.0.0.1:9")[0] == 3


def test_an_idle_cut_is_found_when_asked_for(server: ServerProcess, through: Through) -> None:
    config = nginx(f"location / {{ {PASS_ON} proxy_read_timeout 2s; }}")
    _, report = diagnose(through(config, server.url), "--idle", "6")
    assert re.search(r"idle +a silent feed was cut after [23] s\n", report)
    assert "sse-chat sends something every 15 s" in report
    assert "Nothing needs to be changed" not in report
    _, kept = diagnose(server.url, "--idle", "3", "-q")
    assert "a feed silent for 3 s was kept" in kept


def test_curl_alone_gets_a_short_one(server: ServerProcess) -> None:
    done = subprocess.run(
        ["curl", "-sSN", "--max-time", "20", f"{server.url}/doctor"],
        capture_output=True,
        check=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert sum(line.startswith("* line ") for line in lines) == 9
    assert lines[-1].endswith(f"sse-chat doctor {server.url}")
    assert all(line.startswith("* ") for line in lines)


def test_an_echo_shows_no_credentials(server: ServerProcess) -> None:
    secret = {"Cookie": "a=tops3cret", "Authorization": "Basic tops3cret", "X-Doctor": "1"}
    answer = httpx.get(f"{server.url}/doctor/echo", headers=secret)
    assert answer.json()["headers"]["x-doctor"] == "1"
    assert "tops3cret" not in answer.text


@pytest.mark.parametrize(
    "query", ["events=21", "interval_ms=1", "idle=601", "format=json", "events="]
)
def test_a_probe_is_bounded(server: ServerProcess, query: str) -> None:
    answer = httpx.get(f"{server.url}/doctor/probe?{query}")
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")


def test_probes_of_one_address_are_bounded_and_given_back(server: ServerProcess) -> None:
    url = f"{server.url}/doctor/probe?events=1&interval_ms=50"
    with httpx.Client(limits=httpx.Limits(max_connections=40)) as client:
        held = [client.send(client.build_request("GET", f"{url}&idle=30"), stream=True)
                for _ in range(16)]  # fmt: skip
        assert client.get(url).status_code == 503
        for answer in held:
            answer.close()
        while client.get(url).status_code == 503:
            pass
        assert client.get(url).text.count("event: probe") == 2


@pytest.mark.parametrize(
    "body", ["[]", "{}", '{"feeds":{"sse":{"events":[[1,"x"],[2],null]}},"methods":7}', '"\x9b2J"']
)
def test_a_report_of_nonsense_is_still_a_report(server: ServerProcess, body: str) -> None:
    answer = httpx.post(f"{server.url}/doctor/report", content=body.encode())
    assert answer.status_code == 200
    assert answer.text.startswith("sse-chat doctor:")


def test_json_is_for_programs(server: ServerProcess) -> None:
    _, written = diagnose(server.url, "--format", "json")
    payload: dict[str, Any] = json.loads(written)
    assert len(payload["feeds"]["sse"]["events"]) == 6
