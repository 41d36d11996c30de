"""Who is named in a text: @ and a name, a name without its accents, or one of its words. No I/O."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sse_chat.events import Author
from sse_chat.folding import fold_case
from sse_chat.markdown.characters import SPACED
from sse_chat.markup import find_prose
from sse_chat.people.names import fold_name

MAX_MENTIONS = 50
# All who are here now.
HERE = "here"
# Folding makes one character of some into several.
_MAX_FOLDED = 64
_MAX_UNKNOWN = 5
_WORD = re.compile(SPACED)
_BETWEEN = re.compile(r"[\s._-]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_CALLED = re.compile(r"[^\s@]*\w")


class Names:
    """People by what they may be called; several may have one name, and all of them are meant."""

    def __init__(self, people: Iterable[Author] = ()) -> None:
        self._tables: tuple[dict[str, list[Author]], ...] = ({}, {}, {})
        for each in people:
            for table, keys in zip(self._tables, _keys_of(each.name), strict=True):
                for key in keys:
                    table.setdefault(key, []).append(each)

    def find(self, rank: int, key: str) -> Sequence[Author]:
        """`rank` 0: by the whole name, 1: without its accents, 2: by one of its words."""
        return self._tables[rank].get(key if rank == 0 else _plain(key), ())


def _keys_of(name: str) -> tuple[set[str], set[str], set[str]]:
    folded = fold_name(name)
    words = {word for word in _BETWEEN.split(_plain(folded)) if len(word) > 1}
    return {folded}, {_plain(folded)}, words


def _plain(folded: str) -> str:
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", folded)))


@dataclass(slots=True)
class Named:
    """Whom a text names; `unknown`: what stands behind an @ and is nobody's name."""

    people: dict[str, Author] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    is_here: bool = False


def find_named(text: str, names: Sequence[Names]) -> Named:
    """At each @ the longest name counts; not in code, addresses, or after a backslash."""
    folded = fold_case(find_prose(text))
    named = Named()
    for at in _marks(folded):
        if found := _longest(folded, at, names):
            named.people.update((each.author_id, each) for each in found)
        elif _ends_at(folded, at, at + 1 + len(HERE)) and folded.startswith(HERE, at + 1):
            named.is_here = True
        elif called := _CALLED.match(folded, at + 1):
            named.unknown.append(called[0][:_MAX_FOLDED])
        if len(named.people) >= MAX_MENTIONS:
            break
    named.unknown = named.unknown[:_MAX_UNKNOWN]
    return named


def _marks(folded: str) -> Iterator[int]:
    """Where an @ begins a mention: not within a word, a path or a second @."""
    at = folded.find("@")
    while at >= 0:
        before = folded[at - 1 : at]
        if not (_WORD.match(before) or (before in ("\\", "/", "@") and before)):
            yield at
        at = folded.find("@", at + 1)


def _longest(folded: str, at: int, names: Sequence[Names]) -> list[Author]:
    last = min(len(folded), at + 1 + _MAX_FOLDED)
    ends = [end for end in range(last, at + 1, -1) if _ends_at(folded, at, end)]
    for rank in range(3):
        for end in ends:
            key = folded[at + 1 : end]
            if found := [each for table in names for each in table.find(rank, key)]:
                return found
    return []


def _ends_at(folded: str, at: int, end: int) -> bool:
    """Whether a word ends there: scripts without blanks end one anywhere."""
    after = folded[end : end + 1]
    return after != "@" and not (_WORD.match(after) and _WORD.match(folded[end - 1]))


def find_mentions(text: str, people: Iterable[Author]) -> tuple[str, ...]:
    """The author_ids, at most 50."""
    return tuple(find_named(text, [Names(people)]).people)[:MAX_MENTIONS]
