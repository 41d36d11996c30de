"""The page of the docs that shows this table."""

import re
from pathlib import Path

import sse_chat
from tests.proxies.rows import ROWS
from tests.proxies.table import COLUMNS, Table

_PAGE = Path(sse_chat.__file__).parent / "docs" / "proxies.md"


def test_the_docs_show_each_proxy_with_the_step_that_is_tested() -> None:
    shown = re.findall(r"^\| ([^|]+) \|.* step (\d) of 3 \|", _PAGE.read_text(), re.MULTILINE)
    assert shown == [(row.name, str(row.step)) for row in ROWS]


def test_the_table_names_what_was_not_measured() -> None:
    table = Table()
    table.note("nginx", event_stream="4 ms", the_page="step 1 of 3")
    head, _, row = table.as_markdown().splitlines()
    assert head == f"| proxy | {' | '.join(COLUMNS)} |"
    assert row == "| nginx | 4 ms | – | – | – | step 1 of 3 | – | – | – |"  # noqa: RUF001
