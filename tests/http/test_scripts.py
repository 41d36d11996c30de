"""The Lua scripts: each file is in use, says what it takes, and is one that a store accepts."""

import re

import pytest
import redis

from sse_chat.store.scripts import LUA, load_script
from tests.support.servers import ServerProcess

_FILES = sorted(path.stem for path in LUA.glob("*.lua"))
_SHARED = sorted(path.stem for path in (LUA / "shared").glob("*.lua"))


def test_each_file_is_loaded_by_its_name_and_no_other_is() -> None:
    sources = [path.read_text() for path in LUA.parent.parent.rglob("*.py")]
    loaded = {name for text in sources for name in re.findall(r'load_script\("(\w+)"\)', text)}
    assert sorted(loaded) == _FILES
    scripts = [path.read_text() for path in LUA.rglob("*.lua")]
    included = {name for text in scripts for name in re.findall(r"^-- include (.+)$", text, re.M)}
    assert sorted(included) == [f"shared/{name}" for name in _SHARED]


@pytest.mark.parametrize("name", _FILES)
def test_the_head_of_a_script_says_what_it_takes(name: str) -> None:
    head = re.match(r"(?:--.*\n)+", (LUA / f"{name}.lua").read_text())
    assert head
    assert "KEYS: " in head[0]
    assert "ARGV: " in head[0] or "args: " in head[0]


def test_a_store_accepts_every_script(server: ServerProcess) -> None:
    socket = next(server.data.rglob("*.sock"))
    with redis.Redis(unix_socket_path=str(socket), decode_responses=True) as store:
        for name in _FILES:
            script = load_script(name)
            assert store.script_load(script.source) == str(script.sha), name


def test_what_is_shared_is_in_a_script_once() -> None:
    source = load_script("update").source
    assert source.count("local function append(") == source.count("local function is_kept(") == 1
    assert "-- " not in source
