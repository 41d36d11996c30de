"""Urlencoded bodies: whether one is a form, its fields, and the text that it is otherwise. No I/O.

`curl -d 'hello world'` says urlencoded and means the words themselves, so the body decides.
"""

import codecs
import re
import urllib.parse
from collections.abc import Collection, Iterable

from sse_chat.charsets import UTF8, decode
from sse_chat.errors import BadText, Malformed

# Source: https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set
_STRICT = re.compile(rb"(?:[A-Za-z0-9*\-._+&=]|%[0-9A-Fa-f]{2})*")
_MAX_FIELDS = 100


def parse_form(
    body: bytes, charset: str = UTF8, known: Collection[str] | None = None
) -> dict[str, str]:
    """The fields of an urlencoded form; raises Malformed, BadText."""
    return join_pairs(parse_pairs(body, charset), known)


def join_pairs(
    pairs: Iterable[tuple[str, str]], known: Collection[str] | None = None
) -> dict[str, str]:
    """Raises Malformed where a field that is known has two values: one would be lost."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        is_ours = known is None or name in known
        if fields.setdefault(name, value) != value and is_ours:
            raise Malformed(f"the field {name[:40]!r} is there twice; send it once")
    return fields


def parse_pairs(body: bytes, charset: str = UTF8) -> list[tuple[str, str]]:
    """The fields in their order, one that is there more than once as often as it is."""
    try:
        return urllib.parse.parse_qsl(
            decode(body, charset),
            keep_blank_values=True,
            errors="strict",
            encoding=charset,
            max_num_fields=_MAX_FIELDS,
        )
    except UnicodeDecodeError as exc:
        raise BadText(f"a form field is not valid {charset.upper()}") from exc
    except ValueError as exc:
        raise Malformed(f"the form cannot be read: {exc}") from exc


def parse_form_or_text(
    body: bytes, charset: str, *, known: Collection[str], text_field: str = "text"
) -> dict[str, str] | str:
    """The fields, where it is a form, else the text as it was sent; raises Malformed, BadText.

    It is a form when it begins with a field that is known, or when all of it is strictly
    form-encoded and has the text's field. Strictly encoded, without a field and with an escape,
    it is a text that was escaped (`curl --data-urlencode 'a & b'`).
    """
    is_strict = _STRICT.fullmatch(body) is not None
    names = _names_of(body)
    if names[0] in known or (is_strict and text_field in names):
        _check_names(names, known, text_field, is_strict=is_strict)
        return parse_form(body, charset, {*known, text_field})
    if is_strict and b"=" not in body and b"%" in body:
        return _unescape(body, charset)
    return decode(body, charset)


def find_fields(body: bytes, charset: str, names: Collection[str]) -> dict[str, str] | None:
    """The fields of what is strictly form-encoded and has one of these, else None."""
    found = _names_of(body)
    if _STRICT.fullmatch(body) is None or None in found or set(names).isdisjoint(found):
        return None
    return dict(reversed(parse_pairs(body, charset)))


def check_whole(body: bytes, known: Collection[str], text_field: str = "text") -> None:
    """Raises Malformed where a piece of the form may be a part of a field before it."""
    body = body.removeprefix(codecs.BOM_UTF8)
    is_strict = _STRICT.fullmatch(body) is not None
    if b"&" in body:
        _check_names(_names_of(body), known, text_field, is_strict=is_strict)


def _names_of(body: bytes) -> list[str | None]:
    """The name of each piece, None for one without `=`; of empty pieces only the first counts."""
    pieces = body.split(b"&", _MAX_FIELDS)
    return [
        urllib.parse.unquote_plus(piece.partition(b"=")[0].decode(errors="replace"))
        if b"=" in piece
        else None
        for number, piece in enumerate(pieces)
        if piece or number == 0
    ]


def _check_names(
    names: list[str | None], known: Collection[str], text_field: str, *, is_strict: bool
) -> None:
    """No piece may be one that the sender took for a part of the text: it would be lost."""
    for name in names:
        if name is None or (not is_strict and name not in known):
            raise Malformed(
                "the form has a & that is not escaped, so that a part of the text would be lost; "
                f"escape it: curl --data-urlencode '{text_field}=this & that'"
            )


def _unescape(body: bytes, charset: str) -> str:
    try:
        return urllib.parse.unquote_plus(body.decode(), encoding=charset, errors="strict")
    except UnicodeDecodeError as exc:
        raise BadText(f"the escapes are not valid {charset.upper()}; send UTF-8") from exc
