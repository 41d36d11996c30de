"""Questions: a message with choices, and the one answer that counts. Values only, no I/O."""

from dataclasses import dataclass
from typing import Any

from sse_chat.author_ids import NOBODY, AuthorId
from sse_chat.ids import format_ms


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who may answer, by name; `author_id` of the account that had the name when it was asked,
    "" where none had."""

    name: str
    author_id: AuthorId = NOBODY


@dataclass(frozen=True, slots=True)
class Ask:
    """`who` empty: all who may post."""

    choices: tuple[str, ...]
    until_ms: int
    who: tuple[Answerer, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "choices": list(self.choices),
            "who": [person.name for person in self.who],
            "until": format_ms(self.until_ms),
        }

    def to_record(self) -> dict[str, Any]:
        who = [[person.name, person.author_id] for person in self.who]
        return {"choices": list(self.choices), "until_ms": self.until_ms, "who": who}

    @staticmethod
    def of_record(record: dict[str, Any]) -> "Ask":
        who = tuple(Answerer(name, AuthorId(who)) for name, who in record["who"])
        return Ask(tuple(record["choices"]), record["until_ms"], who)


@dataclass(frozen=True, slots=True)
class Answer:
    """`choice` "": the asker took the question back."""

    choice: str
    author: str
    author_id: AuthorId
    at_ms: int

    def as_json(self) -> dict[str, Any] | None:
        """None for a question that was taken back: it has no answer."""
        if not self.choice:
            return None
        return {
            "choice": self.choice,
            "author": self.author,
            "author_id": self.author_id,
            "at": format_ms(self.at_ms),
        }


def state_of(ask: Ask, answer: Answer | None, now_ms: int) -> str:
    """`open`, `answered`, or `expired`: too late, or taken back."""
    if answer is not None:
        return "answered" if answer.choice else "expired"
    return "open" if now_ms <= ask.until_ms else "expired"
