"""A cluster that is spoken to over TLS alone, checked against an authority of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from tests.support.feeds import next_of, open_ndjson
from tests.support.programs import free_port
from tests.support.replicas import wait_until
from tests.support.servers import Launch
from tests.support.stores import StoreProcess, run_store


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The certificates of the authority and of the store, in a folder."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "store.pem"))
    return tmp_path


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def store(authority: Path, port: int) -> Iterator[StoreProcess]:
    """A cluster of one, whose plain port is for the test alone."""
    certificate = str(authority / "store.pem")
    with run_store(
        authority / "store", "--cluster-enabled", "yes", "--cluster-port", str(free_port()),
        "--tls-port", str(port), "--tls-cluster", "yes", "--tls-auth-clients", "no",
        "--tls-cert-file", certificate, "--tls-key-file", certificate,
        "--tls-ca-cert-file", str(authority / "authority.pem"),
    ) as store:  # fmt: skip
        with store.client() as client:
            client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
            wait_until(lambda: client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
        yield store


def test_a_cluster_over_tls_takes_posts_and_feeds(
    launch: Launch,
    store: StoreProcess,
    port: int,
    authority: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "authority.pem"))
    server = launch("--redis", f"rediss+cluster://127.0.0.1:{port}")
    with open_ndjson(f"{server.room}/feed?format=ndjson&after=0") as events:
        assert httpx.post(server.room, content="in secret").status_code == 201
        assert next_of(events, "message")["text"] == "in secret"
    with store.client() as client:
        plain = [each for each in client.client_list() if int(each["laddr"].split(":")[1]) != port]
        # The test's own.
        assert len(plain) == 1
