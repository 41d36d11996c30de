"""Which text a body is, by its bytes and its Content-Type: nothing is lost behind a 201."""

import json

import pytest

from sse_chat.errors import ChatError
from sse_chat.inbound import check_text, parse_body
from sse_chat.pipes import JsonLines, TextLines
from tests.support.servers import curl

FORM = "application/x-www-form-urlencoded"
MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        # A form begins with a field that is known, or is strictly encoded and has the text.
        pytest.param(b"text=hello", "hello", id="form"),
        pytest.param(b"text=hello+there%21", "hello there!", id="encoded"),
        pytest.param(b"text=50%", "50%", id="stray-percent"),
        pytest.param(b"key=k&text=a", "a", id="key-first"),
        pytest.param(b"foo=bar&text=a%26b", "a&b", id="strict-with-text"),
        pytest.param(b"text=a&submit=Send", "a", id="a-browser's-button"),
        pytest.param(b"text=see http://x/", "see http://x/", id="not-strict-but-first"),
        # All else is the text, as it was sent.
        pytest.param(b"hello world", "hello world", id="words"),
        pytest.param(b"a & b", "a & b", id="ampersand"),
        pytest.param(b"a+b", "a+b", id="plus"),
        pytest.param(b"50%", "50%", id="percent"),
        pytest.param(b"x=1", "x=1", id="assignment"),
        pytest.param(b"https://x/?url=y&text=Look", "https://x/?url=y&text=Look", id="url"),
        pytest.param(b"see http://x/?a=1&text=2", "see http://x/?a=1&text=2", id="url-in-words"),
        pytest.param(b'{"level":"info"}', '{"level":"info"}', id="json-that-is-no-message"),
        pytest.param(b"{text}", "{text}", id="braces"),
        # Strictly encoded, without a field and with an escape.
        pytest.param(b"a%20%26%20b%3A%2050%25", "a & b: 50%", id="data-urlencode"),
        pytest.param(b"gr%C3%BC%C3%9Fe", "gr\xfc\xdfe", id="escaped-letters"),
        # As Slack's senders do.
        pytest.param(b"payload=%7B%22text%22%3A+%22hi%22%7D", "hi", id="payload"),
        pytest.param(b'payload={"text": "hi"}', "hi", id="payload-as-it-is"),
        pytest.param(MARK + b"text=hello", "hello", id="mark-before-a-form"),
        pytest.param(b"text=%EF%BB%BFhello", "hello", id="mark-in-a-field"),
        pytest.param(MARK + b"hello", "hello", id="mark-before-words"),
    ],
)
def test_an_urlencoded_body_is_a_form_or_the_text(body: bytes, text: str) -> None:
    assert check_text(parse_body(body, FORM).text, 4096) == text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"text=this & that", "data-urlencode", id="half-of-the-text"),
        pytest.param(b"text=AT&T", "data-urlencode", id="strict-half"),
        pytest.param(b"text=see http://x/?a=1&b=2", "data-urlencode", id="half-a-url"),
        pytest.param(b'{"text":"hi"}', "application/json", id="undeclared-json"),
        pytest.param(b'payload={"text": "R&D"}', "data-urlencode", id="half-a-payload"),
        pytest.param(b"payload=hi", "JSON", id="payload-without-json"),
        pytest.param(b"payload=[1]", "JSON", id="payload-of-another-kind"),
        pytest.param(b"key=k", "'text'", id="without-text"),
        pytest.param(b"%ff", "UTF-8", id="escapes-of-no-text"),
        pytest.param(b"text=%ff", "UTF-8", id="field-of-no-text"),
    ],
)
def test_what_would_lose_a_part_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(ChatError) as refused:
        parse_body(body, FORM)
    assert refused.value.status == 400
    assert words in refused.value.detail


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain; charset=utf-8", MARK + b"hi", "hi"),
        ("text/plain; charset=UTF8", b"gr\xc3\xbcn", "gr\xfcn"),
        ("text/plain; charset=iso-8859-1", b"gr\xfcn", "gr\xfcn"),
        ("text/plain; charset=windows-1252", b"5 \x80", "5 \u20ac"),
        ("text/plain; charset=utf-16", "\ufeffhi".encode("utf-16-le"), "hi"),
        ("text/plain; charset=utf-16le", "\ufeffhi".encode("utf-16-le"), "hi"),
        ('text/plain; charset="Shift_JIS"', "漢".encode("shift_jis"), "漢"),
        ("application/json", MARK + b'{"text":"hi"}', "hi"),
        ("application/json; charset=utf-16", '{"text":"hi"}'.encode("utf-16"), "hi"),
        (f"{FORM}; charset=iso-8859-1", b"text=gr%FCn", "gr\xfcn"),
        (f"{FORM}; charset=iso-8859-1", b"text=gr\xfcn", "gr\xfcn"),
        (f"{FORM}; charset=iso-8859-1", b"gr\xfcn", "gr\xfcn"),
    ],
)
def test_a_body_is_read_in_the_charset_that_it_declares(kind: str, body: bytes, text: str) -> None:
    assert parse_body(body, kind).text == text


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("text/plain; charset=klingon", b"hi", "'klingon' is not supported"),
        ("text/plain; charset=punycode", b"hi", "not supported"),
        ("text/plain; charset=hex", b"6869", "not supported"),
        ("text/plain; charset=unicode_escape", b"hi", "not supported"),
        ("text/plain", b"gr\xfcn", "charset=windows-1252"),
        ("text/plain", "\ufeffhi".encode("utf-16-le"), "charset=utf-16"),
        ("text/plain; charset=utf-16le", b"\x00\xd8", "UTF-16-LE"),
        ("text/plain; charset=us-ascii", b"gr\xc3\xbcn", "ASCII"),
    ],
)
def test_what_cannot_be_read_says_how_to_send_it(kind: str, body: bytes, words: str) -> None:
    with pytest.raises(ChatError) as refused:
        parse_body(body, kind)
    assert refused.value.status == 400
    assert words in refused.value.detail


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-le", "iso8859-1"])
def test_lines_of_a_pipe_are_read_in_their_charset(charset: str, size: int) -> None:
    mark = "\ufeff" if charset in ("utf-8", "utf-16-le") else ""
    for kind, body in (
        (TextLines, "eins\r\nzw\xf6lf\r\n"),
        (JsonLines, '"eins"\r\n"zw\xf6lf"\r\n'),
    ):
        raw = (mark + body).encode(charset)
        lines = kind(4096, charset)
        texts: list[str] = []
        for at in range(0, len(raw), size):
            texts += lines.feed(raw[at : at + size])
        assert [*texts, *lines.finish()] == ["eins", "zw\xf6lf"]


