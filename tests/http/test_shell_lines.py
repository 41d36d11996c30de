"""The lines of curl that pages show, as the shells of Windows and a POSIX shell read them."""

import html
import re
import shlex

import httpx
import pytest

from sse_chat.web.http.shell_lines import for_cmd, for_powershell
from tests.http.test_moderation import PASSWORD
from tests.support.servers import ServerProcess
from tests.support.windows import parse_cmd, parse_powershell

_SHOWN = re.compile(r'<pre class="shell"[^>]*><code>(curl.*?)</code></pre>', re.DOTALL)


@pytest.mark.parametrize(
    "line",
    [
        "curl -N http://h:8000/chat/lobby",
        "curl -n -d 'hello' https://h/dm/ann",
        "curl -H 'Authorization: Bearer sct_12_ab' -d 'hello there' https://h/chat",
    ],
)
def test_each_shell_reads_the_same_words(line: str) -> None:
    words = ["curl.exe", *shlex.split(line)[1:]]
    assert parse_cmd(for_cmd(line)).words == words
    assert parse_powershell(for_powershell(line)).words == words


@pytest.mark.parametrize("page", ["start", "room", "token"])
def test_pages_offer_the_lines_for_windows_beside_the_shells(
    server: ServerProcess, page: str
) -> None:
    with httpx.Client(base_url=server.url, headers={"Accept": "text/html"}) as client:
        if page == "token":
            payload = {"name": "winnie", "password": PASSWORD}
            client.post("/account", data=payload)
            shown = client.post("/account/tokens", data={"label": "w"}).text
        else:
            shown = client.get("/" if page == "start" else "/chat/never-written-in").text
    shell, cmd, powershell = [html.unescape(each).splitlines() for each in _SHOWN.findall(shown)]
    words = [["curl.exe", *shlex.split(line)[1:]] for line in shell]
    assert [parse_cmd(line).words for line in cmd] == words
    assert [parse_powershell(line).words for line in powershell] == words


def test_what_curl_is_shown_names_curl_exe(server: ServerProcess) -> None:
    shown = httpx.get(server.url, headers={"User-Agent": "curl/8.9.1"}).text
    (line,) = re.findall(r"curl\.exe -d .*", shown)
    assert parse_cmd(line).words[:3] == ["curl.exe", "-d", "hello"]
