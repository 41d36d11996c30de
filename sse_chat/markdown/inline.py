"""Marks within a line: code, links, bold, italics, strikethrough. No I/O.

Two passes. The first finds what is read as it stands (code, addresses, links, escaped marks) and
leaves one NUL for each, which no text has; the second finds emphasis in what remains. No pattern
looks twice over what lies between two marks, so the time grows with the length alone.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sse_chat.markdown import addresses
from sse_chat.markdown.addresses import ADDRESS, TARGET
from sse_chat.markdown.characters import CLOSING, OPENING, SPACED

# Where a single mark may open and close: 2*3*4, snake_case, .*x.* and /*x*/ are none.
_OPENS = rf"(?<!\\)(?:^|(?<=[\s\0{OPENING}]))"
# x.y and a::b go on after their dot or colons; what is set to a value is a name.
_CLOSES = rf"(?=[\s\0{CLOSING}]|$)(?![.:]+{SPACED}|::|[ \t]?=)"

_ATOM = re.compile(
    rf"""
    (?<![`\\=$])(?<!{SPACED})
      (?: (?P<code3>```(?!`)(?:[^`]|`{{1,2}}(?!`))+```)
        | (?P<code2>``(?!`)(?:[^`\n]|`(?!`))+``)
        | (?P<code1>`[^`\n]+`)
      )(?!`)(?!{SPACED})
    | (?P<escaped>{_OPENS}(?P<mark>(?:\\[*_~`]){{1,3}})
        (?=[^\s\\/])[^\n]{{1,200}}?(?<=[^\s\\/])(?P=mark)(?!\\){_CLOSES})
    | (?<![!\]\\])(?<!{SPACED})\[(?P<label>[^\[\]\n]{{1,400}})\]\((?P<target>{TARGET})\)
    | <(?P<bracketed>{TARGET})>
    | (?P<address>{ADDRESS})
    """,
    re.X | re.M,
)

_FIRST = r"(?![\s.,;:!?=)\]}/])(?!(?<=\d [*_])\d)"
_LAST = r"(?<![\s(\[{=,/])"


def _single(mark: str, name: str) -> str:
    return rf"{_OPENS}{mark}{_FIRST}(?P<{name}>[^{mark}\n]+){_LAST}{mark}{_CLOSES}"


def _double(mark: str, name: str) -> str:
    """Also between letters where there are no blanks."""
    opens = rf"(?<![{mark}\\])(?<!{SPACED}){mark}{mark}(?![\s{mark}/])"
    closes = rf"(?<![\s\\/]){mark}{mark}(?!{mark})(?!{SPACED})"
    # __init__ is a name.
    but = r"(?![A-Za-z0-9_.]+__)" if mark == "_" else ""
    return rf"{opens}{but}(?P<{name}>(?:[^{mark}\n]|{mark}(?!{mark}))+){closes}"


_EMPHASIS = re.compile(
    "|".join(
        [
            rf"{_OPENS}\*\*\*(?!\s)(?P<both>[^*\n]+)(?<!\s)\*\*\*{_CLOSES}",
            _double(r"\*", "strong"),
            _double("_", "under"),
            _double("~", "strike"),
            _single(r"\*", "star"),
            _single("_", "line"),
        ]
    )
)
# `bank.example`, which must not lead elsewhere.
_HOST = re.compile(r"\s*[^\W_](?:[\w-]*\.)+[^\W\d_]{2,}(?:[/:?#]\S*)?\s*\Z")
# In these, stars stand for names of files. Some are words of other languages, too: what follows
# those must be an option or the path of a file.
_COMMAND = re.compile(
    r"[ \t]*(?:\$|(?:sudo[ ])?(?:ls|ll|rm|cp|mv|grep|egrep|rg|chmod|chown|tar|scp|rsync|pytest"
    r"|git[ ](?:add|rm|mv|diff|checkout|restore)|find[ ][-./~]\S*|xcopy"
    r"|(?:du|del|dir|copy)[ ](?:[-/~]|\S*[\w*:][\\/.]\w)\S*))[ ]"
)
_TAGS = {
    "both": ("strong", "em"), "strong": ("strong",), "under": ("strong",), "strike": ("s",),
    "star": ("em",), "line": ("em",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Atom:
    """A part of a text that is read as it stands: where, and its HTML."""

    start: int
    end: int
    html: str
    is_prose: bool = False


def render_inline(text: str) -> str:
    """HTML of one block's text, in which only \\n breaks lines."""
    return _render(text, list(find_atoms(text)))


def find_atoms(text: str) -> Iterator[Atom]:
    for match in _ATOM.finditer(text):
        kind = match.lastgroup or ""
        start, found = match.start(), match[0]
        if kind in ("code1", "code2", "code3"):
            yield Atom(start, match.end(), _code(found, int(kind[-1])))
        elif kind == "escaped":
            yield Atom(start, match.end(), _escape(re.sub(r"\\([*_~`])", r"\1", found)))
        elif kind == "target":
            yield from _labelled(match)
        elif kind == "bracketed":
            address = match["bracketed"]
            yield Atom(start, match.end(), addresses.link(address, html.escape(address)))
        elif address := addresses.trim(found):
            yield Atom(start, start + len(address), addresses.link(address, html.escape(address)))


def _labelled(match: re.Match[str]) -> Iterator[Atom]:
    """[label](target), unless the label shows nothing or names another address."""
    label, target = match["label"], match["target"]
    parts = list(find_atoms(label))
    is_other = _HOST.match(label) and _letters(label) not in _letters(target)
    if label.strip() and not is_other and not any("<a " in part.html for part in parts):
        linked = addresses.link(target, _render(label, parts))
        yield Atom(match.start(), match.end(), linked, is_prose=True)
        return
    for part in find_atoms(f"{label} {target}"):
        moved = match.start() + 1 if part.end <= len(label) else match.start() + 2
        yield Atom(part.start + moved, part.end + moved, part.html)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())


def _render(text: str, atoms: list[Atom]) -> str:
    masked, at = [], 0
    for atom in atoms:
        masked += [text[at : atom.start], "\0"]
        at = atom.end
    masked.append(text[at:])
    parts = iter(atoms)
    lines = map(_emphasize_line, "".join(masked).split("\n"))
    return re.sub("\0", lambda _: next(parts).html, "<br>\n".join(lines))


def _emphasize_line(line: str) -> str:
    return _escape(line) if _COMMAND.match(line) else _emphasize(line)


def _emphasize(text: str) -> str:
    done, at = [], 0
    for match in _EMPHASIS.finditer(text):
        kind = match.lastgroup or ""
        if not _is_meant(kind, match[kind]):
            continue
        inner = _emphasize(match[kind])
        for tag in reversed(_TAGS[kind]):
            inner = f"<{tag}>{inner}</{tag}>"
        done += [_escape(text[at : match.start()]), inner]
        at = match.end()
    return "".join([*done, _escape(text[at:])])


def _is_meant(kind: str, words: str) -> bool:
    """Faces and halves of a formula are no words."""
    if kind in ("star", "line") and not any(word.isalnum() or word == "\0" for word in words):
        return False
    return all(words.count(opener) == words.count(closer) for opener, closer in ("()", "[]", "{}"))


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


def _code(found: str, fence: int) -> str:
    text = found[fence:-fence]
    # `` `a` `` is how a mark at the edge is written.
    if text.startswith(" ") and text.endswith(" ") and text.strip():
        text = text[1:-1]
    return f"<code>{_escape(text)}</code>"
