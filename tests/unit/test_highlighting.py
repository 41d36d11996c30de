"""Syntax colours: spans of code, and the process that finds them."""

import asyncio
import json
import sys
import textwrap

import pytest

from sse_chat.errors import Busy
from sse_chat.highlighting.highlighter import Block, Highlighter
from sse_chat.highlighting.lexing import find_spans

PYTHON = "\n\tdef f(): return '\U0001f600', 1  # all\n"


def test_spans_cover_the_code_as_it_stands_in_utf_16() -> None:
    spans = find_spans("python", PYTHON)
    assert spans is not None
    encoded, parts = PYTHON.encode("utf-16-le"), []
    for kind, length in spans:
        parts.append((kind, encoded[: 2 * length].decode("utf-16-le")))
        encoded = encoded[2 * length :]
    assert encoded == b""
    assert "".join(part for _, part in parts) == PYTHON
    shown = [(kind, part.strip()) for kind, part in parts if kind]
    assert shown == [
        ("keyword", "def"),
        ("function", "f"),
        ("keyword", "return"),
        ("string", "'\U0001f600'"),
        ("number", "1"),
        ("comment", "# all"),
    ]


@pytest.mark.parametrize(
    ("language", "code", "kinds"),
    [
        ("json", '{"a": "b"}', ["function", "string"]),
        ("diff", "-a\n+b\n", ["deleted", "inserted"]),
        ("bash", "if true; then echo 'a'; fi\n", ["keyword", "keyword", "type"]),
        ("html", '<a href="x">y</a>', ["function", "attribute", "string", "function"]),
        ("sql", "select 1 -- all\n", ["keyword", "number", "comment"]),
    ],
)
def test_the_usual_languages_have_colours(language: str, code: str, kinds: list[str]) -> None:
    spans = find_spans(language, code) or []
    assert [kind for kind, _ in spans if kind][: len(kinds)] == kinds


@pytest.mark.parametrize("language", ["nosuch", "text", "../x"])
def test_what_is_no_language_has_none(language: str) -> None:
    assert find_spans(language, "if x: return 1\n") is None


def test_a_process_finds_them_once_for_each_code() -> None:
    async def ask() -> None:
        highlighter = Highlighter(timeout_s=60)
        blocks = [Block("python", PYTHON), Block("nosuch", "x"), Block("c", "int x;\n")]
        python, nosuch, c = await highlighter.highlight(blocks)
        assert [tuple(each) for each in json.loads(python)] == find_spans("python", PYTHON)
        assert nosuch == b"null"
        assert json.loads(c)[0] == ["type", 4]
        # The next process would fail.
        highlighter._command = ("/nonexistent",)
        assert await highlighter.highlight(blocks) == [python, nosuch, c]
        assert await highlighter.highlight([Block("c", "other")]) == [b"null"]

    asyncio.run(ask())


def _child(tail: str) -> tuple[str, ...]:
    head = "import json, sys\nasked = json.load(sys.stdin)\n"
    return (sys.executable, "-c", head + textwrap.dedent(tail))


def test_the_same_code_twice_is_kept_once_and_counted_once() -> None:
    echo = _child("for each in asked: print(json.dumps([[each[0], len(each[1])]]))")

    async def ask() -> None:
        highlighter = Highlighter(command=echo, timeout_s=60, max_kept_bytes=900)
        for code in ("a", "bb", "ccc", "dddd", "eeeee"):
            blocks = [Block("c", code)] * 10
            assert await highlighter.highlight(blocks) == [b'[["c", %d]]' % len(code)] * 10
            kept = sum(len(spans) + 200 for spans in highlighter._kept.values())
            assert highlighter._kept_bytes == kept <= 900

    asyncio.run(ask())


def test_what_it_hangs_at_has_no_colours_and_is_not_tried_again() -> None:
    hangs = """
    for language, _ in asked:
        while language == "bad":
            pass
        print("[]", flush=True)
    """

    async def ask() -> None:
        highlighter = Highlighter(command=_child(hangs), timeout_s=0.05)
        assert await highlighter.highlight([Block("bad", "b")]) == [b"null"]
        highlighter._timeout_s = 60
        blocks = [Block("good", "a"), Block("bad", "b"), Block("good", "c")]
        assert await highlighter.highlight(blocks) == [b"[]", b"null", b"[]"]

    asyncio.run(ask())


def test_what_stands_behind_that_which_it_ended_at_is_asked_for_again() -> None:
    ends = """
    for language, _ in asked:
        if language == "bad":
            sys.exit(1)
        print("[]", flush=True)
    """

    async def ask() -> None:
        highlighter = Highlighter(command=_child(ends), timeout_s=60)
        blocks = [Block("good", "a"), Block("bad", "b"), Block("good", "c")]
        assert await highlighter.highlight(blocks) == [b"[]", b"null", b"null"]
        assert await highlighter.highlight(blocks) == [b"[]", b"null", b"[]"]

    asyncio.run(ask())


@pytest.mark.parametrize(
    "tail",
    ["sys.exit(1)", "print('[', end='')", "print(3_000_000 * 'x')"],
    ids=["ends", "half-a-line", "too-long"],
)
def test_a_process_that_fails_leaves_code_as_it_is(tail: str) -> None:
    async def ask() -> None:
        highlighter = Highlighter(command=_child(tail), timeout_s=60)
        assert await highlighter.highlight([Block("c", "x")]) == [b"null"]

    asyncio.run(ask())


def test_what_is_kept_and_who_waits_are_bounded() -> None:
    async def ask() -> None:
        answers = _child("for _ in asked: print('[]', flush=True)")
        highlighter = Highlighter(command=answers, timeout_s=60, max_waiting=1, max_kept_bytes=500)
        asked = [highlighter.highlight([Block("c", each)]) for each in ("1", "2", "3")]
        *answered, refused = await asyncio.gather(*asked, return_exceptions=True)
        assert answered == [[b"[]"], [b"[]"]]
        assert isinstance(refused, Busy)
        await highlighter.highlight([Block("c", str(each)) for each in range(20)])
        assert len(highlighter._kept) == 2

    asyncio.run(ask())
