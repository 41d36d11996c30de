"""From a body to a text: whatever comes in, it is a text that may be kept or a ChatError."""

import json
import urllib.parse

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sse_chat.errors import ChatError, Malformed
from sse_chat.inbound import check_key, check_text, parse_body, parse_multipart
from sse_chat.pipes import JsonLines, TextLines
from sse_chat.visible import is_visible

TYPES = [
    None,
    "text/plain",
    "text/plain; charset=utf-8",
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "text/plain; charset=utf-16",
    "application/x-www-form-urlencoded; charset=gb18030",
    "text/plain; charset=punycode",
    "image/png",
    "; ;=",
]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)


@given(st.sampled_from(TYPES), st.binary(max_size=300))
@example("application/json", b'{"text": "\\ud800"}')
@example("multipart/form-data; boundary=b", b"--b\r\n\r\n")
@example("application/x-www-form-urlencoded", b"text=%ff&text=a")
def test_any_bytes_are_a_text_or_an_error(kind: str | None, body: bytes) -> None:
    refused: ChatError | None = None
    try:
        text = check_text(parse_body(body, kind).text, 4096)
    except ChatError as exc:
        refused = exc
    if refused:
        assert 400 <= refused.status < 500
        assert refused.detail
    else:
        assert is_visible(text)
        assert not {"\0", "\r"} & set(text)
        assert len(text.encode()) <= 4096


@given(TEXTS)
@example("a&text=b")
@example("+ %41 \u2028")
@example("\ufeff")
def test_every_form_of_a_body_carries_the_same_text(text: str) -> None:
    form = urllib.parse.urlencode({"text": text}).encode()
    payload = json.dumps({"text": text}).encode()
    text = text.lstrip("\ufeff")
    assert parse_body(form, "application/x-www-form-urlencoded").text == text
    assert parse_body(payload, "application/json").text == text
    assert parse_body(text.encode() + b"\n", "text/plain").text in (text, text.removesuffix("\r"))


@pytest.mark.parametrize("kind", [TextLines, JsonLines])
@given(data=st.lists(st.binary(max_size=60), max_size=12))
def test_lines_do_not_depend_on_how_they_arrive(kind: type[TextLines], data: list[bytes]) -> None:
    def read(chunks: list[bytes]) -> tuple[list[str], str]:
        lines, texts = kind(64), []
        try:
            for chunk in chunks:
                texts += lines.feed(chunk)
            texts += lines.finish()
        except ChatError as exc:
            return texts, exc.detail
        return texts, ""

    assert read(data) == read([b"".join(data)])


@given(st.text(max_size=300))
def test_a_key_is_printable_ascii_or_refused(key: str) -> None:
    is_good = 1 <= len(key) <= 255 and all(" " <= char <= "~" for char in key)
    if is_good:
        assert check_key(key) == key
    else:
        with pytest.raises(ChatError):
            check_key(key)


def test_a_pipe_skips_lines_that_show_nothing() -> None:
    lines = TextLines(64)
    shown = list(lines.feed(b"a\n\x1b[0m\n\xe2\x80\x8b\n \nb\n"))
    assert shown == ["a", "b"]


MULTIPART = (
    '--b\r\nContent-Disposition: form-data; name="text"\r\n\r\na\r\n'
    '--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nb\r\n--b--\r\n'
)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", "text=a&text=b"),
        ("application/x-www-form-urlencoded", "text=a&key=1&key=2"),
        ("multipart/form-data; boundary=b", MULTIPART),
        ("application/json", '{"text": "a", "text": "b"}'),
        ("application/x-www-form-urlencoded", 'payload={"text": "a", "text": "b"}'),
    ],
)
def test_a_field_with_two_values_loses_none_of_them(kind: str, body: str) -> None:
    with pytest.raises(Malformed, match="is there twice"):
        parse_body(body.encode(), kind)


def test_only_fields_that_mean_something_may_not_differ() -> None:
    kind = "application/x-www-form-urlencoded"
    assert parse_body(b"box=1&box=2&text=a&text=a", kind).text == "a"
    assert parse_body(b'{"text": "a", "text": "a"}', "application/json").text == "a"
    with pytest.raises(Malformed, match="would be lost"):
        parse_body(b"message=this & that", kind, text_field="message")


def test_a_byte_order_mark_before_a_form_hides_no_field() -> None:
    kind = "application/x-www-form-urlencoded"
    body = b"\xef\xbb\xbfmessage=this that&room=a"
    assert parse_body(body, kind, text_field="message").text == "this that"


def test_a_form_of_many_parts_is_refused_at_the_first_too_many() -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="a"%b\r\n\r\n1\r\n'
    for more in (b"", b'; filename="f"'):
        with pytest.raises(Malformed, match="100"):
            parse_multipart((part % more) * 101 + b"--b--\r\n", {"boundary": "b"})
        assert parse_multipart((part % more) * 100 + b"--b--\r\n", {"boundary": "b"}) == {"a": "1"}
