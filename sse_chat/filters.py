"""Filter: which entries a reader wants, by what they say, by whom, and for whom. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sse_chat.author_ids import AuthorId
from sse_chat.errors import Malformed
from sse_chat.events import Entry
from sse_chat.folding import fold_text
from sse_chat.ids import EntryId, parse_id
from sse_chat.kinds import KINDS

NAMES = ("contains", "author", "mentions", "reply_to", "kind")
_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """All that is given must hold; texts are folded. `mentions`: a name, and the author_ids that
    stand for it."""

    contains: str = ""
    author: str = ""
    mentions: str = ""
    mentioned_ids: frozenset[AuthorId] = frozenset()
    reply_to: EntryId | None = None
    kinds: frozenset[str] = frozenset()

    def matches(self, entry: Entry) -> bool:
        return (
            (not self.kinds or entry.kind in self.kinds)
            and (self.reply_to is None or entry.extra.reply_to == self.reply_to)
            and (not self.author or _fold(entry.author.name) == self.author)
            and (not self.contains or self.contains in _fold(entry.text))
            and (not self.mentions or self._is_mentioned(entry))
        )

    def _is_mentioned(self, entry: Entry) -> bool:
        if not self.mentioned_ids.isdisjoint(entry.extra.mentions):
            return True
        # Who is not in the room when a message names them is not among its `mentions`.
        folded, name = _fold(entry.text), f"@{self.mentions}"
        at = folded.find(name)
        while at >= 0:
            around = folded[max(at - 1, 0) : at], folded[at + len(name) : at + len(name) + 1]
            if not any(char.isalnum() or char == "_" for char in around):
                return True
            at = folded.find(name, at + 1)
        return False


# Each new entry is looked at by every reader that filters. A text of 4 KB may become one of 50 KB:
# U+FDFA, of three bytes, becomes 18 letters.
@lru_cache(maxsize=256)
def _fold(text: str) -> str:
    return fold_text(text)


def parse_filter(params: Mapping[str, str]) -> Filter | None:
    """None where nothing is filtered; `mentioned_ids` are the caller's to find.

    Raises Malformed.
    """
    if not any(name in params for name in NAMES):
        return None
    kinds = frozenset(params["kind"].split(",")) if "kind" in params else frozenset()
    if not kinds <= KINDS.keys():
        raise Malformed(f"kind={params['kind'][:40]!r}: allowed are {', '.join(KINDS)}")
    return Filter(
        contains=_words(params, "contains"),
        author=_words(params, "author"),
        mentions=_words(params, "mentions"),
        reply_to=parse_id(params["reply_to"]) if "reply_to" in params else None,
        kinds=kinds,
    )


def _words(params: Mapping[str, str], name: str) -> str:
    if name not in params:
        return ""
    value = params[name]
    folded = fold_text(value) if len(value) <= _MAX_CHARS else ""
    if not folded:
        raise Malformed(f"{name} is 1 to {_MAX_CHARS} characters")
    return folded
