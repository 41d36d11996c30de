"""Charsets: which ones a body may declare, and how its bytes become text. No I/O."""

import codecs
import re
from collections.abc import Mapping

from sse_chat.errors import BadText, Malformed

BYTE_ORDER_MARK = "\ufeff"
UTF8 = "utf-8"
_LABEL = re.compile(r"[A-Za-z0-9._:-]{1,40}", re.ASCII)
# By the names of Python's codecs. Not every codec is here: some are no charsets, and some take
# time that grows with the square of the text (punycode, idna).
_KNOWN = frozenset(
    {
        "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le",
        "utf-32-be", "ascii", "cp437", "cp850", "cp852", "cp858", "cp866", "cp874", "cp932",
        "cp949", "cp950", "koi8-r", "koi8-u", "mac-roman", "shift_jis", "euc_jp", "iso2022_jp",
        "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "euc_kr",
        *(f"cp{number}" for number in range(1250, 1259)),
        *(f"iso8859-{number}" for number in range(1, 17)),
    }
)  # fmt: skip
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def charset_of(params: Mapping[str, str]) -> str:
    """The codec's name of what a Content-Type declares, UTF-8 by default; raises Malformed."""
    label = params.get("charset")
    if label is None:
        return UTF8
    try:
        name = codecs.lookup(label).name if _LABEL.fullmatch(label) else ""
    except LookupError:
        name = ""
    if name not in _KNOWN:
        raise Malformed(
            f"the charset {label[:40]!r} is not supported; send UTF-8, or one such as "
            "windows-1252, iso-8859-1, utf-16, shift_jis or gb18030"
        )
    # With the mark or without, it is dropped alike.
    return UTF8 if name == "utf-8-sig" else name


def decode(body: bytes, charset: str = UTF8) -> str:
    """Without a leading byte order mark; raises BadText, saying how to send it right."""
    return decode_part(body, charset).removeprefix(BYTE_ORDER_MARK)


def decode_part(body: bytes, charset: str = UTF8) -> str:
    """Of what does not stand at the beginning, where a byte order mark is a part of the text."""
    try:
        return body.decode(charset)
    except UnicodeDecodeError as exc:
        raise BadText(_advice(body, charset, exc.start)) from exc


def _advice(body: bytes, charset: str, at: int) -> str:
    problem = f"text is not valid {charset.upper()} (byte {at})"
    if charset == UTF8 and body.startswith(_UTF16_MARKS):
        return (
            f"{problem}; it looks like UTF-16: declare it, Content-Type: text/plain; charset=utf-16"
        )
    return f"{problem}; send UTF-8, or declare it, Content-Type: text/plain; charset=windows-1252"


class ToUtf8:
    """Bytes of a charset, in pieces as they arrive, into UTF-8 without its byte order mark.

    UTF-8 itself passes as it is: whoever splits it into lines says which line is not valid.
    """

    def __init__(self, charset: str = UTF8) -> None:
        self._charset = charset
        self._decoder = None if charset == UTF8 else codecs.getincrementaldecoder(charset)()
        self._head: bytes | None = b""

    def feed(self, chunk: bytes, *, is_last: bool = False) -> tuple[bytes, str]:
        """As much as is valid, and what is wrong with what follows it, "" for nothing."""
        problem = ""
        if self._decoder is not None:
            try:
                chunk = self._decoder.decode(chunk, is_last).encode()
            except UnicodeDecodeError as exc:
                problem = f"not valid {self._charset.upper()}"
                chunk = exc.object[: exc.start].decode(self._charset, errors="ignore").encode()
        return self._without_mark(chunk, is_last=is_last or bool(problem)), problem

    def _without_mark(self, chunk: bytes, *, is_last: bool) -> bytes:
        if self._head is None:
            return chunk
        head = self._head + chunk
        if not is_last and head != codecs.BOM_UTF8 and codecs.BOM_UTF8.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(codecs.BOM_UTF8)
