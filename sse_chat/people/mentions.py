"""Who is named in a text: @ and a name, a name without its accents, or one of its words. No I/O."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from sse_chat.author_ids import AuthorId
from sse_chat.events import Author
from sse_chat.folding import fold_case
from sse_chat.markdown.characters import SPACED
from sse_chat.markup import find_prose
from sse_chat.people.names import fold_name

MAX_MENTIONS = 50
# All who are here now.
HERE = "here"
# Of one text; what stands behind the marks after these is not looked at.
MAX_MARKS = 2 * MAX_MENTIONS
# Folding makes one character of some into several.
_MAX_FOLDED = 64
_KEPT_KEYS = 4096
_MAX_UNKNOWN = 5
_WORD = re.compile(SPACED)
_BETWEEN = re.compile(r"[\s._-]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_CALLED = re.compile(r"[^\s@]*\w")


class Names:
    """People by what they may be called; several may have one name, and all of them are meant."""

    def __init__(self, people: Iterable[Author] = ()) -> None:
        self._tables: tuple[dict[str, list[Author]], ...] = ({}, {}, {})
        # First character of a name without accents -> how long such names are at most.
        self._longest: dict[str, int] = {}
        self.add(people)

    def add(self, people: Iterable[Author]) -> None:
        for person in people:
            for table, keys in zip(self._tables, _keys_of(person.name), strict=True):
                for key in keys:
                    table.setdefault(key, []).append(person)
                    first = _plain(key)[:1]
                    self._longest[first] = max(len(key), self._longest.get(first, 0))

    def longest(self, first: str) -> int:
        """How many characters the names have at most that begin so; 0: there are none."""
        return self._longest.get(first, 0)

    def find(self, rank: int, key: str, plain: str) -> Sequence[Author]:
        """`rank` 0: by the whole name, 1: without its accents, 2: by one of its words."""
        return self._tables[rank].get(plain if rank else key, ())


# People are looked up anew for each text, and are the same ones mostly.
@lru_cache(maxsize=_KEPT_KEYS)
def _keys_of(name: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    folded = fold_name(name)
    plain = _plain(folded)
    words = frozenset(word for word in _BETWEEN.split(plain) if len(word) > 1)
    return frozenset({folded}), frozenset({plain}), words


def _plain(folded: str) -> str:
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", folded)))


@dataclass(slots=True)
class Named:
    """Whom a text names; `unknown`: what stands behind an @ and is nobody's name."""

    people: dict[AuthorId, Author] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    is_here: bool = False


def find_named(text: str, names: Sequence[Names]) -> Named:
    """At each of the first 100 @ the longest name counts; not in code, quotes, addresses, or after
    a backslash. At most 50 people."""
    folded = fold_case(find_prose(text))
    named = Named()
    for at in islice(_marks(folded), MAX_MARKS):
        if found := _longest(folded, at, names):
            named.people.update((each.author_id, each) for each in found[:MAX_MENTIONS])
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
    first = _plain(folded[at + 1 : at + 1 + _MAX_FOLDED])[:1]
    most = max((table.longest(first) for table in names), default=0)
    keys = [(key, _plain(key)) for key in _keys_at(folded, at, most)]
    for rank in range(3):
        for key, plain in reversed(keys):
            if found := [each for table in names for each in table.find(rank, key, plain)]:
                return found
    return []


def _keys_at(folded: str, at: int, most: int) -> Iterator[str]:
    """What may be a name of up to `most` characters; accents between them do not count."""
    last = min(len(folded), at + 1 + _MAX_FOLDED)
    for end in range(at + 2, last + 1):
        if not _ACCENTS.match(folded[end - 1]):
            most -= 1
        if most < 0:
            return
        if _ends_at(folded, at, end):
            yield folded[at + 1 : end]


def _ends_at(folded: str, at: int, end: int) -> bool:
    """Whether a word ends there: scripts without blanks end one anywhere."""
    after = folded[end : end + 1]
    return after != "@" and not (_WORD.match(after) and _WORD.match(folded[end - 1]))


def find_mentions(text: str, people: Iterable[Author]) -> tuple[AuthorId, ...]:
    """The author_ids, at most 50."""
    return tuple(find_named(text, [Names(people)]).people)[:MAX_MENTIONS]
