"""Ids of authors: the forms that are stored and sent, and what each of them is."""

import ast
import re

import pytest

from sse_chat import author_ids
from sse_chat.author_ids import AuthorId
from tests.support.places import ROOT

DIGITS = "0123456789abcdef"


@pytest.mark.parametrize(
    ("author_id", "is_account", "is_guest", "is_proven", "is_hook", "is_person"),
    [
        pytest.param("u_0123456789abcdef", True, False, True, False, True, id="account"),
        pytest.param("g_0123456789abcdef", False, True, True, False, True, id="guest"),
        pytest.param("n_0123456789abcdef", False, False, False, False, True, id="named"),
        pytest.param("a_0123456789abcdef", False, False, False, False, True, id="address"),
        pytest.param("h_0123456789ab", False, False, False, True, False, id="hook"),
        pytest.param("", False, False, False, False, False, id="nobody"),
    ],
)
def test_an_id_says_what_it_is(
    author_id: str,
    is_account: bool,
    is_guest: bool,
    is_proven: bool,
    is_hook: bool,
    is_person: bool,
) -> None:
    found = AuthorId(author_id)
    assert author_ids.is_account(found) is is_account
    assert author_ids.is_guest(found) is is_guest
    assert author_ids.is_proven(found) is is_proven
    assert author_ids.is_hook(found) is is_hook
    assert author_ids.is_person(found) is is_person


def test_ids_are_stored_in_these_forms() -> None:
    assert author_ids.make_account_id(DIGITS) == "u_0123456789abcdef"
    assert author_ids.make_guest_id(DIGITS) == "g_0123456789abcdef"
    assert author_ids.make_named_id(DIGITS) == "n_0123456789abcdef"
    assert author_ids.make_address_id(DIGITS) == "a_0123456789abcdef"
    assert author_ids.make_hook_id("command_line") == "h_command_line"


def test_a_name_is_no_id() -> None:
    assert author_ids.parse_account_id(f"u_{DIGITS}") == f"u_{DIGITS}"
    for name in ("ann", "u_ann", f"u_{DIGITS}0", f"g_{DIGITS}", f"u_{DIGITS}\n", ""):
        assert author_ids.parse_account_id(name) is None
    assert author_ids.parse_person_id(f"n_{DIGITS}") == f"n_{DIGITS}"
    for name in ("ann", f"h_{DIGITS}", "u_", "u_" + "0" * 40, "u_a b"):
        assert author_ids.parse_person_id(name) is None


def test_one_module_knows_the_forms() -> None:
    for path in sorted((ROOT / "sse_chat").rglob("*.py")):
        if path.name == "author_ids.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.fullmatch(r"[ugnah]_|h_\w+", node.value), f"{path}:{node.lineno}"
