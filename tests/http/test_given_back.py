"""Forms that are refused come back as they were typed, with the reason beside the field."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest

from tests.http.test_moderation import PASSWORD
from tests.support.servers import Launcher

HTML = {"Accept": "text/html"}
WRONG = "no-such-person"


@pytest.fixture(scope="module")
def boss(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The owner of a server, and of its room `team`, in a browser."""
    launcher = Launcher(tmp_path_factory.mktemp("given-back"))
    server = launcher("--limits", "off")
    shape = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
    with httpx.Client(base_url=server.url) as client:
        assert client.post("/account", json=shape).status_code == 201
        assert client.post("/rooms", json={"room": "team"}).status_code < 300
        client.post("/chat/team", content="hi").raise_for_status()
        yield client
    launcher.stop()


class Form(HTMLParser):
    """Of the form with what was refused: its fields, which of them is to blame, and why."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.form = next(each for each in html.split("<form ") if 'id="refusal"' in each)
        self.values: dict[str, str] = {}
        self.blamed: str | None = None
        self._select = ""
        self.feed(self.form)
        self.reason = re.findall(r'id="refusal">([^<]*)<', self.form)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if "aria-invalid" in found:
            self.blamed = found["name"]
        if tag == "input":
            self.values[found["name"] or ""] = found.get("value") or ""
        elif tag == "select":
            self._select = found["name"] or ""
        elif tag == "option" and "selected" in found:
            self.values[self._select] = found["value"] or ""


@pytest.mark.parametrize(
    ("path", "fields", "status", "blamed"),
    [
        ("/chat/team/rules", {"visibility": "invited", "slow_s": "9999"}, 400, "slow_s"),
        ("/chat/team/rules", {"closed": "1", "retention_age": "7 moons"}, 400, "retention_age"),
        ("/chat/team/link", {"days": "91"}, 400, "days"),
        ("/chat/team/members", {"who": WRONG, "role": "owner"}, 404, "who"),
        ("/chat/team/hooks", {"name": "boss", "secret": "s3"}, 400, "name"),
        ("/chat/team/hooks", {"url": "gopher://x", "author": "ann"}, 400, "url"),
        ("/chat/team/delete", {"confirm": "tea"}, 400, "confirm"),
        ("/chat/team/moderation", {"who": WRONG, "act": "ban", "reason": "a<b"}, 404, "who"),
        ("/chat/team/moderation", {"who": "x", "act": "ban", "minutes": "-1"}, 400, "minutes"),
        ("/moderation", {"who": WRONG, "act": "ban", "minutes": "5"}, 404, "who"),
        ("/admin/invite", {"role": "moderator", "days": "0"}, 400, "days"),
        ("/admin/rooms", {"room": "team", "act": "delete", "confirm": "x"}, 400, "confirm"),
        ("/admin/people", {"who": "boss-id", "act": "end"}, 403, None),
    ],
)
def test_what_was_typed_is_given_back_with_the_reason_beside_its_field(
    boss: httpx.Client, path: str, fields: dict[str, str], status: int, blamed: str | None
) -> None:
    if fields.get("who") == "boss-id":
        fields = fields | {"who": boss.get("/session").json()["author_id"]}
    by_form = boss.post(path, data=fields, headers=HTML)
    assert by_form.status_code == status
    form = Form(by_form.text)
    assert form.blamed == blamed
    assert len(form.reason) == 1
    # What was done is a button.
    shown = {name for name in fields if name != "act" or "team/moderation" in path}
    assert {name: form.values[name] for name in shown} == {name: fields[name] for name in shown}
    by_call = boss.post(path, json=fields)
    assert by_call.status_code == status
    assert set(by_call.json()) == {"error", "detail"}


def test_a_form_that_one_may_not_see_is_no_place_to_give_back_to(boss: httpx.Client) -> None:
    for path, fields in (("/chat/team/rules", {"slow_s": "x"}), ("/admin/invite", {"days": "0"})):
        answer = httpx.post(f"{boss.base_url}{path}", data=fields, headers=HTML)
        assert answer.status_code >= 400
        assert 'class="reason"' in answer.text
        assert 'id="refusal"' not in answer.text
