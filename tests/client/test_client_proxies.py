"""The client's proxies and home: what the variables say is read as curl reads it."""

import os
import subprocess
import sys

import pytest

from sse_chat.client.proxies import check_proxy, is_direct, proxies_for
from sse_chat.errors import SettingsError
from tests.support.client import environment, run
from tests.support.programs import free_port
from tests.support.servers import ServerProcess


@pytest.mark.parametrize(
    ("host", "no_proxy"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "localhost,127.0.0.0/8,::1"),
        ("127.0.0.1", "10.0.0.0/8, 127.0.0.1/32"),
        ("127.0.0.1", "127.0.0.1:8000"),
        ("::1", "[::1]"),
        ("fd00::5", "fd00::/8"),
        ("chat.example", "*"),
        ("chat.example", "CHAT.example"),
        ("chat.corp.example", "corp.example"),
        ("chat.corp.example", ".corp.example"),
        ("chat.corp.example", "*.corp.example"),
        ("chat.corp.example.", "corp.example other"),
    ],
)
def test_no_proxy_names_a_host(host: str, no_proxy: str) -> None:
    assert is_direct(host, no_proxy)


@pytest.mark.parametrize(
    ("host", "no_proxy"),
    [
        ("127.0.0.1", ""),
        ("127.0.0.1", "127.0.0,10.0.0.0/8,nonsense/99,/"),
        ("127.0.0.1", "0.0.1"),
        ("notcorp.example", "corp.example"),
        ("chat.example", "10.0.0.0/8,.,,"),
    ],
)
def test_no_proxy_names_no_other_host(host: str, no_proxy: str) -> None:
    assert not is_direct(host, no_proxy)


def test_each_scheme_has_its_proxy() -> None:
    variables = {"http": "p:1", "all": "socks://q:2", "no": "local"}
    assert proxies_for("h", variables) == {"http": "http://p:1", "https": "socks5://q:2"}
    # What no request needs is not judged.
    assert proxies_for("local", {**variables, "all": "gopher://q"}) == {}
    with pytest.raises(SettingsError, match="allowed: http, https, socks5"):
        proxies_for("h", {"all": "gopher://ann:secret@q"})


@pytest.mark.parametrize("proxy", ["socks4://q:1", "http://", "://q", "http://[:1"])
def test_what_is_no_proxy_is_refused(proxy: str) -> None:
    with pytest.raises(SettingsError):
        check_proxy(proxy)


def test_a_wrong_proxy_does_not_show_its_password() -> None:
    with pytest.raises(SettingsError) as refused:
        check_proxy("gopher://ann:secret@q:1")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "variables",
    [
        {"http_proxy": "{dead}", "no_proxy": "10.0.0.0/8, 127.0.0.1/32"},
        {"ALL_PROXY": "socks://127.0.0.1:9/", "NO_PROXY": "127.0.0.1"},
    ],
)
def test_the_client_goes_direct(
    server: ServerProcess, room: str, variables: dict[str, str]
) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    env = environment(**{name: each.format(dead=dead) for name, each in variables.items()})
    done = run("say", room, "--give-up", "1", "hi", env=env)
    assert done.returncode == 0, done.stderr


# As `setpriv --reuid 54321` without HOME, where only root can read the installation.
_HOMELESS = """
import os, pwd, sys
def unknown(uid): raise KeyError(uid)
pwd.getpwuid = unknown
os.environ.pop("HOME", None)
from sse_chat.cli import main
main()
"""


@pytest.mark.parametrize("words", [["say", "{room}", "hi"], ["tail", "{room}", "--no-follow"]])
def test_a_user_without_a_home_is_no_problem(room: str, words: list[str]) -> None:
    arguments = [each.format(room=room) for each in words]
    done = subprocess.run(
        [sys.executable, "-c", _HOMELESS, *arguments],
        capture_output=True,
        env={"PATH": os.environ["PATH"]},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_a_server_without_a_home_asks_for_a_data_folder() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _HOMELESS, "serve", "--port", "0"],
        capture_output=True,
        env={"PATH": os.environ["PATH"]},
        timeout=60,
    )
    assert done.returncode == 2
    assert b"--data" in done.stderr