def test_a_pipe_keeps_the_lines_before_what_is_not_of_its_charset() -> None:
    texts = TextLines(4096, "shift_jis").feed("一\n二\n".encode("shift_jis") + b"\xff\n")
    assert [next(texts), next(texts)] == ["一", "二"]
    with pytest.raises(ChatError, match="line 3"):
        next(texts)


def test_curl_posts_what_was_meant(room: str) -> None:
    for arguments in (
        ("-d", "https://x/?url=y&text=Look"),
        ("--data-urlencode", "a & b: 50%"),
        ("--data-urlencode", "text=a & b: 50%"),
        ("--data-urlencode", 'payload={"text": "from Slack"}'),
        ("-H", "Content-Type: text/plain; charset=iso-8859-1", "--data-binary", "@-"),
    ):
        answer = json.loads(curl(*arguments, room, data=b"gr\xfcn"))
        assert "id" in answer, answer
    texts = [each["text"] for each in json.loads(curl(f"{room}/messages"))["events"]]
    url, words = "https://x/?url=y&text=Look", "a & b: 50%"
    assert texts == [url, words, words, "from Slack", "gr\xfcn"]
    refused = curl("-w", "%{http_code}", "-d", '{"text":"hi"}', room)
    assert refused.endswith("400")
    assert "Content-Type: application/json" in refused
    piped = json.loads(curl("-T", "-", room, data=MARK + b"one\r\ntwo\r\n"))
    assert piped["count"] == 2
    assert [each["text"] for each in json.loads(curl(f"{room}/messages?limit=2"))["events"]] == [
        "one",
        "two",
    ]
