"""The safe part of Markdown: what is rendered, and that nothing else gets through."""
# ruff: noqa: RUF001

import json
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_chat.markup import find_prose, make_plain, render
from sse_chat.web.http.static_files import STATIC
from tests.support.markup_as_typed import AS_TYPED
from tests.support.markup_taken import LINK, TAKEN


@pytest.mark.parametrize("text", AS_TYPED)
def test_what_is_no_markup_is_shown_as_typed(text: str) -> None:
    assert render(text) == ""
    assert make_plain(text) == text
    assert find_prose(text) == text or "`" in text


@pytest.mark.parametrize(("text", "html"), TAKEN)
def test_markup_is_taken_where_it_is_plainly_meant(text: str, html: str) -> None:
    assert render(text) == html + "\n"


def test_the_examples_of_the_page_are_what_the_server_makes_of_them() -> None:
    source = (STATIC / "js/compose/formatting.js").read_text()
    examples = re.findall(r'^  (\["(?:[^"\\]|\\.)*", "(?:[^"\\]|\\.)*"\]),$', source, re.M)
    assert len(examples) == 10
    for text, html in map(json.loads, examples):
        assert render(text).replace(f" {LINK}", "") == html


@pytest.mark.parametrize(
    "text",
    ["*a ", "**a ", "`a``", "[a](", "[a](https://", r"\*a", "- a\n", "1. a\n2. b\n", "> > - a\n",
     "https://", "http://a(", "mailto:a@", "```\n", "*`a`", "__a",
     "|-|-|\n", "| a | b |\n|-|-|\n", "|a|b|\n|-|-|\n|c|\n", "- [ ] a\n"],
)  # fmt: skip
def test_the_time_grows_with_the_length_alone(text: str) -> None:
    def seconds(length: int) -> float:
        def once() -> float:
            begun = time.process_time()
            render.__wrapped__((text * length)[:length] + "\n  x")
            return time.process_time() - begun

        return min(once() for _ in range(3))

    # Sixteen times as long: a square would be 256 times as much.
    assert seconds(32_768) < 0.005 + 64 * seconds(2048)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


HOSTILE = [
    "<script>alert(1)</script> **b**",
    "[x](javascript:alert(1)) *a*",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=) *a*",
    "[x](vbscript:x) *a*",
    "![x](https://e.org/x.png) *a*",
    '<img src=x onerror=alert(1)> `c`',
    "<https://e.org/\"onmouseover=alert(1)>",
    '[a](https://e.org/"onclick="alert(1))',
    "`<svg/onload=alert(1)>`",
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "*a* <a href='javascript:alert(1)'>x</a>",
    "[a][b]\n\n[b]: javascript:alert(1)",
    "**" * 2000,
    ">" * 2000 + " a",
    "[" * 2000 + "](x)",
    "- " * 1000 + "a",
    "| a | b |\n|---|---|\n| <script>alert(1)</script> | [x](javascript:alert(1)) |",
]  # fmt: skip


@settings(max_examples=20)
@given(st.text(st.sampled_from("*_`~[]()<>!#-+1. \n|\\\"'&;:/ahtpsjavcrionload=@")))
@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_but_the_safe_part_comes_out(hostile: str, more: str) -> None:
    for text in {hostile, more, more + hostile}:
        reader = Reader()
        reader.feed(render(text))
        reader.close()
        assert reader.tags <= {
            "a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "s", "strong", "ul",
            "table", "thead", "tbody", "tr", "th", "td",
        }  # fmt: skip
        for name, value in reader.attributes:
            assert name in {"href", "rel", "target", "title", "align", "start", "class"}
            if name == "class":
                assert re.fullmatch(r"task|language-[\w+#.-]{1,30}", value or "", re.ASCII)
            if name == "href":
                assert (value or "").startswith(("http://", "https://", "mailto:"))


@pytest.mark.parametrize(
    "end",
    ["؟", "، ثم", "۔", "। और", "።", "»", "”", "…", "·", "。", "\u200b", "\u200bb", "\u2069",
     "\ufeff", "\u202eb", "!?", "، »"],
)  # fmt: skip
def test_an_address_ends_before_the_punctuation_of_any_script(end: str) -> None:
    address = "https://e.org/a_b"
    assert f'<a href="{address}"' in render(f"see {address}{end}")


def test_an_address_keeps_letters_marks_and_joiners_of_any_script() -> None:
    for path in ("路径", "نقطه", "हिन्दी", "نیم\u200cفاصله", "a*b_c"):
        assert ">https://e.org/" + path + "</a>" in render(f"https://e.org/{path}؟")
