"""The safe part of Markdown: what is rendered, and that nothing else gets through."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_chat.markup import render

LINK = 'target="_blank" rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        pytest.param("plain text, nothing more", "", id="plain"),
        pytest.param("a\nb", "", id="plain-lines"),
        pytest.param("snake_case_name and 2 * 3", "", id="no-emphasis"),
        pytest.param(
            "**b** *i* `c` ~~s~~",
            "<p><strong>b</strong> <em>i</em> <code>c</code> <s>s</s></p>\n",
            id="inline",
        ),
        pytest.param(
            "https://e.org/?b=1&c",
            f'<p><a href="https://e.org/?b=1&amp;c" {LINK}>https://e.org/?b=1&amp;c</a></p>\n',
            id="address",
        ),
        pytest.param(
            "[a](https://e.org)", f'<p><a href="https://e.org" {LINK}>a</a></p>\n', id="link"
        ),
        pytest.param("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>\n", id="code-block"),
        pytest.param("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n", id="quote"),
        pytest.param("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n", id="list"),
        pytest.param("**a**\nb", "<p><strong>a</strong><br>\nb</p>\n", id="line-break"),
        pytest.param("see notes.py", "", id="a-file-is-no-link"),
    ],
)
def test_markup_is_rendered(text: str, html: str) -> None:
    assert render(text) == html


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
]  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.text(st.sampled_from("*_`~[]()<>!#-+1. \n\\\"'&;:/ahtpsjavcrionload=@")))
@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_but_the_safe_part_comes_out(hostile: str, more: str) -> None:
    for text in {hostile, more, more + hostile}:
        reader = Reader()
        reader.feed(render(text))
        reader.close()
        assert reader.tags <= {
            "a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "s", "strong", "ul",
        }  # fmt: skip
        for name, value in reader.attributes:
            assert name in {"href", "rel", "target", "title"}
            if name == "href":
                assert (value or "").startswith(("http://", "https://", "mailto:"))
