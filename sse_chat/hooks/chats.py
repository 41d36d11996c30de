"""Bodies for other chats and for push services: Slack, Mattermost, Discord, Teams, ntfy, Gotify.

Sources: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
https://developers.mattermost.com/integrate/webhooks/incoming/
https://discord.com/developers/docs/resources/webhook#execute-webhook
https://learn.microsoft.com/outlook/actionable-messages/message-card-reference
https://adaptivecards.io/explorer/  https://docs.ntfy.sh/publish/  https://gotify.net/api-docs
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sse_chat.hooks.lines import body_of, join, list_of, object_of, text_of

_MAX_DEPTH = 5
# Slack takes 50.
_MAX_BLOCKS = 100
# What becomes a few lines; a link or an entity is longer than what is shown of it.
_MAX_MARKUP = 16_384
# Of what is read without becoming a line each.
_MAX_PARTS = 50
# Without `<` inside, or each of many `<` would be looked at up to the end of the text.
_LINK = re.compile(r"<(https?://[^|<>\s]+)(?:\|([^<>]*))?>")
_MENTION = re.compile(r"<[@#!]([^|<>]*)(?:\|([^<>]*))?>")
_PARTS_OF_CARDS = ("body", "items", "columns", "rows", "cells")
# Of ntfy, and of Gotify, where 4 to 7 is what is usual.
_PRIORITIES = {
    "1": "lowest",
    "2": "low",
    "4": "high",
    "5": "urgent",
    "min": "lowest",
    "max": "urgent",
    "urgent": "urgent",
    "high": "high",
    "low": "low",
}
_PRIORITIES_OF_GOTIFY = {
    **dict.fromkeys(("1", "2", "3"), "low"),
    **dict.fromkeys(("8", "9", "10"), "high"),
}


def slack(payload: Mapping[str, Any]) -> Iterator[str]:
    """Mattermost takes the same."""
    blocks = [_slack_block(block) for block in list_of(payload, "blocks")[:_MAX_BLOCKS]]
    # Beside blocks the text is what a notification says.
    yield from blocks if any(blocks) else [unslack(body_of(payload, "text"))]
    for each in list_of(payload, "attachments"):
        yield unslack(body_of(each, "pretext"))
        title = join(text_of(each, "title"), text_of(each, "title_link"), by=": ")
        yield unslack(title or text_of(each, "fallback") if not body_of(each, "text") else title)
        yield unslack(body_of(each, "text"))
        for field in list_of(each, "fields"):
            yield unslack(join(text_of(field, "title"), text_of(field, "value"), by=": "))
        for action in list_of(each, "actions"):
            yield _link_of(action, text_of(action, "text"))
        yield from (_slack_block(block) for block in list_of(each, "blocks"))


def _link_of(action: object, label: str) -> str:
    """Of a button; one that leads nowhere does nothing here."""
    url = text_of(action, "url")
    return join(label, url, by=": ") if url else ""


def _slack_block(block: object, depth: int = 0) -> str:
    if text_of(block, "type") == "image":
        return unslack(join(text_of(block, "alt_text"), text_of(block, "image_url"), by=": "))
    parts = [object_of(block, "text"), *list_of(block, "fields"), *list_of(block, "elements")]
    words = []
    for part in [*parts[:_MAX_PARTS], object_of(block, "accessory")]:
        label = body_of(part, "text") or body_of(object_of(part, "text"), "text")
        words.append(join(label, text_of(part, "url"), by=": "))
        # Of rich text: sections and lists, and what they consist of.
        if depth < _MAX_DEPTH and list_of(part, "elements"):
            words.append(_slack_block(part, depth + 1))
    return unslack(join(*words))


def unslack(text: str, max_chars: int = _MAX_MARKUP) -> str:
    """Slack's own markup as text: links, mentions, entities. More than can be shown is cut."""
    text = text[:max_chars]
    text = _LINK.sub(lambda match: join(match[2] or "", match[1], by=": "), text)
    text = _MENTION.sub(lambda match: (match[2] or match[1]).removeprefix("@"), text)
    return html.unescape(text)


def discord(payload: Mapping[str, Any]) -> Iterator[str]:
    yield body_of(payload, "content")
    for each in list_of(payload, "embeds"):
        yield join(text_of(each, "author", "name"), text_of(each, "title"), by=": ")
        yield body_of(each, "description")
        for field in list_of(each, "fields"):
            yield join(text_of(field, "name"), text_of(field, "value"), by=": ")
        yield text_of(each, "url")


def message_card(payload: Mapping[str, Any]) -> Iterator[str]:
    yield text_of(payload, "title") or text_of(payload, "summary")
    yield body_of(payload, "text")
    for section in list_of(payload, "sections"):
        yield text_of(section, "title")
        yield join(text_of(section, "activityTitle"), text_of(section, "activitySubtitle"), by=": ")
        yield body_of(section, "activityText")
        yield body_of(section, "text")
        for fact in list_of(section, "facts"):
            yield join(text_of(fact, "name"), text_of(fact, "value"), by=": ")
        yield from _card_links(section)
    yield from _card_links(payload)


def _card_links(payload: object) -> Iterator[str]:
    for action in list_of(payload, "potentialAction"):
        if uri := text_of(action, "targets", 0, "uri"):
            yield join(text_of(action, "name"), uri, by=": ")


def teams_message(payload: Mapping[str, Any]) -> Iterator[str]:
    for each in list_of(payload, "attachments")[:_MAX_PARTS]:
        yield from adaptive_card(object_of(each, "content"))


def adaptive_card(payload: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    for item in (part for name in _PARTS_OF_CARDS for part in list_of(payload, name)):
        runs = list_of(item, "inlines")
        yield body_of(item, "text") or "".join(
            run if isinstance(run, str) else text_of(run, "text") for run in runs
        )
        for fact in list_of(item, "facts"):
            yield join(text_of(fact, "title"), text_of(fact, "value"), by=": ")
        if isinstance(item, Mapping) and depth < _MAX_DEPTH:
            yield from adaptive_card(item, depth + 1)
    for action in list_of(payload, "actions"):
        yield _link_of(action, text_of(action, "title"))


def push(payload: Mapping[str, Any]) -> Iterator[str]:
    """ntfy's JSON and headers, which have a topic, and Gotify's."""
    names = _PRIORITIES if "topic" in payload else _PRIORITIES_OF_GOTIFY
    priority = names.get(text_of(payload, "priority").lower(), "")
    tags = payload.get("tags")
    words = ", ".join(map(str, tags[:_MAX_PARTS])) if isinstance(tags, list) else ""
    words = words or text_of(payload, "tags")
    title = text_of(payload, "title")
    yield join(title, f"({join(priority, words, by='; ')})" if priority or words else "")
    yield body_of(payload, "message")
    extras = object_of(payload, "extras")
    click = text_of(object_of(extras, "client::notification"), "click", "url")
    yield text_of(payload, "click") or click
    yield text_of(payload, "attach")
    for action in list_of(payload, "actions"):
        yield join(text_of(action, "label"), text_of(action, "url"), by=": ")
