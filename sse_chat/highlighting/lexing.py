"""Code to spans, by Pygments. It runs in a process of its own: see `highlighter`."""

from typing import Any

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Literal, Name, Number, Operator, String
from pygments.util import ClassNotFound

# What it is, or "" for nothing special, and how many UTF-16 code units it is long.
Span = tuple[str, int]
# Pygments has no types.
Token = Any

_MAX_SPANS = 4000
# The first that fits counts.
_KINDS: tuple[tuple[Token, str], ...] = (
    (Comment.Preproc, "keyword"),
    (Comment.PreprocFile, "string"),
    (Comment, "comment"),
    (Keyword.Type, "type"),
    (Keyword.Constant, "number"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (String, "string"),
    (Number, "number"),
    (Literal, "number"),
    (Name.Builtin.Pseudo, "number"),
    (Name.Builtin, "type"),
    (Name.Class, "type"),
    (Name.Exception, "type"),
    (Name.Function, "function"),
    (Name.Decorator, "function"),
    (Name.Tag, "function"),
    (Name.Attribute, "attribute"),
    (Name.Variable, "attribute"),
    (Generic.Deleted, "deleted"),
    (Generic.Inserted, "inserted"),
    (Generic.Heading, "function"),
    (Generic.Subheading, "function"),
    (Generic.Prompt, "comment"),
)


def find_spans(language: str, code: str) -> list[Span] | None:
    """All of the code in order, or its beginning where it has too many; None for a language that
    is not known, and for code of which nothing is special."""
    try:
        lexer: Lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return None
    spans: list[Span] = []
    at = 0
    # Not `get_tokens`, which first takes blank lines off and turns tabs into blanks.
    for index, token, value in lexer.get_tokens_unprocessed(code):
        # A lexer may go back, or leave something out.
        if index < at or not value:
            continue
        _add(spans, "", code[at:index])
        _add(spans, _kind_of(token), value)
        at = index + len(value)
        if len(spans) >= _MAX_SPANS:
            break
    return spans if any(kind for kind, _ in spans) else None


def _add(spans: list[Span], kind: str, text: str) -> None:
    if not text:
        return
    length = len(text) + sum(char > "\uffff" for char in text)
    # Blanks have no colour: what is on both sides of them is one.
    if spans and (spans[-1][0] == kind or text.isspace()):
        spans[-1] = (spans[-1][0], spans[-1][1] + length)
    else:
        spans.append(("" if text.isspace() else kind, length))


def _kind_of(token: Token) -> str:
    return next((kind for ancestor, kind in _KINDS if token in ancestor), "")
