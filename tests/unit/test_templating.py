"""Templates are compiled once, and a start finds what came of it."""

import sys
from pathlib import Path

import pytest
from jinja2 import Environment

from sse_chat.web.http.templating import make_environment

NAME = "offline.html"


@pytest.fixture
def bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "cache"


def forbid_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("it was compiled again")

    monkeypatch.setattr(Environment, "compile", refuse)


def test_a_second_start_compiles_nothing(bytecode: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert make_environment().get_template(NAME)
    forbid_compiling(monkeypatch)
    assert make_environment().get_template(NAME)


@pytest.mark.parametrize("damage", [b"", b"j2", b"no bytecode"])
def test_a_damaged_file_is_compiled_anew(bytecode: Path, damage: bytes) -> None:
    make_environment().get_template(NAME)
    (file,) = bytecode.rglob("*.jinja")
    whole = file.read_bytes()
    for left in (damage, whole[:30], whole[:-30]):
        file.write_bytes(left)
        assert make_environment().get_template(NAME)
        assert file.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_done_without(bytecode: Path) -> None:
    bytecode.write_text("a file in its place")
    assert make_environment().get_template(NAME)


def test_nothing_is_written_where_python_may_not(
    bytecode: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    make_environment().get_template(NAME)
    assert not bytecode.exists()
