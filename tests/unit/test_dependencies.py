"""What is depended on has a floor above known holes, and ends before the next major version."""

import re
import tomllib

import pytest

from tests.support.places import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Multipart and Range of Starlette, parsing of multipart bodies, the sandbox of Jinja.
FLOORS = {"starlette": (1, 0, 1), "python-multipart": (0, 0, 31), "jinja2": (3, 1, 6)}


@pytest.mark.parametrize("line", PROJECT["dependencies"])
def test_a_dependency_has_a_floor_and_a_ceiling(line: str) -> None:
    found = re.fullmatch(r"([\w-]+)(\[\w+\])?>=([\d.]+),<(\d+)(;.*)?", line)
    assert found, line
    floor = tuple(map(int, found[3].split(".")))
    assert floor >= FLOORS.get(found[1], ())
    assert int(found[4]) == floor[0] + 1
