"""What few entries have: what they answer, whom they name, a quote, reactions. Values only."""

from dataclasses import dataclass
from typing import Any

from sse_chat.author_ids import AuthorId
from sse_chat.ids import EntryId
from sse_chat.questions import Ask


@dataclass(frozen=True, slots=True)
class Extra:
    """What few events have: the message that this answers, who is named in it, a taken-back
    reaction, a question, a message whose sender went away before its end."""

    reply_to: EntryId | None = None
    mentions: tuple[AuthorId, ...] = ()
    removed: bool = False
    ask: Ask | None = None
    unfinished: bool = False

    def as_json(self, *, is_undoable: bool) -> dict[str, Any]:
        payload: dict[str, Any] = {}
        if self.reply_to is not None:
            payload["reply_to"] = str(self.reply_to)
        if self.mentions:
            payload["mentions"] = list(self.mentions)
        if is_undoable:
            payload["removed"] = self.removed
        if self.unfinished:
            payload["unfinished"] = True
        return payload


NOTHING_MORE = Extra()


@dataclass(frozen=True, slots=True)
class Reaction:
    """One emoji under a message, how many gave it, and who was first: `authors` and `author_ids`
    go together."""

    emoji: str
    count: int
    authors: tuple[str, ...]
    author_ids: tuple[AuthorId, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "emoji": self.emoji,
            "count": self.count,
            "authors": list(self.authors),
            "author_ids": list(self.author_ids),
        }


@dataclass(frozen=True, slots=True)
class Quote:
    """The beginning of the message that a reply answers."""

    author: str
    text: str
