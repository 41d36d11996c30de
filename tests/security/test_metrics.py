"""Who may read /metrics: the server decides, whatever a proxy in front lets through."""

import httpx
import pytest

from tests.support.servers import Launch

TOKEN = "a token of at least 16"


@pytest.mark.parametrize("path", ["/metrics", "/%6detrics"])
def test_metrics_are_for_the_machine_itself(launch: Launch, path: str) -> None:
    server = launch("--trusted-proxies", "127.0.0.1", "--metrics-token", TOKEN)
    url = server.url + path
    assert httpx.get(url).status_code == 200
    outside = {"X-Forwarded-For": "192.0.2.1"}
    refused = httpx.get(url, headers=outside)
    assert refused.status_code == 403
    assert "--metrics-from" in refused.json()["detail"]
    for token, status in ((TOKEN, 200), ("another", 403)):
        headers = {**outside, "Authorization": f"Bearer {token}"}
        assert httpx.get(url, headers=headers).status_code == status


def test_a_proxy_that_is_not_trusted_is_not_the_machine_itself(launch: Launch) -> None:
    server = launch("--metrics-from", "127.0.0.1,192.0.2.0/24")
    assert httpx.get(f"{server.url}/metrics").status_code == 200
    for header in ("X-Forwarded-For", "Forwarded", "X-Forwarded-Host"):
        answer = httpx.get(f"{server.url}/metrics", headers={header: "192.0.2.1"})
        assert answer.status_code == 403, header
