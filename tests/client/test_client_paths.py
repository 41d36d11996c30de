"""The command-line client through proxies that help, and proxies that hold."""

import json
from pathlib import Path

import pytest
import trustme

from tests.support.client import environment, run, running
from tests.support.programs import Through, lighttpd, nginx, privoxy, tinyproxy
from tests.support.servers import Launch, ServerProcess
from tests.support.waiting import WAIT_S, wait_until

pytestmark = pytest.mark.long


@pytest.fixture
def server(launch: Launch) -> ServerProcess:
    return launch("--limits", "off")


def test_a_path_that_buffers_is_read_by_polls(server: ServerProcess, through: Through) -> None:
    room = f"{through(lighttpd, server.url)}/chat/lobby"
    run("say", room, "before")
    with running("tail", room) as tail:
        tail.wait_line(": before")
        for number in range(20):
            run("say", room, f"while climbing {number}", env=environment())
            # Nobody waits for the diagnosis.
            tail.wait_line(f": while climbing {number}")
            if any("step 3 of 3" in line for line in tail.err):
                break
        else:
            pytest.fail(f"it does not come down: {tail.err}")
        for number in range(3):
            run("say", server.room, f"settled {number}")
            tail.wait_line(f": settled {number}")
        settled = [f"settled {number}" for number in range(3)]
        assert tail.texts()[-3:] == settled
        assert len(set(tail.texts())) == len(tail.texts())


def test_a_path_that_holds_event_streams_is_read_as_ndjson(
    server: ServerProcess, through: Through
) -> None:
    env = environment(http_proxy=through(privoxy, server.url))
    with running("tail", server.room, "--last", "0", env=env) as tail:
        _wait_notice(tail.err, "step 2 of 3")
        run("say", server.room, "hello")
        tail.wait_line(": hello")
        # It holds: a second step down would come within so many seconds.
        with pytest.raises(AssertionError):
            _wait_notice(tail.err, "step 3 of 3", 7)


def _wait_notice(lines: list[str], notice: str, timeout_s: float = WAIT_S) -> None:
    wait_until(lambda: any(notice in line for line in lines), timeout_s)


def test_feeds_come_through_nginx_under_a_path_with_gzip(launch: Launch, through: Through) -> None:
    server = launch("--root-path", "/team/talk", "--trusted-proxies", "127.0.0.1")
    front = through(
        nginx("location /team/talk/ { proxy_pass $origin/; }", "gzip on; gzip_types *;"), server.url
    )
    room = f"{front}/team/talk/chat/lobby"
    done = run("say", room, "-u", "ann", "before")
    assert (done.returncode, done.stderr) == (0, b"")
    with running("tail", room, "--step", "sse", "--format", "ndjson", "--last", "1") as tail:
        tail.wait_for(lambda lines: len(lines) == 1)
        run("say", room, "-u", "ann", "hello")
        tail.wait_for(lambda lines: len(lines) == 2)
        assert [json.loads(line)["text"] for line in tail.out] == ["before", "hello"]
    assert run("tail", f"{front}/team/talk", "--no-follow").stdout.endswith(b"] ann: hello\n")


def test_a_forward_proxy_comes_from_the_environment_or_a_flag(
    server: ServerProcess, through: Through
) -> None:
    proxy = through(tinyproxy(), server.url)
    nowhere = "http://127.0.0.1:9"
    told = environment(HTTP_PROXY=nowhere)
    assert run("say", server.room, "-x", proxy, "by flag", env=told).returncode == 0
    assert run("say", server.room, "by env", env=environment(http_proxy=proxy)).returncode == 0
    spared = environment(HTTP_PROXY=nowhere, NO_PROXY="127.0.0.1")
    assert run("say", server.room, "past it", env=spared).returncode == 0
    assert run("tail", server.room, env=told).returncode == 3


def test_a_proxy_that_wants_a_password_is_told_of(server: ServerProcess, through: Through) -> None:
    proxy = through(tinyproxy("BasicAuth ann secret"), server.url)
    done = run("tail", server.room, "-x", proxy)
    assert done.returncode == 4
    assert b"407" in done.stderr
    assert run("say", server.room, "-x", proxy, "hi").returncode == 4
    known = proxy.replace("//", "//ann:secret@")
    assert run("say", server.room, "-x", known, "hi").returncode == 0
    # By CONNECT it answers before there is any TLS.
    tls = server.room.replace("http:", "https:")
    assert run("tail", tls, "-x", proxy).returncode == 4


def test_tls_goes_through_a_proxy_by_connect(
    launch: Launch, through: Through, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "company.pem"))
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    server = launch("--ssl-certfile", str(tmp_path / "server.pem"), scheme="https")
    env = environment(HTTPS_PROXY=through(tinyproxy(), server.url))
    trust = ["--cacert", str(tmp_path / "company.pem")]
    with running("tail", server.room, *trust, "--step", "sse", env=env) as tail:
        for number in range(2):
            assert run("say", server.room, *trust, f"hello {number}", env=env).returncode == 0
            tail.wait_line(f": hello {number}")
    assert run("tail", server.room, env=env).returncode == 3
    report = run("doctor", server.url, *trust, "--wait", "0", env=env).stdout.decode()
    assert "certificate          issued by trustme" in report
    assert "proxy                127.0.0.1" in report


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("text/html", "<title>Welcome</title>", id="page"),
        pytest.param("application/json", "{}", id="json"),
    ],
)
def test_what_somebody_else_answers_counts_for_nothing(
    server: ServerProcess, through: Through, kind: str, body: str
) -> None:
    portal = nginx(f"location / {{ default_type {kind}; return 200 '{body}'; }}")
    room = f"{through(portal, server.url)}/chat/lobby"
    for arguments in (["tail", room], ["say", room, "hi"], ["pipe", room]):
        done = run(*arguments, data=b"one\n")
        assert done.returncode == 10
        assert b"nginx" in done.stderr
        assert ("html" in kind) == (b"Welcome" in done.stderr)


def test_a_redirect_to_https_is_followed_with_the_companys_own_certificate(
    launch: Launch, through: Through, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "company.pem"))
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    server = launch("--ssl-certfile", str(tmp_path / "server.pem"), scheme="https")
    front = through(nginx("location / { return 301 $origin$request_uri; }"), server.url)
    room, company = f"{front}/chat/lobby", str(tmp_path / "company.pem")
    refused = run("say", room, "hi")
    assert refused.returncode == 3
    assert b"--cacert" in refused.stderr
    done = run("say", room, "--cacert", company, "hi")
    assert (done.returncode, done.stderr) == (0, b"")
    read = run("tail", room, "--cacert", company, "--no-follow")
    assert read.stdout.endswith(b": hi\n")
