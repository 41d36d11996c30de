"""Blocks of lines: fenced code, quotes, lists, tables, and text as it was typed. No I/O."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sse_chat.markdown.inline import render_inline
from sse_chat.markdown.tables import is_table, render_table, table_end

_MAX_DEPTH = 6
_FENCE = re.compile(r"(`{3,})[ \t]*([\w+#.-]*)[ \t]*")
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}", re.ASCII)
_BULLET = re.compile(r"([ \t]*)([-*]) {1,3}(?=\S)(.*)")
# No more digits than the margin holds, and none that a list would show otherwise: 01, 1).
_NUMBER = re.compile(r"([ \t]*)(0|[1-9]\d?)\. {1,3}(?=\S)(.*)", re.ASCII)
_TASK = re.compile(r"\[([ xX])\] (?=\S)")
_COMPARED = re.compile(r"> ?[\d.~$€£¥].*")
_OF_A_DIFF = re.compile(r"\+|@@ |diff |--- |< ")
# A dash before amounts alone may be their sign, and one before statements alone takes them away.
_SIGNED = re.compile(r"[$€£¥]?[\d.]")


@dataclass(slots=True)
class Block:
    """`kind` is code, quote, list, table or text; the lines are without the marks of the block.
    `language`: what stands behind the fence of code."""

    kind: str
    lines: list[str] = field(default_factory=list)
    language: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list: `number` is None for a bullet."""

    indent: int
    number: int | None
    mark: str
    text: str


def split_blocks(text: str) -> list[Block]:
    """The blocks in order; a text without any is one block of kind text."""
    lines, blocks, at = text.split("\n"), [Block("text")], 0
    may_have_bullets = not any(map(_OF_A_DIFF.match, lines))
    # "> 5 people came" is a number of people; of two versions, the old one has "<"; a shell that
    # waits for the rest of a command prompts with ">".
    may_have_quotes = not _COMPARED.fullmatch(text) and not any(
        line.startswith(("< ", "$ ")) for line in lines
    )
    while at < len(lines):
        block, end = _block_at(lines, at, may_have_bullets, may_have_quotes)
        if block.kind == "text" and blocks[-1].kind == "text":
            blocks[-1].lines += block.lines
        else:
            blocks.append(block)
        at = end
    return [each for each in blocks if each.lines]


def _block_at(
    lines: list[str], at: int, may_have_bullets: bool, may_have_quotes: bool
) -> tuple[Block, int]:
    """The block that begins with this line, and the number of the line after it."""
    if fence := _FENCE.fullmatch(lines[at]):
        end = _fence_end(lines, at, fence[1])
        if end > at + 1:
            return _fenced(lines[at + 1 : end], fence[1], fence[2]), end
    elif may_have_quotes and lines[at].startswith("> "):
        end = at + 1
        while end < len(lines) and (lines[end].startswith("> ") or lines[end] == ">"):
            end += 1
        if any(map(str.isalpha, "".join(lines[at:end]))):
            return Block("quote", [line[2:] for line in lines[at:end]]), end
        return Block("text", lines[at:end]), end
    elif (end := table_end(lines, at)) > at:
        # Not looked at again where it is none: the time would grow with the square of its lines.
        rows = lines[at:end]
        return Block("table" if is_table(rows) else "text", rows), end
    elif run := _list_at(lines, at, may_have_bullets):
        return run, at + len(run.lines)
    return Block("text", [lines[at]]), at + 1


def _fence_end(lines: list[str], at: int, fence: str) -> int:
    """One that is left open reaches to the end."""
    for number in range(at + 1, len(lines)):
        if lines[number].rstrip().endswith(fence):
            return number + 1
    return len(lines)


def _fenced(lines: list[str], fence: str, language: str) -> Block:
    last = lines[-1].rstrip()
    if last.endswith(fence):
        rest = last.rstrip("`")
        lines = lines[:-1] + ([rest] if rest.strip() else [])
    return Block("code", lines or [""], language if _LANGUAGE.fullmatch(language) else "")


