"""Programs that send, as they are installed: Prometheus's Alertmanager, and Apprise's plugins."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.http.test_help import EXAMPLE_URL, blocks_of
from tests.http.test_hooks import Owner, sign_up
from tests.support.programs import free_port, need, start, stop
from tests.support.servers import Launch
from tests.support.waiting import wait_until


@pytest.fixture
def owner(launch: Launch) -> Iterator[Owner]:
    # Nobody else may even read: the address alone lets these programs in.
    server = launch("--access", "members", "--limits", "off")
    with closing(sign_up(server)) as client:
        yield Owner(server.with_own_room(), client)


def wait_texts(owner: Owner, count: int) -> list[str]:
    wait_until(lambda: len(owner.texts()) >= count)
    return owner.texts()


def test_alertmanager_posts_what_fires_and_what_is_resolved_where_it_belongs(
    owner: Owner, tmp_path: Path
) -> None:
    program = need("prometheus-alertmanager")
    config = tmp_path / "alertmanager.yml"
    # The configuration that the recipes show, but for how long it gathers.
    (shown,) = (each for each in blocks_of("recipes", "yaml") if "webhook_configs" in each)
    shown = shown.replace("group_wait: 10s", "group_wait: 0s\n  group_interval: 1s")
    oncall = owner.client.post("/chat/oncall/hooks", json={"name": "alerts"}).json()["url"]
    for name, url in (("ONCALL", oncall), ("OPS", owner.make(name="alerts")["url"])):
        shown = shown.replace(f"{EXAMPLE_URL}/hooks/SECRET-OF-{name}", url)
    config.write_text(shown)
    port = free_port()
    command = [
        program, f"--config.file={config}", f"--storage.path={tmp_path / 'kept'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    process = start(command, port, tmp_path)
    alert = {
        "labels": {"alertname": "DiskFull", "instance": "db1:9100", "severity": "info"},
        "annotations": {"summary": "/var is 98 % full"},
        "generatorURL": "http://prometheus.example/graph",
    }

    paging = {"labels": {"alertname": "AllIsDown", "severity": "page"}}

    def send(**more: object) -> bool:
        try:
            url = f"http://127.0.0.1:{port}/api/v2/alerts"
            return httpx.post(url, json=[{**alert, **more}]).status_code == 200
        except httpx.TransportError:
            return False

    try:
        wait_until(send)
        (firing,) = wait_texts(owner, 1)
        assert send(endsAt=datetime.now(UTC).isoformat())
        resolved = wait_texts(owner, 2)[1]
        assert send(**paging)
        (paged,) = wait_until(lambda: owner.texts("oncall"))
    finally:
        stop(process)
    assert "AllIsDown" in paged
    assert len(owner.texts()) == 2
    for text, state in ((firing, "[FIRING:1]"), (resolved, "[RESOLVED:1]")):
        for words in (state, "DiskFull", "db1:9100", "/var is 98 % full", "prometheus.example"):
            assert words in text
        assert len(text.splitlines()) <= 10


# Its plugins for Slack and ntfy know their own servers' addresses alone.
_APPRISE = """
import json, sys
import apprise
from apprise.plugins.slack import NotifySlack
hook = sys.argv[1]
host, _, secret = hook.removeprefix("http://").partition("/hooks/")
NotifySlack.webhook_url = hook
ntfy = apprise.Apprise.instantiate(f"ntfy://{host}/topic")
ntfy.host, ntfy.port = f"{host}/hooks/{secret}", None
senders = {
    "json": apprise.Apprise.instantiate(f"json://{host}/hooks/{secret}"),
    "form": apprise.Apprise.instantiate(f"form://{host}/hooks/{secret}"),
    "gotify": apprise.Apprise.instantiate(f"gotify://{host}/hooks/{secret}/token"),
    "mattermost": apprise.Apprise.instantiate(f"mmost://{host}/{secret}"),
    "slack": apprise.Apprise.instantiate("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/#ops"),
    "ntfy": ntfy,
}
for name, sender in senders.items():
    sent = sender.notify(title=f"Backup by {name}", body="nas1 is done", notify_type="success")
    print(json.dumps([name, bool(sent)]))
"""


def test_apprise_posts_by_each_of_its_plugins(owner: Owner, tmp_path: Path) -> None:
    url = owner.make(name="apprise")["url"]
    done = subprocess.run(
        [sys.executable, "-c", _APPRISE, url], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    sent = dict(json.loads(line) for line in done.stdout.splitlines())
    texts = owner.texts()
    assert all(sent.values()), (sent, done.stderr, texts)
    assert len(texts) == len(sent)
    for name, text in zip(sent, texts, strict=True):
        assert f"Backup by {name}" in text
        assert "nas1 is done" in text
        assert len(text.splitlines()) <= 4
        assert "```" not in text
