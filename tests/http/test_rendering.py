"""Markup is rendered once, when it is posted, and only where that is cheap."""

import json
import re
import time

import httpx
import pytest

from sse_chat import rendering
from sse_chat.rendering import is_cheap, render_bounded
from tests.support.servers import Launch

# Each took tens to hundreds of milliseconds at 4 KB.
DEAR = ["- a\n", "//a.b/(", "[", "![", "](", "*a ", "*_", "**a", "_a_ ", "`", "> - a\n", "1. a\n",
        "https://a.b/ ", "mailto:a@b ", "<http://a.b> ", "[a](http://b) ", "**https://a.b** ",
        "* \n\n", "@a ", "\\*", "~~a"]  # fmt: skip


@pytest.mark.parametrize("part", DEAR)
def test_a_text_that_costs_much_is_shown_as_typed(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "* " + part * (4000 // len(part))
    assert not is_cheap(text)
    # Without this, parsing is a TypeError.
    monkeypatch.setattr(rendering, "render", None)
    assert render_bounded(text) == ""


@pytest.mark.parametrize("part", DEAR)
def test_what_is_just_cheap_costs_little(part: str) -> None:
    count = next(n for n in range(4000, 0, -1) if is_cheap(part * n))
    text = (part * count)[:16_384]
    took_s = []
    for number in range(3):
        began_s = time.process_time()
        render_bounded(f"{text} {number}")
        took_s.append(time.process_time() - began_s)
    # Of processor time; the worst takes a tenth of it.
    assert min(took_s) < 0.1


@pytest.mark.parametrize(
    "text",
    [
        "**bold** and [a link](https://e.org)",
        "\n".join(f"- item {number}" for number in range(100)),
        "\n".join(f"https://e.org/{number}" for number in range(30)),
        "```\n" + "call(x_y, *args, **more)  # [1]\n" * 25 + "```",
        "a long text, " * 300 + "*really*",
    ],
)
def test_what_people_write_is_rendered(text: str) -> None:
    assert render_bounded(text).startswith("<")


@pytest.mark.parametrize("text", ["[](http://x.example)", "[]()", "[\u200b](http://x.example)"])
def test_a_link_without_a_word_is_shown_as_typed(text: str) -> None:
    shown = re.sub("<[^>]*>", "", render_bounded(text)) or text
    assert shown.strip() == text


def test_markup_is_kept_with_the_message(room: str) -> None:
    posted = httpx.post(room, json={"text": "*one*"}).json()
    assert posted["html"] == "<p><em>one</em></p>\n"
    edited = httpx.post(
        f"{room}/messages/{posted['id']}/edit",
        json={"text": "**two**"},
        headers={"Edit-Key": posted["edit_key"]},
    ).json()
    assert edited["html"] == "<p><strong>two</strong></p>\n"
    message, edit = httpx.get(f"{room}/messages").json()["events"]
    assert (message["text"], message["html"]) == ("**two**", edited["html"])
    assert edit["html"] == edited["html"]
    feed = httpx.get(f"{room}/feed?format=ndjson&follow=0&after=0")
    kept = [json.loads(line) for line in feed.text.splitlines() if '"id"' in line]
    assert [each["html"] for each in kept] == [edited["html"]] * 2


def test_a_preview_is_what_the_entry_will_have_and_nothing_is_kept(room: str) -> None:
    for text in ("**soon** `x`", "plain", "* " + "*a " * 400):
        answer = httpx.post(f"{room}/preview", json={"text": text}, auth=("ann", ""))
        assert answer.status_code == 200
        assert httpx.get(f"{room}/messages").json()["events"] == []
        posted = httpx.post(f"{room}-2", json={"text": text}, auth=("ann", "")).json()
        assert answer.json() == {"html": posted.get("html", "")}
    too_long = httpx.post(f"{room}/preview", json={"text": "*a* " * 1100}, auth=("ann", ""))
    assert too_long.status_code == 413


def test_a_preview_is_charged_before_it_is_rendered(launch: Launch) -> None:
    server = launch("--limits", "changes=1/1")
    answers = [
        httpx.post(f"{server.room}/preview", json={"text": "*a*"}, auth=("ann", ""))
        for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [200, 429]


def test_code_that_names_its_language_is_told_what_to_colour(room: str) -> None:
    posted = httpx.post(room, json={"text": "```c\nint a;\n```"}).json()
    assert posted["html"] == '<pre><code class="language-c">int a;\n</code></pre>\n'
    blocks = [{"language": "C", "code": "int a;\n"}, {"language": "none", "code": "int a;\n"}]
    answer = httpx.post(f"{room}/highlight", json={"blocks": blocks}, timeout=60)
    assert answer.json() == {"blocks": [[["type", 4], ["", 3]], None]}


@pytest.mark.parametrize(
    ("blocks", "status"),
    [
        (None, 400),
        ("x", 400),
        (["x"], 400),
        ([{"language": "c", "code": 1}], 400),
        ([{"language": "a b", "code": "x"}], 400),
        ([{"language": "c", "code": "\ud800"}], 400),
        ([{"language": "c", "code": 4098 * "x"}], 413),
        (21 * [{"language": "c", "code": "x"}], 413),
    ],
)
def test_what_is_no_code_is_refused(room: str, blocks: object, status: int) -> None:
    answer = httpx.post(
        f"{room}/highlight",
        content=json.dumps({"blocks": blocks}),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == status
