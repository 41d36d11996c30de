"""What real senders post, from the fields that they document: a title, a state, a link."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sse_chat.errors import ChatError
from sse_chat.hooks.chats import push, slack, teams_message
from sse_chat.hooks.render import Rendered, render

BODIES = Path(__file__).parent / "hooks"
MAX_BYTES = 4096
# What each must tell.
TOLD = {
    "slack": ["#7: https://ci.example/7", "failed & stopped", "Unit tests", "Branch: main"],
    "slack-blocks": ["Deploy 1.2", "U024BE7LH", "State: done", "Open: https://deploy.example/12"],
    "mattermost": ["Access", "Door 3: https://gate.example/3", "opened by ann"],
    "discord": ["A new version", "widget: 1.4.0", "Faster", "Size: 2 MB", "https://r.example/1.4.0"],
    "teams-message-card": ["Disk is full", "db1: 98 %", "Mount: /var", "Show: https://m.example/db1"],
    "teams-adaptive-card": ["Backup finished", "42 GB", "Host: nas1", "Log: https://nas.example/log"],
    "ntfy": ["Door open (high; warning, door)", "The back door", "https://home.example/door"],
    "ntfy-headers": ["Door open (urgent; warning)", "The back door", "https://home.example/door"],
    "gotify": ["Backup (high)", "nas1 done", "https://nas.example/"],
    "alertmanager": ["[FIRING:6] InstanceDown", "web0:9100", "web0 is down", "and 2 more", "http"],
    "grafana": ["[RESOLVED] High load", "back to normal", "http://prom.example"],
    "grafana-legacy": ["[Alerting] CPU", "CPU is high", "cpu: 90", "https://g.example/d/1"],
    "uptime-kuma": ["shop is down", "ECONNREFUSED", "https://shop.example"],
    "github-push": ["octo/widget: ann pushed 7 to main", "1111111 Change 1 (Ann)", "/compare/"],
    "github-pull-request": ["pull request #12 Add widgets", "merged", "by bob", "/pull/12"],
    "github-workflow-run": ["workflow CI", "completed · failure", "/actions/runs/1"],
    "github-issue-comment": ["comment on #3 It breaks", "by eve", "Same here", "/issues/3#c1"],
    "github-ping": ["GitHub is connected to octo/widget"],
    "gitlab-push": ["team/widget: Ann pushed 1 to main", "aaaaaaa Fix it (Ann)", "https://gitlab"],
    "gitlab-merge-request": ["merge request #5 Add widgets", "merge · merged · by Bob", "/5"],
    "gitlab-pipeline": ["pipeline #31 main", "failed · by Bob", "/pipelines/31"],
    "other": ['```json\n{\n  "event": "door"', "```"],
    "text": ["just words\nand more"],
    "json-text": ["just words"],
}  # fmt: skip


def read(name: str) -> tuple[dict[str, str], bytes]:
    kept = json.loads((BODIES / f"{name}.json").read_text())
    body = kept["body"]
    raw = body if isinstance(body, str) else json.dumps(body)
    return {key.lower(): value for key, value in kept["headers"].items()}, raw.encode()


def rendered(name: str) -> Rendered:
    headers, body = read(name)
    return render(headers, body, MAX_BYTES)


def test_a_member_that_is_there_twice_loses_no_alert() -> None:
    headers = {"content-type": "application/json"}
    assert render(headers, b'{"text": "a", "text": "b"}', MAX_BYTES).text == "b"


@pytest.mark.parametrize("name", sorted(each.stem for each in BODIES.glob("*.json")))
def test_a_sender_is_readable(name: str) -> None:
    text = rendered(name).text
    for words in TOLD[name]:
        assert words in text
    assert 1 <= len(text.splitlines()) <= 10
    assert "None" not in text
    assert all(line.strip() for line in text.splitlines())


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("application/x-www-form-urlencoded", b"payload=%7B%22text%22%3A%22hi%22%7D", "hi"),
        ("application/x-www-form-urlencoded", b"hello world", "hello world"),
        ("application/json", json.dumps({"text": "x\n" * 40}).encode(), "x\n" * 39 + "x"),
        ("text/plain", b"\xef\xbb\xbfhi\r\n", "hi"),
        ("", b'{"text": "undeclared"}', "undeclared"),
        ("application/json", b"[1]", "```json\n[\n  1\n]\n```"),
    ],
)
def test_plain_texts_are_shown_as_they_are(kind: str, body: bytes, text: str) -> None:
    assert render({"content-type": kind}, body, MAX_BYTES).text == text


def test_only_what_slack_has_is_answered_as_by_slack() -> None:
    assert rendered("slack").is_slack
    assert rendered("slack-blocks").is_slack
    assert not rendered("json-text").is_slack
    assert not rendered("discord").is_slack


@pytest.mark.parametrize("name", sorted(TOLD))
def test_any_part_of_any_kind_is_read_without_a_fault(name: str) -> None:
    headers, body = read(name)
    payload = json.loads(body) if body.startswith(b"{") else {}
    for broken in _broken(payload):
        try:
            text = render(headers, json.dumps(broken).encode(), MAX_BYTES).text
        except ChatError:
            continue
        assert len(text.encode()) <= MAX_BYTES


_WRONG: list[Any] = [None, 1, 1e308, "x" * 20_000, "<@\n\u2028`", [], {}, [None, [1], "a"],
                     {"text": 1}, True]  # fmt: skip


def _broken(payload: Any) -> Iterator[Any]:
    """The payload with each of its parts, however deep, of a wrong kind."""
    named = isinstance(payload, dict)
    for name, part in payload.items() if named else enumerate(payload):
        inner = _broken(part) if isinstance(part, dict | list) else iter(())
        for wrong in (*_WRONG, *inner):
            yield (
                {**payload, name: wrong}
                if named
                else [*payload[:name], wrong, *payload[name + 1 :]]
            )


def test_what_is_large_is_cut_and_what_is_deep_is_refused() -> None:
    headers = {"content-type": "application/json"}
    large = json.dumps({"a": "é" * 400_000}).encode()
    text = render(headers, large, MAX_BYTES).text
    assert len(text.encode()) <= MAX_BYTES
    assert text.endswith("\n```")
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    with pytest.raises(ChatError, match="deeply"):
        render(headers, deep, MAX_BYTES)
    nested: Any = {"type": "AdaptiveCard", "body": []}
    for _ in range(20):
        nested = {"type": "AdaptiveCard", "body": [{"items": [nested]}]}
    assert render(headers, json.dumps(nested).encode(), MAX_BYTES).text


_MB = 990_000


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({"text": "<@" * (_MB // 2)}, id="mentions-without-an-end"),
        pytest.param({"text": "<http://" * (_MB // 8)}, id="links-without-an-end"),
        pytest.param({"text": "<http://a|" * (_MB // 10)}, id="labels-without-an-end"),
        pytest.param({"attachments": [{"text": "&amp" * (_MB // 4)}]}, id="entities"),
        pytest.param({"blocks": [{}] * (_MB // 4)}, id="blocks-of-nothing"),
        pytest.param({"blocks": [{"text": {"text": "a"}}] * (_MB // 26)}, id="blocks"),
        pytest.param({"a": [1] * (_MB // 3)}, id="numbers"),
    ],
)
def test_a_body_of_a_megabyte_is_read_in_no_more_than_a_moment(payload: dict[str, Any]) -> None:
    # What looked at each part again for each part would take hours.
    headers = {"content-type": "application/json"}
    text = render(headers, json.dumps(payload).encode(), MAX_BYTES).text
    assert len(text.encode()) <= MAX_BYTES


def test_what_is_left_out_is_counted_as_far_as_it_is_read() -> None:
    headers = {"content-type": "application/json"}
    for count, last in ((12, "… and 3 more lines"), (5000, "… and over 657 more lines")):
        payload = {"embeds": [{"description": "a"}] * count}
        text = render(headers, json.dumps(payload).encode(), MAX_BYTES).text
        assert text.splitlines() == [*"aaaaaaaaa", last]


class _Part(dict[str, Any]):
    """Of a body; counts how often any of them is looked at."""

    looks = 0

    def get(self, name: str, default: Any = None) -> Any:
        _Part.looks += 1
        return super().get(name, default)

    def __str__(self) -> str:
        _Part.looks += 1
        return "part"


@pytest.mark.parametrize(
    ("lines", "payload"),
    [
        pytest.param(teams_message, {"attachments": [_Part()] * 9000}, id="cards"),
        pytest.param(slack, {"blocks": [{"elements": [_Part()] * 9000}]}, id="elements"),
        pytest.param(push, {"message": "a", "tags": [_Part()] * 9000}, id="tags"),
    ],
)
def test_parts_that_become_no_line_each_are_not_all_read(
    lines: Callable[[dict[str, Any]], Iterator[str]], payload: dict[str, Any]
) -> None:
    _Part.looks = 0
    list(lines(payload))
    assert 0 < _Part.looks < 2000
