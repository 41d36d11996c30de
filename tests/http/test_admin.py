"""What the command line shows of what anyone may have written."""

import httpx

from tests.http.test_moderation import PASSWORD, command
from tests.support.servers import Launch


def test_no_list_drives_the_terminal(launch: Launch) -> None:
    server = launch()
    evil = "a \x1b]0;title\x07 \x9b31m \u202e z"
    with httpx.Client(base_url=server.url) as eve:
        assert eve.post("/account", json={"name": "eve", "password": PASSWORD}).status_code == 201
        assert eve.post("/chat/ops/topic", json={"text": evil}).status_code == 201
        label = {"label": f"{evil}\nroot"}
        assert eve.post("/account/tokens", json=label).status_code == 201
    for words in (("room", "list"), ("token", "list"), ("user", "list")):
        written = command(server, *words)
        assert written
        assert all(char.isprintable() for char in written if char not in "\t\n"), ascii(written)
    assert len(command(server, "token", "list").splitlines()) == 1
