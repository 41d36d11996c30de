"""Events that the known senders document, beside those whose bodies are kept as files."""

import json
from typing import Any

import pytest

from sse_chat.hooks.render import render

MAX_BYTES = 4096
GITHUB = {
    "repository": {"full_name": "o/w", "html_url": "https://github.com/o/w"},
    "sender": {"login": "ann"},
}
GITLAB = {
    "project": {"path_with_namespace": "t/w", "web_url": "https://gl.example/t/w"},
    "user": {"name": "Bob"},
}


def lines(payload: dict[str, Any], **headers: str) -> list[str]:
    named = {"content-type": "application/json"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return render(named, json.dumps(payload).encode(), MAX_BYTES).text.splitlines()


@pytest.mark.parametrize(
    ("event", "payload", "told"),
    [
        pytest.param(
            "status",
            {"name": "o/w", "state": "failure", "context": "ci/build",
             "description": "3 tests failed", "target_url": "https://ci.example/7"},
            ["o/w: status ci/build", "failure · by ann", "3 tests failed", "https://ci.example/7"],
            id="status",
        ),
        pytest.param(
            "create",
            {"ref": "feature", "ref_type": "branch"},
            ["o/w: create feature", "by ann", "https://github.com/o/w"],
            id="create",
        ),
        pytest.param(
            "fork",
            {"forkee": {"full_name": "bob/w", "html_url": "https://github.com/bob/w"}},
            ["o/w: fork bob/w", "by ann", "https://github.com/bob/w"],
            id="fork",
        ),
        pytest.param(
            "deployment_status",
            {"action": "created", "deployment": {"environment": "production"},
             "deployment_status": {"state": "success", "target_url": "https://ci.example/9"}},
            ["o/w: deployment production", "created · success · by ann", "https://ci.example/9"],
            id="deployment_status",
        ),
        pytest.param(
            "pull_request_review",
            {"action": "submitted", "pull_request": {"number": 1, "title": "Add"},
             "review": {"state": "approved", "body": "Nice", "html_url": "https://g.example/1#r"}},
            ["o/w: review on #1 Add", "submitted · approved · by ann", "Nice",
             "https://g.example/1#r"],
            id="pull_request_review",
        ),
        pytest.param(
            "dependabot_alert",
            {"action": "created", "alert": {"number": 3, "state": "open",
             "security_advisory": {"summary": "XSS"}, "html_url": "https://g.example/3"}},
            ["o/w: alert #3 XSS", "created · open · by ann", "https://g.example/3"],
            id="dependabot_alert",
        ),
        pytest.param(
            "push",
            {"ref": "refs/tags/v1", "commits": [], "pusher": {"name": "ann"},
             "after": "1" * 40, "compare": "https://g.example/v1"},
            ["o/w: ann pushed tag v1", "https://g.example/v1"],
            id="push-of-a-tag",
        ),
        pytest.param(
            "push",
            {"ref": "refs/heads/old", "commits": [], "pusher": {"name": "ann"},
             "after": "0" * 40, "deleted": True},
            ["o/w: ann deleted old"],
            id="push-that-deletes",
        ),
    ],
)  # fmt: skip
def test_an_event_of_github(event: str, payload: dict[str, Any], told: list[str]) -> None:
    assert lines({**GITHUB, **payload}, x_github_event=event) == told


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        pytest.param(
            {"object_kind": "release", "name": "v1.1", "tag": "v1.1", "action": "create",
             "url": "https://gl.example/t/w/-/releases/v1.1"},
            ["t/w: release v1.1", "create · by Bob", "https://gl.example/t/w/-/releases/v1.1"],
            id="release",
        ),
        pytest.param(
            {"object_kind": "deployment", "status": "success", "environment": "staging",
             "deployable_url": "https://gl.example/t/w/-/jobs/796"},
            ["t/w: deployment staging", "success · by Bob", "https://gl.example/t/w/-/jobs/796"],
            id="deployment",
        ),
        pytest.param(
            {"object_kind": "build", "build_id": 1977, "build_name": "test",
             "build_status": "failed"},
            ["t/w: build #1977 test", "failed · by Bob", "https://gl.example/t/w/-/jobs/1977"],
            id="job",
        ),
        pytest.param(
            {"object_kind": "note", "merge_request": {"iid": 1, "title": "Add"},
             "object_attributes": {"id": 1244, "note": "Not yet", "url": "https://gl.example/n"}},
            ["t/w: note on merge request !1 Add", "by Bob", "Not yet", "https://gl.example/n"],
            id="note",
        ),
        pytest.param(
            {"object_kind": "note", "commit": {"id": "cfe32cf61b73a0d5e9f13e774abde7ff789b1660"},
             "object_attributes": {"id": 1244, "note": "Hm", "url": "https://gl.example/n"}},
            ["t/w: note on commit cfe32cf", "by Bob", "Hm", "https://gl.example/n"],
            id="note-on-a-commit",
        ),
        pytest.param(
            {"object_kind": "tag_push", "ref": "refs/tags/v1", "user_name": "Jo", "commits": [],
             "after": "0" * 40},
            ["t/w: Jo deleted tag v1", "https://gl.example/t/w"],
            id="tag-that-goes",
        ),
    ],
)  # fmt: skip
def test_an_event_of_gitlab(payload: dict[str, Any], told: list[str]) -> None:
    assert lines({**GITLAB, **payload}, x_gitlab_event="Some Hook") == told


