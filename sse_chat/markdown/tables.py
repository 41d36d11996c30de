"""Tables: a row of headings, one of dashes, and rows of as many cells. No I/O."""

import re

from sse_chat.markdown.inline import render_inline

# Each cell is read for marks of its own.
_MAX_CELLS = 400
_RULE = re.compile(r"\|(?:[ \t]*:?-+:?[ \t]*\|){2,}[ \t]*")
_BAR = re.compile(r"(?<!\\)\|")
_ALIGNED = {(True, True): "center", (False, True): "right", (True, False): "left"}


def table_end(lines: list[str], at: int) -> int:
    """The number of the line after what looks like a table and begins here; `at` for none."""
    is_begun = lines[at].startswith("|") and at + 1 < len(lines) and _RULE.fullmatch(lines[at + 1])
    if not is_begun:
        return at
    end = at + 2
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    return end


def is_table(lines: list[str]) -> bool:
    """Whether it is one indeed: with the same number of cells in each row, and not too many."""
    count = len(_cells(lines[1]))
    return (
        len(lines) > 2
        and count * len(lines) <= _MAX_CELLS
        and all(line.rstrip().endswith("|") and len(_cells(line)) == count for line in lines)
    )


def render_table(lines: list[str]) -> str:
    aligned = [_align(each) for each in _cells(lines[1])]
    head = _row(lines[0], aligned, "th")
    rows = "\n".join(_row(line, aligned, "td") for line in lines[2:])
    return f"<table>\n<thead>\n{head}\n</thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"


def _row(line: str, aligned: list[str], tag: str) -> str:
    """The blank between cells is for those who read the words alone."""
    cells = zip(_cells(line), aligned, strict=True)
    rendered = (f"<{tag}{how}>{render_inline(text)}</{tag}>" for text, how in cells)
    return f"<tr>{' '.join(rendered)}</tr>"


def _cells(line: str) -> list[str]:
    """A bar within one is written as \\|."""
    between = _BAR.split(line.rstrip())[1:-1]
    return [each.strip().replace("\\|", "|") for each in between]


def _align(rule: str) -> str:
    how = _ALIGNED.get((rule.startswith(":"), rule.endswith(":")))
    return f' align="{how}"' if how else ""
