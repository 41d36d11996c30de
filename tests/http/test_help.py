"""The help pages: served, linked, and true: what they tell people to run is run here."""

import asyncio
import re
import subprocess
import sys
import threading
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from sse_chat.settings import Settings, flag_of, show_default, variable_of
from sse_chat.web.site import help as help_pages
from sse_chat.web.site.help import EXAMPLE_URL, NAMES, read_pages
from tests.support.client import environment
from tests.support.programs import Through, tinyproxy
from tests.support.servers import Launch, ServerProcess

HTML = {"Accept": "text/html"}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks_of(name: str, language: str) -> list[str]:
    markdown = read_pages()[name].markdown
    return [block for found, block in BLOCK.findall(markdown) if found == language]


def test_a_browser_gets_a_page_and_curl_the_text(server: ServerProcess) -> None:
    for name in NAMES:
        page = httpx.get(f"{server.url}/help/{name}", headers=HTML)
        assert page.headers["content-type"].startswith("text/html")
        assert EXAMPLE_URL not in page.text
        text = httpx.get(f"{server.url}/help/{name}")
        assert text.headers["content-type"].startswith("text/plain")
        assert text.text.startswith("# ")
    assert f"curl -N {server.url}/chat/lobby" in httpx.get(f"{server.url}/help").text
    assert httpx.get(f"{server.url}/help/nothing").status_code == 404


def test_all_links_lead_somewhere_also_under_a_path(launch: Launch) -> None:
    server = launch("--root-path", "/team/talk")
    seen: dict[str, str] = {}
    waiting = ["/team/talk/help"]
    while waiting:
        path, _, _ = waiting.pop().partition("#")
        if path in seen:
            continue
        answer = httpx.get(f"{server.url}{path}", headers=HTML)
        assert answer.status_code == 200, path
        seen[path] = answer.text
        if "/help" in path:
            links = re.findall(r'(?:href|src)="([^"]+)"', answer.text)
            waiting += [link for link in links if not link.startswith("data:")]
    assert set(f"/team/talk/help/{name}" for name in NAMES) <= set(seen)
    for page in seen.values():
        for link in re.findall(r'href="(/team/talk/help/[^"]+#[^"]+)"', page):
            path, _, anchor = link.partition("#")
            assert f'id="{anchor}"' in seen[path], link


def test_the_settings_are_all_there(server: ServerProcess) -> None:
    shown = httpx.get(f"{server.url}/help/settings").text
    for setting in fields(Settings):
        row = next(line for line in shown.splitlines() if f"| `{flag_of(setting)}` |" in line)
        assert f"`{variable_of(setting)}`" in row
        assert show_default(setting) in row
        assert setting.metadata["meaning"] in row


SCRIPTS = [
    pytest.param(block, id=f"{name}-{number}")
    for name in ("curl", "client", "resume", "recipes")
    for number, block in enumerate(blocks_of(name, "sh"))
]


@pytest.mark.long
@pytest.mark.parametrize("script", SCRIPTS)
def test_what_is_shown_can_be_run(
    server: ServerProcess, through: Through, tmp_path: Path, script: str
) -> None:
    httpx.post(server.room, content="something to read").raise_for_status()
    script = script.replace(EXAMPLE_URL, server.url)
    if "proxy.example" in script:
        script = script.replace("http://proxy.example:3128", through(tinyproxy(), server.url))
    bin_folder = Path(sys.executable).parent
    for line in script.replace("doctor http", "doctor --wait 0 http").splitlines():
        done = subprocess.run(
            ["bash", "-ec", f"timeout -s INT 10 {_as_one(line)}"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment(
                tmp_path, PATH=f"{bin_folder}:/usr/bin:/bin", SSE_CHAT_SERVER=server.url
            ),
            timeout=60,
        )
        written = f"{done.stdout}\n{done.stderr}"
        assert '"error"' not in written
        # What does not end by itself is stopped, and has shown something by then.
        assert done.returncode == 0 or (done.returncode == 124 and done.stdout), (line, written)


def _as_one(line: str) -> str:
    quoted = line.replace("'", "'\\''")
    return f"bash -c '{quoted}'"


def test_pages_are_rendered_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    monkeypatch.setattr(help_pages, "read_pages", lambda: threads.append(threading.get_ident()))
    asyncio.run(help_pages.load_pages())
    assert threads != [threading.get_ident()]
