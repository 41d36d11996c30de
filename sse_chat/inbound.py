"""From the bytes of a request's body to the text of a message. No I/O.

The web layer hands over the whole (bounded) body and its Content-Type; lines of a pipe are
split in `pipes`.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import python_multipart
from python_multipart.exceptions import FormParserError

from sse_chat.charsets import BYTE_ORDER_MARK, UTF8, charset_of, decode
from sse_chat.errors import BadKey, BadText, ChatError, Malformed, TooLarge, UnsupportedType
from sse_chat.forms import check_whole, join_pairs, parse_form, parse_form_or_text
from sse_chat.visible import is_visible

# As many as a urlencoded form may have.
_MAX_PARTS = 100
_KEY = re.compile(r"[\x20-\x7e]{1,255}", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Posted:
    """What a body said: the text as it will be kept, the key where one was given."""

    text: str
    key: str | None = None
    reply_to: str | None = None
    update_key: str | None = None


def check_text(text: str, max_bytes: int) -> str:
    """The text as it is kept (LF for every line end); raises BadText or TooLarge."""
    if "\0" in text:
        raise BadText("text has a NUL character; send text without it")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as exc:
        raise BadText("text has a lone surrogate, which is not Unicode text") from exc
    if size > max_bytes:
        raise TooLarge(f"text is {size:,} bytes; the limit is {max_bytes:,}: split it")
    if not is_visible(text):
        raise BadText("text is blank; send at least one visible character, as in curl -d 'hello' …")
    return text


def check_key(key: str | None, what: str = "an idempotency key") -> str | None:
    if key is not None and not _KEY.fullmatch(key):
        raise BadKey(f"{what} is 1 to 255 printable ASCII characters; a UUID will do")
    return key


# Clients send the same few over and over.
@lru_cache(maxsize=64)
def parse_content_type(header: str | None) -> tuple[str, dict[str, str]]:
    """('text/plain', {'charset': 'utf-8'}), in lower case but for the values; '' for none."""
    main, *rest = (header or "").split(";")
    params: dict[str, str] = {}
    for part in rest:
        name, _, value = part.partition("=")
        params[name.strip().lower()] = value.strip().strip('"')
    return main.strip().lower(), params


def parse_body(body: bytes, content_type: str | None, *, text_field: str = "text") -> Posted:
    """Text and key as sent, not yet checked against the limits.

    Raises Malformed, BadText or UnsupportedType.
    """
    kind, params = parse_content_type(content_type)
    parse = _BODY_PARSERS.get(kind)
    if parse is None:
        raise UnsupportedType(
            f"{kind[:60]!r} is not supported; send application/json, text/plain, "
            "application/x-www-form-urlencoded or multipart/form-data"
        )
    posted = parse(body, params, text_field)
    if posted.text.startswith(BYTE_ORDER_MARK):
        return replace(posted, text=posted.text.lstrip(BYTE_ORDER_MARK))
    return posted


def _parse_raw(body: bytes, params: dict[str, str], text_field: str) -> Posted:
    return _without_line_end(decode(body, charset_of(params)))


def _without_line_end(text: str) -> Posted:
    for line_end in ("\r\n", "\n", "\r"):
        if text.endswith(line_end):
            return Posted(text.removesuffix(line_end))
    return Posted(text)


def parse_json(
    body: bytes,
    charset: str = UTF8,
    *,
    what: str = "the body",
    example: str = "",
    may_repeat: bool = False,
) -> Any:
    """What the body says; raises Malformed, BadText. `example`: how it should look.

    `may_repeat`: a member that is there twice counts as it is there last.
    """
    try:
        payload = (_decode_any_json if may_repeat else _decode_json)(decode(body, charset))
        # Only an escape can bring one in, and nothing behind this can encode it.
        if b"\\u" in body and _SURROGATE.search(json.dumps(payload, ensure_ascii=False)):
            raise BadText("the JSON has a lone surrogate, which is not Unicode text")
        return payload
    except RecursionError as exc:
        raise Malformed("the JSON is nested too deeply") from exc
    except ValueError as exc:
        advice = f"; send it as in {example}" if example else ""
        raise Malformed(f"{what} is not valid JSON: {exc}{advice}") from exc


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    payload = dict(pairs)
    if len(payload) != len(pairs):
        for name, value in pairs:
            if payload[name] != value:
                raise Malformed(
                    f"the member {name[:40]!r} is there twice, with different values; send it once"
                )
    return payload


# json.loads would make a decoder for each text.
_decode_any_json = json.JSONDecoder(parse_constant=_refuse_constant).decode
_decode_json = json.JSONDecoder(
    parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated
).decode


def text_of_json(payload: Any, text_field: str = "text") -> Posted:
    """From an object with the text as a member."""
    if not isinstance(payload, dict):
        raise Malformed(
            f'the JSON must be an object: {{"{text_field}": "…"}}; '
            "POST /chat/ROOM/batch takes many, one a line"
        )
    text, key = payload.get(text_field), payload.get("key")
    if not isinstance(text, str):
        raise Malformed(
            f'the JSON needs the member "{text_field}", a string, '
            f"as in {_example(text_field)}{_it_has(payload, text_field)}"
        )
    if key is not None and not isinstance(key, str):
        raise BadKey('the member "key" must be a string')
    reply_to = payload.get("reply_to")
    if reply_to is not None and not isinstance(reply_to, str):
        raise Malformed('the member "reply_to" must be the id of a message')
    update_key = payload.get("update_key")
    if update_key is not None and not isinstance(update_key, str):
        raise BadKey('the member "update_key" must be a string')
    return Posted(text, key, reply_to, update_key)


def _it_has(fields: Iterable[object], text_field: str) -> str:
    names = [str(name)[:20] for name in fields if name != text_field][:5]
    return f"; it has {', '.join(names)}" if names else ""


def text_of_line(line: bytes) -> Posted:
    """From a line of NDJSON: a string, or an object with the text as a member."""
    payload = parse_json(line, what="the line", example=_example("text"))
    if not isinstance(payload, str | dict):
        raise Malformed(
            f"the line must be a JSON string or an object, as in {_example('text')}; "
            "each message has a line of its own"
        )
    return Posted(payload) if isinstance(payload, str) else text_of_json(payload)


def _example(text_field: str) -> str:
    return f'{{"{text_field}": "hello"}}'


def _parse_json_body(body: bytes, params: dict[str, str], text_field: str) -> Posted:
    payload = parse_json(body, charset_of(params), example=_example(text_field))
    return text_of_json(payload, text_field)


def _parse_urlencoded(body: bytes, params: dict[str, str], text_field: str) -> Posted:
    charset = charset_of(params)
    if text_field != "text":
        check_whole(body, (*_FIELDS, text_field, "room"), text_field)
        return _posted_of_fields(parse_form(body, charset), text_field)
    body = body.removeprefix(codecs.BOM_UTF8)
    found = parse_form_or_text(body, charset, known=_FIELDS)
    if isinstance(found, str):
        _refuse_undeclared_json(found)
        return _without_line_end(found)
    return _posted_of_fields(found, text_field)


# What a form of a post may have.
_FIELDS = ("text", "key", "reply_to", "update_key", "payload")


def _refuse_undeclared_json(text: str) -> None:
    """`curl -d '{"text": "hi"}'`: either reading of it would surprise somebody."""
    if not text.lstrip().startswith("{"):
        return
    try:
        text_of_json(parse_json(text.encode()))
    except ChatError:
        return
    raise Malformed(
        "this is JSON, sent as a form. To post its text, add: -H 'Content-Type: application/json'; "
        "to post it as it is, add: -H 'Content-Type: text/plain'"
    )


def _posted_of_fields(fields: dict[str, str], text_field: str) -> Posted:
    if text_field not in fields and "payload" in fields:
        # As Slack's senders do.
        body = fields["payload"].encode()
        payload = parse_json(body, what="payload", example=_example(text_field))
        return text_of_json(payload, text_field)
    if text_field not in fields:
        raise Malformed(f"the form needs the field {text_field!r}{_it_has(fields, text_field)}")
    reply_to = fields.get("reply_to") or None
    return Posted(fields[text_field], fields.get("key"), reply_to, fields.get("update_key"))


def parse_multipart(body: bytes, params: dict[str, str]) -> dict[str, str]:
    """The fields of a multipart form; a file's content counts as its field's value."""
    return join_pairs(parse_multipart_pairs(body, params))


def parse_multipart_pairs(body: bytes, params: dict[str, str]) -> list[tuple[str, str]]:
    """The fields in their order, one that is there more than once as often as it is."""
    pairs: list[tuple[str, str]] = []

    def count_part() -> None:
        if len(pairs) >= _MAX_PARTS:
            raise Malformed(f"the form has more than {_MAX_PARTS} fields")

    def on_field(field: Any) -> None:
        count_part()
        pairs.append((decode(field.field_name or b""), decode(field.value or b"")))

    def on_file(file: Any) -> None:
        count_part()
        file.file_object.seek(0)
        pairs.append((decode(file.field_name or b""), decode(file.file_object.read())))
        file.close()

    boundary = params.get("boundary", "").encode()
    if not boundary:
        raise Malformed("multipart/form-data needs a boundary")
    try:
        parser = python_multipart.FormParser(
            "multipart/form-data", on_field, on_file, boundary=boundary
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as exc:
        raise Malformed(f"the multipart form cannot be read: {exc}") from exc
    return pairs


def _parse_multipart_body(body: bytes, params: dict[str, str], text_field: str) -> Posted:
    fields = join_pairs(parse_multipart_pairs(body, params), {*_FIELDS, text_field})
    return _posted_of_fields(fields, text_field)


_BODY_PARSERS: dict[str, Callable[[bytes, dict[str, str], str], Posted]] = {
    "": _parse_raw,
    "text/plain": _parse_raw,
    "application/json": _parse_json_body,
    "application/x-www-form-urlencoded": _parse_urlencoded,
    "multipart/form-data": _parse_multipart_body,
}
