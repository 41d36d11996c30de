"""The table of promises names tests that are there."""

import re

from tests.support.places import ROOT

TESTS = ROOT / "tests"
PROMISES = ROOT / "sse_chat" / "docs" / "promises.md"


def read_test(name: str) -> str:
    """Of the files of that name, in whichever folder."""
    found = [each.read_text() for each in TESTS.rglob(name)]
    assert found, name
    return "".join(found)


def test_each_promise_names_a_test_that_is_there() -> None:
    kept = PROMISES.read_text().partition("## Kept")[2].partition("## Not kept")[0]
    rows = [line for line in kept.splitlines() if line.startswith("| ")][2:]
    assert len(rows) >= 15
    for row in rows:
        found = re.search(r"`(test_\w+\.py)::(test_\w+)` \|$", row)
        assert found, row
        assert f"def {found[2]}(" in read_test(found[1]), row


def test_each_line_on_security_names_tests_that_are_there() -> None:
    table = (PROMISES.parent / "security.md").read_text().partition("level 2")[2]
    named = re.findall(r"`((?:browser/)?test_\w+\.py)(?:::(test_\w+))?`", table)
    assert len(named) >= 40
    for file, test in named:
        assert f"def {test}" in read_test(file), (file, test)
