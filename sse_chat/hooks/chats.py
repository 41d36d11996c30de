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

# What becomes a few lines; a link or an entity is longer than what is shown of it.
_MAX_MARKUP = 16_384
# Without `<` inside, or each of many `<` would be looked at up to the end of the text.
_LINK = re.compile(r"<(https?://[^|<>\s]+)(?:\|([^<>]*))?>")
_MENTION = re.compile(r"<[@#!]([^|<>]*)(?:\|([^<>]*))?>")
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


def slack(shape: Mapping[str, Any]) -> Iterator[str]:
    """Mattermost takes the same."""
    yield unslack(body_of(shape, "text"))
    yield from (_slack_block(block) for block in list_of(shape, "blocks"))
    for each in list_of(shape, "attachments"):
        yield unslack(body_of(each, "pretext"))
        title = join(text_of(each, "title"), text_of(each, "title_link"), by=": ")
        yield unslack(title or text_of(each, "fallback") if not body_of(each, "text") else title)
        yield unslack(body_of(each, "text"))
        for field in list_of(each, "fields"):
            yield unslack(join(text_of(field, "title"), text_of(field, "value"), by=": "))
        yield from (_slack_block(block) for block in list_of(each, "blocks"))


def _slack_block(block: object) -> str:
    parts = [object_of(block, "text"), *list_of(block, "fields"), *list_of(block, "elements")]
    words = []
    for part in parts:
        label = body_of(part, "text") or body_of(object_of(part, "text"), "text")
        words.append(join(label, text_of(part, "url"), by=": "))
    return unslack(join(*words))


def unslack(text: str, max_chars: int = _MAX_MARKUP) -> str:
    """Slack's own markup as text: links, mentions, entities. More than can be shown is cut."""
    text = text[:max_chars]
    text = _LINK.sub(lambda found: join(found[2] or "", found[1], by=": "), text)
    text = _MENTION.sub(lambda found: (found[2] or found[1]).removeprefix("@"), text)
    return html.unescape(text)


def discord(shape: Mapping[str, Any]) -> Iterator[str]:
    yield body_of(shape, "content")
    for each in list_of(shape, "embeds"):
        yield join(text_of(each, "author", "name"), text_of(each, "title"), by=": ")
        yield body_of(each, "description")
        for field in list_of(each, "fields"):
            yield join(text_of(field, "name"), text_of(field, "value"), by=": ")
        yield text_of(each, "url")


def message_card(shape: Mapping[str, Any]) -> Iterator[str]:
    yield text_of(shape, "title") or text_of(shape, "summary")
    yield body_of(shape, "text")
    for section in list_of(shape, "sections"):
        yield join(text_of(section, "activityTitle"), text_of(section, "activitySubtitle"), by=": ")
        yield body_of(section, "text")
        for fact in list_of(section, "facts"):
            yield join(text_of(fact, "name"), text_of(fact, "value"), by=": ")
    for action in list_of(shape, "potentialAction"):
        yield join(text_of(action, "name"), text_of(action, "targets", 0, "uri"), by=": ")


def teams_message(shape: Mapping[str, Any]) -> Iterator[str]:
    for each in list_of(shape, "attachments"):
        yield from adaptive_card(object_of(each, "content"))


def adaptive_card(shape: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    for item in [*list_of(shape, "body"), *list_of(shape, "items"), *list_of(shape, "columns")]:
        yield body_of(item, "text")
        for fact in list_of(item, "facts"):
            yield join(text_of(fact, "title"), text_of(fact, "value"), by=": ")
        if isinstance(item, Mapping) and depth < 5:
            yield from adaptive_card(item, depth + 1)
    for action in list_of(shape, "actions"):
        yield join(text_of(action, "title"), text_of(action, "url"), by=": ")


def push(shape: Mapping[str, Any]) -> Iterator[str]:
    """ntfy's JSON and headers, and Gotify's."""
    priority = _PRIORITIES.get(text_of(shape, "priority").lower(), "")
    tags = shape.get("tags")
    words = ", ".join(map(str, tags)) if isinstance(tags, list) else text_of(shape, "tags")
    title = text_of(shape, "title")
    yield join(title, f"({join(priority, words, by='; ')})" if priority or words else "")
    yield body_of(shape, "message")
    extras = object_of(shape, "extras")
    click = text_of(object_of(extras, "client::notification"), "click", "url")
    yield text_of(shape, "click") or click
    yield text_of(shape, "attach")
    for action in list_of(shape, "actions"):
        yield join(text_of(action, "label"), text_of(action, "url"), by=": ")
