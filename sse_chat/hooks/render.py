"""From the body of a webhook to the text of a message: whose it is, and how that sender is read.

A sender that is not known is shown as its JSON. No I/O.
"""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Any

from sse_chat.charsets import charset_of, decode
from sse_chat.errors import BadText, Malformed
from sse_chat.forms import find_fields, parse_form
from sse_chat.hooks import alerts, chats, forges
from sse_chat.hooks.lines import body_of, compose, cut
from sse_chat.inbound import parse_content_type, parse_json, parse_multipart

Payload = Mapping[str, Any]
_DELIVERY_IDS = ("x-github-delivery", "x-gitlab-event-uuid", "idempotency-key")
_SLACK_ONLY = {"attachments", "blocks", "channel", "username", "icon_emoji", "icon_url", "mrkdwn"}
_FORGES = {"x-github-event", "x-gitlab-event"}
_TEXT_FIELDS = {"text", "message", "msg", "content"}
# As ntfy spells them, each with an X- too.
_PUSH_HEADERS = {
    "title": ("title", "ti"),
    "priority": ("priority", "prio"),
    "tags": ("tags", "tag", "ta"),
    "click": ("click",),
    "attach": ("attach",),
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """`is_slack`: the sender expects the two letters that Slack answers."""

    text: str
    sender: str
    is_slack: bool = False


def render(headers: Mapping[str, str], body: bytes, max_bytes: int) -> Rendered:
    """`headers` in lower case. Raises Malformed, BadText."""
    kind, params = parse_content_type(headers.get("content-type"))
    charset = charset_of(params)
    payload: Any = None
    is_form = False
    if kind == "application/x-www-form-urlencoded" and b"payload=" in body[:8]:
        payload, is_form = (
            parse_json(parse_form(body, charset).get("payload", "").encode(), may_repeat=True),
            True,
        )
    elif kind == "application/x-www-form-urlencoded" and (
        fields := find_fields(body, charset, _TEXT_FIELDS)
    ):
        payload = fields
    elif kind == "multipart/form-data":
        parts = parse_multipart(body, params)
        is_form = "payload" in parts
        payload = parse_json(parts["payload"].encode(), may_repeat=True) if is_form else parts
    elif kind == "application/json" or (kind != "text/plain" and body.lstrip()[:1] == b"{"):
        payload = parse_json(body, charset, may_repeat=True)
    if payload is None:
        text = decode(body, charset)
        found = {name: _header(headers, names) for name, names in _PUSH_HEADERS.items()}
        if any(found.values()):
            payload = {**found, "message": text, "topic": ""}
            return _render("ntfy", chats.push(payload), max_bytes)
        return Rendered(cut(text.strip("\r\n"), max_bytes), "text")
    if _depth_exceeds(payload):
        raise Malformed("the JSON is nested too deeply")
    if not isinstance(payload, Mapping):
        return Rendered(_as_code(payload, max_bytes), "json")
    if (text := _only_text(payload)) and not headers.keys() & _FORGES:
        is_slack = is_form or not _SLACK_ONLY.isdisjoint(payload)
        return Rendered(cut(chats.unslack(text, 8 * max_bytes), max_bytes), "text", is_slack)
    for sender, is_theirs, lines in _SENDERS:
        if is_theirs(headers, payload):
            rendered = _render(sender, lines(headers, payload), max_bytes)
            is_slack = sender == "slack"
            if rendered.text:
                return Rendered(rendered.text, sender, is_slack)
    return Rendered(_as_code(payload, max_bytes), "json")


def _only_text(payload: Payload) -> str:
    """Of what has one text and no parts, which is shown as long as it is."""
    if not payload.keys().isdisjoint({"attachments", "blocks", "embeds", "alerts", "@type"}):
        return ""
    return body_of(payload, "text") or body_of(payload, "content")


def _render(sender: str, lines: Iterator[str], max_bytes: int) -> Rendered:
    return Rendered(compose(lines, max_bytes), sender)


def _header(headers: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Headers are UTF-8, as curl sends them, or encoded words of RFC 2047."""
    each = (headers.get(f"{prefix}{name}") for prefix in ("", "x-") for name in names)
    found = next(filter(None, each), "")[:_MAX_HEADER_CHARS]
    with contextlib.suppress(UnicodeError):
        found = found.encode("latin-1").decode()
    try:
        return str(make_header(decode_header(found))) if "=?" in found else found
    except (HeaderParseError, LookupError, ValueError):
        return found


_MAX_DEPTH = 100
_MAX_HEADER_CHARS = 1000


def _depth_exceeds(payload: Any) -> bool:
    """What is read here calls itself; no sender nests as deep as this."""
    level = [payload] if isinstance(payload, dict | list) else []
    for _ in range(_MAX_DEPTH):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _as_code(payload: Any, max_bytes: int) -> str:
    lines, length = list[str](), 0
    for part in json.JSONEncoder(ensure_ascii=False, indent=2).iterencode(payload):
        lines.append(part)
        length += len(part)
        if length > max_bytes:
            break
    # A fence inside of it would end the block.
    shown = cut("".join(lines).replace("```", "'''"), max_bytes - 16)
    return f"```json\n{shown}\n```"


def delivery_of(headers: Mapping[str, str]) -> str | None:
    """The id under which the sender repeats a delivery."""
    return next((headers[name] for name in _DELIVERY_IDS if name in headers), None)


def check_text_of(rendered: Rendered) -> str:
    if not rendered.text.strip():
        raise BadText("the body has nothing to show")
    return rendered.text


def _has(*names: str) -> Callable[[Payload, Payload], bool]:
    return lambda headers, payload: all(name in payload for name in names)


def _has_any(*names: str) -> Callable[[Payload, Payload], bool]:
    return lambda headers, payload: any(name in payload for name in names)


def _of_body(
    lines: Callable[[Payload], Iterator[str]],
) -> Callable[[Payload, Payload], Iterator[str]]:
    return lambda headers, payload: lines(payload)


def _is_card(headers: Payload, payload: Payload) -> bool:
    return payload.get("type") == "message" and "attachments" in payload


# The first that fits: what only one sender has stands before what several have.
_SENDERS: tuple[
    tuple[str, Callable[[Payload, Payload], bool], Callable[[Payload, Payload], Iterator[str]]], ...
] = (
    (
        "github",
        lambda headers, payload: "x-github-event" in headers,
        lambda headers, payload: forges.github(headers["x-github-event"], payload),
    ),
    ("gitlab", lambda headers, payload: "x-gitlab-event" in headers, _of_body(forges.gitlab)),
    (
        "teams",
        lambda headers, payload: payload.get("@type") == "MessageCard",
        _of_body(chats.message_card),
    ),
    ("teams", _is_card, _of_body(chats.teams_message)),
    (
        "teams",
        lambda headers, payload: payload.get("type") == "AdaptiveCard",
        _of_body(chats.adaptive_card),
    ),
    ("alertmanager", _has("alerts", "status"), _of_body(alerts.alertmanager)),
    ("grafana", _has_any("ruleUrl", "evalMatches"), _of_body(alerts.grafana_legacy)),
    ("uptime-kuma", _has("heartbeat", "monitor"), _of_body(alerts.uptime_kuma)),
    ("discord", _has_any("content", "embeds"), _of_body(chats.discord)),
    ("slack", _has_any("text", "attachments", "blocks"), _of_body(chats.slack)),
    ("push", _has("message"), _of_body(chats.push)),
    ("text", _has("msg"), lambda headers, payload: iter([str(payload["msg"])])),
)
