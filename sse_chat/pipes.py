"""From the chunks of a piped body to lines of text. No I/O."""

from collections.abc import Iterator

from sse_chat.charsets import UTF8, ToUtf8, decode_part
from sse_chat.errors import BadLine, ChatError, TooLarge
from sse_chat.inbound import check_text, text_of_line
from sse_chat.visible import is_visible

# JSON may need six bytes for one of the text, and a little around it.
MAX_JSON_LINE_BYTES = 65_536


class TextLines:
    """Every line is a message, blank ones are skipped, long ones are split.

    `feed` takes bytes as they arrive and gives the texts that they complete, `finish` gives
    what had no line end. Never holds much more than one line of the limit. Raises BadLine.
    """

    def __init__(self, max_text_bytes: int, charset: str = UTF8) -> None:
        self._max_text_bytes = max_text_bytes
        self._to_utf8 = ToUtf8(charset)
        self._rest = b""
        self._number = 1

    @property
    def buffered_bytes(self) -> int:
        """Of a line whose end has not come."""
        return len(self._rest)

    def feed(self, chunk: bytes, *, is_last: bool = False) -> Iterator[str]:
        chunk, problem = self._to_utf8.feed(chunk, is_last=is_last)
        yield from self._take(chunk)
        if problem:
            raise BadLine(f"line {self._number}: {problem}")

    def finish(self) -> Iterator[str]:
        yield from self.feed(b"", is_last=True)
        yield from self._texts(self._rest)

    def _take(self, chunk: bytes) -> Iterator[str]:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for line in whole:
            yield from self._texts(line.removesuffix(b"\r"))
            self._number += 1
        while len(self._rest) > self._max_text_bytes:
            head, self._rest = split_utf8(self._rest, self._max_text_bytes)
            yield from self._texts(head)

    def _texts(self, line: bytes) -> Iterator[str]:
        while line:
            head, line = split_utf8(line, self._max_text_bytes)
            try:
                text = decode_part(head)
                if is_visible(text):
                    yield check_text(text, self._max_text_bytes)
            except ChatError as exc:
                raise BadLine(f"line {self._number}: {exc.detail}") from exc


class JsonLines(TextLines):
    """NDJSON: a line is a JSON string, or an object with `text`."""

    def _take(self, chunk: bytes) -> Iterator[str]:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for line in whole:
            yield from self._texts(line)
            self._number += 1
        if len(self._rest) > MAX_JSON_LINE_BYTES:
            raise BadLine(f"line {self._number}: over {MAX_JSON_LINE_BYTES:,} bytes of JSON")

    def _texts(self, line: bytes) -> Iterator[str]:
        if line.strip():
            yield from super()._texts(self._text_of(line))

    def _text_of(self, line: bytes) -> bytes:
        try:
            if len(line) > MAX_JSON_LINE_BYTES:
                raise TooLarge(f"over {MAX_JSON_LINE_BYTES:,} bytes of JSON")
            return text_of_line(line).text.encode()
        except ChatError as exc:
            raise BadLine(f"line {self._number}: {exc.detail}") from exc


def split_utf8(raw: bytes, max_bytes: int) -> tuple[bytes, bytes]:
    """Cut at most `max_bytes` off the front, inside a character only if it is no UTF-8."""
    if len(raw) <= max_bytes:
        return raw, b""
    at = max_bytes
    # 10xxxxxx continues a character; a character has at most three of them.
    while at > max_bytes - 4 and at > 1 and raw[at] & 0xC0 == 0x80:
        at -= 1
    return raw[:at], raw[at:]