def _list_at(lines: list[str], at: int, may_have_bullets: bool) -> Block | None:
    """What begins with an item: a list if there are two or more, or one with a box to tick, and
    nothing else among them."""
    first = _item(lines[at])
    if first is None or first.indent or (first.number is None and not may_have_bullets):
        return None
    end, items = at + 1, [first]
    while end < len(lines) and (item := _item(lines[end])):
        if not item.indent:
            if not _follows(items[-1], item):
                break
            items.append(item)
        end += 1
    is_interrupted = end < len(lines) and lines[end].startswith((" ", "\t")) and lines[end].strip()
    is_list = not is_interrupted and _are_meant(items)
    return Block("list" if is_list else "text", lines[at:end])


def _are_meant(items: list[Item]) -> bool:
    if items[0].mark == "-" and (
        all(_SIGNED.match(item.text) for item in items)
        or all(each.text.rstrip().endswith((";", "{", "}")) for each in items)
    ):
        return False
    return len(items) > 1 or bool(_TASK.match(items[0].text))


def _item(line: str) -> Item | None:
    if match := _BULLET.fullmatch(line):
        # Neither a rule, "- - -", nor a line of a timetable, "* 4 * * * backup".
        if match[3].startswith("- ") or (match[2] == "*" and "*" in match[3].split()):
            return None
        return Item(len(match[1].expandtabs(4)), None, match[2], match[3])
    if match := _NUMBER.fullmatch(line):
        return Item(len(match[1].expandtabs(4)), int(match[2]), "", match[3])
    return None


def _follows(last: Item, item: Item) -> bool:
    if last.number is None or item.number is None:
        return last.mark == item.mark and item.number is None
    return item.number == last.number + 1


def render_blocks(blocks: list[Block], depth: int = 0) -> str:
    return "".join(_render(each, depth) for each in _without_margins(blocks))


def _without_margins(blocks: list[Block]) -> Iterator[Block]:
    """Blank lines beside a block of another kind are its margin."""
    for number, block in enumerate(blocks):
        lines = block.lines
        if block.kind == "text" and len(blocks) > 1:
            while lines and number > 0 and not lines[0].strip():
                lines = lines[1:]
            while lines and number < len(blocks) - 1 and not lines[-1].strip():
                lines = lines[:-1]
        if lines:
            yield replace(block, lines=lines)


def _render(block: Block, depth: int) -> str:
    text = "\n".join(block.lines)
    if block.kind == "code":
        named = f' class="language-{block.language}"' if block.language else ""
        return f"<pre><code{named}>{html.escape(text, quote=False)}\n</code></pre>\n"
    if block.kind == "quote":
        inner = split_blocks(text) if depth < _MAX_DEPTH else [Block("text", block.lines)]
        return f"<blockquote>\n{render_blocks(inner, depth + 1)}</blockquote>\n"
    if block.kind == "table":
        return render_table(block.lines)
    if block.kind == "list":
        items = [item for line in block.lines if (item := _item(line))]
        return _render_list(items) + "\n"
    return f"<p>{render_inline(text)}</p>\n"


def _render_list(items: list[Item]) -> str:
    """Deeper items belong to the one above them."""
    first = items[0]
    is_bulleted = first.number is None
    start = f' start="{first.number}"' if first.number not in (None, 1) else ""
    rendered = ["<ul>" if is_bulleted else f"<ol{start}>"]
    at = 0
    while at < len(items):
        end = at + 1
        while end < len(items) and items[end].indent > first.indent:
            end += 1
        item = _render_item(items[at].text)
        nested = items[at + 1 : end]
        rendered.append(f"{item}{_render_list(nested) if nested else ''}</li>")
        at = end
    return "\n".join([*rendered, "</ul>" if is_bulleted else "</ol>"])


def _render_item(text: str) -> str:
    """Up to its end; `[ ]` and `[x]` at its beginning are boxes."""
    task = _TASK.match(text)
    if task is None:
        return f"<li>{render_inline(text)}"
    box = "☐" if task[1] == " " else "☑"
    return f'<li class="task">{box} {render_inline(text[task.end() :])}'
