"""Forms that are refused come back as they were typed, with the reason beside the field."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest

from tests.http.test_moderation import PASSWORD
from tests.support.servers import Launch, Launcher

HTML = {"Accept": "text/html"}
WRONG = "no-such-person"


@pytest.fixture(scope="module")
def boss(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The owner of a server, and of its room `team`, in a browser."""
    launcher = Launcher(tmp_path_factory.mktemp("redisplay"))
    server = launcher("--limits", "off")
    payload = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
    with httpx.Client(base_url=server.url) as client:
        assert client.post("/account", json=payload).status_code == 201
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
        ("/account/tokens", {"label": "a<b", "scope": "read", "days": "-1"}, 400, "days"),
        ("/account/tokens", {"label": "ci", "rooms": "Team B", "days": "7"}, 404, "rooms"),
        ("/account/tokens", {"label": "ci", "limit": "many"}, 400, "limit"),
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


@pytest.mark.parametrize(
    ("path", "fields", "blamed"),
    [
        ("/account/password", {"old": "wrong password", "new": "river stone 77"}, "old"),
        ("/account/password", {"old": PASSWORD, "new": "short"}, "new"),
        ("/account/password", {"old": PASSWORD, "new": "password1"}, "new"),
        ("/account/erase", {"password": "wrong password"}, "password"),
        ("/account/app", {"password": "wrong password"}, "password"),
        ("/account/app/on", {"key": "ABCD EFGH IJKL MNOP", "code": "1"}, None),
        ("/account/tokens/0/revoke", {}, None),
    ],
)
def test_a_password_is_not_given_back(
    boss: httpx.Client, path: str, fields: dict[str, str], blamed: str | None
) -> None:
    answer = boss.post(path, data=fields, headers=HTML)
    if blamed is None:
        # It was about nothing that the page has.
        assert 'class="reason"' in answer.text
        return
    form = Form(answer.text)
    assert (form.blamed, len(form.reason)) == (blamed, 1)
    assert not any(form.values.get(name) for name in ("old", "new", "password"))


def test_after_a_wrong_code_the_app_need_not_be_set_up_anew(boss: httpx.Client) -> None:
    begun = boss.post("/account/app", data={"password": PASSWORD}, headers=HTML).text
    key = re.findall(r'name="key" value="([^"]+)"', begun)
    again = boss.post("/account/app/on", data={"key": key[0], "code": "12"}, headers=HTML)
    assert (again.status_code, Form(again.text).blamed) == (400, "code")
    assert f"<code>{key[0]}</code>" in again.text
    assert "<svg" in again.text


@pytest.mark.parametrize(
    ("path", "fields", "blamed", "title"),
    [
        ("/session", {"name": " ann", "room": "lobby"}, "name", "Rooms"),
        ("/session", {"name": "boss", "room": "lobby"}, "password", "Rooms"),
        ("/session", {"name": "boss", "password": "wrong password"}, "password", "Account"),
        ("/session", {"name": "boss", "room": "team"}, "password", "Account"),
        ("/session", {"name": "a\u202e", "invitation": "team"}, "name", "invited to"),
        ("/account", {"name": "boss", "password": "river stone 77"}, "name", "Account"),
        ("/account", {"name": "ann", "password": "ann1"}, "password", "Account"),
        (
            "/account",
            {"name": "cy", "password": "cy1", "invitation": ""},
            "password",
            "create an account",
        ),
        ("/invite/", {"password": "short", "invitation": "reset"}, "password", "new password"),
    ],
)
def test_who_is_refused_at_the_door_finds_what_was_typed(
    boss: httpx.Client, path: str, fields: dict[str, str], blamed: str, title: str
) -> None:
    if "invitation" in fields:
        fields = fields | {"invitation": _invitation(boss, fields["invitation"])}
    if path == "/invite/":
        path += fields.pop("invitation")
    answer = httpx.post(f"{boss.base_url}{path}", data=fields, headers=HTML)
    assert answer.status_code in (400, 401)
    assert title in answer.text
    form = Form(answer.text)
    assert (form.blamed, len(form.reason)) == (blamed, 1)
    shown = {name: fields[name] for name in fields if name != "password"}
    assert {name: form.values.get(name) for name in shown} == shown
    assert not form.values.get("password")


def test_a_name_that_no_room_can_have_is_given_back(boss: httpx.Client) -> None:
    answer = httpx.get(f"{boss.base_url}/?room=李雷", headers=HTML)
    form = Form(answer.text)
    assert answer.status_code == 404
    assert (form.blamed, form.values["room"]) == ("room", "李雷")
    assert "李雷" in form.reason[0]


def test_on_a_server_for_members_one_signs_in_where_a_link_leads(launch: Launch) -> None:
    server = launch("--access", "members", "--limits", "off")
    account = {"name": "boss", "password": PASSWORD, "invitation": server.owner_code()}
    httpx.post(f"{server.url}/account", json=account).raise_for_status()
    with httpx.Client(base_url=server.url, headers=HTML) as someone:
        start = someone.get("/").text
        assert "for people with an account" in start
        assert "Pick a name" not in start
        page = someone.get("/chat/team").text
        assert '<input type="hidden" name="room" value="team">' in page
        fields = {"name": "boss", "password": "wrong password", "room": "team"}
        refused = Form(someone.post("/session", data=fields).text)
        assert (refused.values["room"], refused.reason) == ("team", ["Wrong name or password"])
        signed_in = someone.post("/session", data=fields | {"password": PASSWORD})
        assert signed_in.headers["location"] == "/chat/team"
        assert "curl -n -N" in someone.get("/chat/team").text
        assert "Everyone with an account may read" in someone.get("/chat/team/rules").text


def _invitation(boss: httpx.Client, into: str) -> str:
    if into == "team":
        made = boss.post("/chat/team/link", json={"days": 1})
    elif into == "reset":
        account = {"name": "reset", "password": PASSWORD}
        httpx.post(f"{boss.base_url}/account", json=account).raise_for_status()
        made = boss.post("/admin/people", json={"who": "reset", "act": "reset"})
    else:
        made = boss.post("/admin/invite", json={"role": "member"})
    return str(made.json()["url"]).rpartition("/")[2]


def test_a_form_that_one_may_not_see_is_no_place_to_give_back_to(boss: httpx.Client) -> None:
    for path, fields in (("/chat/team/rules", {"slow_s": "x"}), ("/admin/invite", {"days": "0"})):
        answer = httpx.post(f"{boss.base_url}{path}", data=fields, headers=HTML)
        assert answer.status_code >= 400
        assert 'class="reason"' in answer.text
        assert 'id="refusal"' not in answer.text
