"""Our own cookie is found whatever else is sent, and nothing else of the header is parsed."""

import time
from pathlib import Path

import pytest
from starlette.requests import Request

import sse_chat
from sse_chat.web.http.cookies import cookie_of, find_cookie

# What unquoting takes more than a second for: 32 KB of escapes in one value.
QUOTED = 'a="' + '\\"' * 16_000 + '"'


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ours=x", "x"),
        ("a=b; ours=x", "x"),
        ("a=b;ours=x;c=d", "x"),
        (" ours = x ;", "x"),
        ("ours=first; ours=second", "first"),
        ("ours=a=b==", "a=b=="),
        ("ours=", ""),
        ('ours="x"', '"x"'),
        ("notours=x; ours2=y; Ours=z", None),
        ("ours", None),
        ("", None),
        (";;=;==;", None),
        (f"{QUOTED}; ours=x", "x"),
    ],
)
def test_the_cookie_of_this_name_is_found(header: str, value: str | None) -> None:
    assert find_cookie(header, "ours") == value


def test_a_request_with_two_headers_is_looked_through() -> None:
    headers = [(b"cookie", b"a=b"), (b"cookie", b"ours=x")]
    assert cookie_of(Request({"type": "http", "headers": headers}), "ours") == "x"
    assert cookie_of(Request({"type": "http", "headers": []}), "ours") is None


def test_no_cookie_costs_more_than_its_length() -> None:
    began_s = time.process_time()
    for header in (QUOTED, ";" * 32_000, "a=" * 16_000, "a=b;" * 8_000):
        find_cookie(header, "ours")
    # Of processor time: unquoting the first alone takes more than a second.
    assert time.process_time() - began_s < 0.2


def test_no_handler_parses_all_cookies() -> None:
    for path in Path(sse_chat.__file__).parent.rglob("*.py"):
        if path.name != "cookies.py":
            assert "request.cookies" not in path.read_text(), path
