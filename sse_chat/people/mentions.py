"""Who is named in a text: @name, a whole word, of somebody who is in the room. No I/O."""

from collections.abc import Iterable

from sse_chat.events import Author
from sse_chat.people.names import fold_name

_MOST = 20
_MOST_TRIES = 100


def find_mentions(text: str, people: Iterable[Author]) -> tuple[str, ...]:
    """The author_ids, at most 20; the longest name that fits at each @ counts."""
    folded = fold_name(text)
    names = sorted(((fold_name(each.name), each.author_id) for each in people), reverse=True)
    found: dict[str, None] = {}
    at, tries = folded.find("@"), 0
    # Each try looks at every name.
    while at >= 0 and len(found) < _MOST and tries < _MOST_TRIES:
        if at == 0 or not _is_of_a_word(folded[at - 1]):
            tries += 1
            for name, author_id in names:
                end = at + 1 + len(name)
                if folded.startswith(name, at + 1) and not _is_of_a_word(folded[end : end + 1]):
                    found[author_id] = None
                    break
        at = folded.find("@", at + 1)
    return tuple(found)


def _is_of_a_word(char: str) -> bool:
    return char.isalnum() or char == "_"
