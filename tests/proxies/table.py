"""The table that a run of the matrix prints: what each proxy did."""

from collections import defaultdict

COLUMNS = (
    "event stream",
    "NDJSON",
    "long-poll",
    "POST",
    "the page",
    "settles",
    "then shows",
    "cut",
)


class Table:
    def __init__(self) -> None:
        self.rows: dict[str, dict[str, str]] = defaultdict(dict)

    def note(self, row: str, **cells: str) -> None:
        """Cells by the names of the columns, with _ for blanks and hyphens."""
        self.rows[row].update(cells)

    def as_markdown(self) -> str:
        lines = [f"| proxy | {' | '.join(COLUMNS)} |", f"|{' --- |' * (len(COLUMNS) + 1)}"]
        for name, cells in self.rows.items():
            found = [cells.get(_key(column), "–") for column in COLUMNS]  # noqa: RUF001
            lines.append(f"| {name} | {' | '.join(found)} |")
        return "\n".join(lines)


def _key(column: str) -> str:
    return column.replace(" ", "_").replace("-", "_")