def test_rich_text_images_and_buttons_of_slack() -> None:
    section = [
        {"type": "text", "text": "Build "},
        {"type": "link", "url": "https://ci.example/7", "text": "#7"},
    ]
    button = {"type": "button", "text": {"type": "plain_text", "text": "Open"}, "url": "https://x"}
    blocks = [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": section}]},
        {"type": "section", "text": {"type": "mrkdwn", "text": "failed"}, "accessory": button},
        {"type": "divider"},
        {"type": "image", "image_url": "https://img.example/1", "alt_text": "times"},
    ]
    # What a notification says is not said again.
    assert lines({"text": "Build #7 failed", "blocks": blocks}) == [
        "Build #7: https://ci.example/7", "failed Open: https://x", "times: https://img.example/1",
    ]  # fmt: skip
    assert lines({"text": "only this", "blocks": [{"type": "divider"}]}) == ["only this"]


def test_where_it_leads_is_told_however_long_it_is() -> None:
    facts = [{"name": f"n{number}", "value": "v"} for number in range(12)]
    link = {"@type": "OpenUri", "name": "View", "targets": [{"uri": "https://v.example/"}]}
    section = {"activityTitle": "Disk", "facts": facts, "potentialAction": [link]}
    told = lines({"@type": "MessageCard", "summary": "Full", "sections": [section]})
    assert told[:3] == ["Full", "Disk", "n0: v"]
    assert told[-2:] == ["… and 6 more lines", "View: https://v.example/"]
    assert len(told) == 10


def test_rich_text_and_tables_of_adaptive_cards() -> None:
    cells = [{"items": [{"type": "TextBlock", "text": text}]} for text in ("db1", "98 %")]
    links = [{"type": "Action.OpenUrl", "title": "Open", "url": "https://o.example/"}]
    card = {
        "type": "AdaptiveCard",
        "body": [
            {"type": "RichTextBlock", "inlines": ["Disk ", {"type": "TextRun", "text": "full"}]},
            {"type": "Table", "rows": [{"cells": cells}]},
            {"type": "ActionSet", "actions": links},
        ],
        "actions": [{"type": "Action.Submit", "title": "Acknowledge"}],
    }
    assert lines(card) == ["Disk full", "db1", "98 %", "Open: https://o.example/"]


@pytest.mark.parametrize(
    ("headers", "first"),
    [
        ({"title": "Tür".encode().decode("latin-1"), "prio": "5"}, "Tür (urgent)"),
        ({"x-title": "=?UTF-8?B?8J+HqfCfh6o=?= up", "ta": "a,b"}, "\U0001f1e9\U0001f1ea up (a,b)"),
        ({"ti": "=?nonsense?B?AAAA?="}, "=?nonsense?B?AAAA?="),
        ({"title": "T\xfcr"}, "Tür"),
    ],
)
def test_headers_of_ntfy_in_each_spelling(headers: dict[str, str], first: str) -> None:
    text = render({"content-type": "text/plain", **headers}, b"body", MAX_BYTES).text
    assert text.splitlines() == [first, "body"]


@pytest.mark.parametrize(
    ("payload", "first"),
    [
        ({"title": "Disk", "message": "m", "priority": 8}, "Disk (high)"),
        ({"title": "Disk", "message": "m", "priority": 5}, "Disk"),
        ({"title": "Disk", "message": "m", "priority": 5, "topic": "t"}, "Disk (urgent)"),
    ],
)
def test_a_priority_is_that_of_its_sender(payload: dict[str, Any], first: str) -> None:
    assert lines(payload) == [first, "m"]


def test_alerts_without_a_common_name_have_their_own() -> None:
    alerts = [
        {"status": "firing", "labels": {"alertname": name}, "annotations": {"summary": "s"},
         "generatorURL": "https://g.example/1"}
        for name in ("Memory", "Disk")
    ]  # fmt: skip
    payload = {"status": "firing", "title": "[FIRING:2]", "commonLabels": {}, "alerts": alerts}
    assert lines(payload) == [
        "[FIRING:2]", "firing · Memory · s", "firing · Disk · s", "https://g.example/1",
    ]  # fmt: skip


def test_what_is_watched_by_a_port_has_its_address() -> None:
    monitor = {"name": "db", "type": "port", "hostname": "db1", "port": 5432, "url": "https://"}
    payload = {"heartbeat": {"status": 0, "msg": "timed out"}, "monitor": monitor, "msg": "x"}
    assert lines(payload) == ["db is down", "timed out", "db1:5432"]
    assert lines({"heartbeat": None, "monitor": None, "msg": "Testing"}) == ["Testing"]
