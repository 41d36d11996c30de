"""The pages of an owner: the overview, rooms, the audit log, and forms without JavaScript."""

import httpx

from tests.http.administration import HTML, boss, closed, find, invite
from tests.support.servers import ServerProcess

__all__ = ["boss", "closed"]


def test_the_overview_tells_state_settings_and_this_request(
    boss: httpx.Client, closed: ServerProcess
) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    found = boss.get("/admin", headers=forwarded).json()
    state, seen = found["state"], found["request"]
    assert state["store"]["kind"] == "embedded"
    assert state["store"]["version"].startswith("valkey ")
    assert {"format": "sse", "step": "1", "count": 0} in state["feeds"]
    assert (seen["client"], seen["peer"], seen["scheme"]) == ("127.0.0.1", "127.0.0.1", "http")
    assert seen["forwarded"] == {"x-forwarded-for": "203.0.113.7"}
    assert seen["has_untrusted_proxy"] is True
    settings = {each["flag"]: each for each in found["settings"]}
    assert (settings["--access"]["value"], settings["--access"]["source"]) == (
        "members", "--access"
    )  # fmt: skip
    assert settings["--rotate"]["source"] == "default"
    # The secret of this data folder was made, not given.
    assert settings["--secret"]["value"] in ("", "(set)")
    with boss.stream("GET", "/doctor", headers=forwarded) as doctor:
        lines = doctor.iter_lines()
        assert any("does not trust it" in next(lines) for _ in range(3))
    page = boss.get("/admin", headers=HTML).text
    assert "--trusted-proxies 127.0.0.1" in page
    assert closed.output.read_text().count("127.0.0.1 sends X-Forwarded-*") == 1
    assert httpx.get(f"{closed.url}/admin").status_code == 401


def test_rooms_are_listed_with_rules_and_sizes(boss: httpx.Client) -> None:
    assert boss.post("/rooms", json={"room": "store", "visibility": "invited"}).status_code == 201
    for text in ("one", "two"):
        assert boss.post("/chat/store", content=text).status_code == 201
    rooms = {each["room"]: each for each in boss.get("/admin/rooms").json()["rooms"]}
    assert (rooms["store"]["entries"], rooms["store"]["visibility"]) == (2, "invited")
    assert rooms["store"]["bytes"] > 100
    assert "#</span>store" in boss.get("/admin/rooms", headers=HTML).text


def test_the_audit_log_is_read_in_pages(boss: httpx.Client) -> None:
    invite(boss, "ivy")
    whole = boss.get("/audit").json()
    assert whole["more"] is False
    first = boss.get("/audit?limit=2").json()
    assert (first["audit"], first["more"]) == (whole["audit"][:2], True)
    rest = boss.get(f"/audit?before={first['audit'][-1]['id']}").json()["audit"]
    assert rest == whole["audit"][2:]
    assert boss.get("/audit?before=x").status_code == 400
    page = boss.get("/audit?limit=1&contains=account", headers=HTML).text
    assert "Older" in page


def test_the_pages_do_it_by_plain_forms(boss: httpx.Client) -> None:
    invite(boss, "fay")
    page = boss.get("/admin/people", headers=HTML)
    assert "fay" in page.text
    made = boss.post("/admin/invite", data={"role": "member", "days": "1"}, headers=HTML)
    assert "/invite/" in made.text
    who = find(boss, "fay")["author_id"]
    ended = boss.post("/admin/people", data={"act": "end", "who": who}, headers=HTML)
    assert (ended.status_code, ended.headers["location"]) == (303, "/admin/people")
    assert "Restore the account" in boss.get("/admin/people", headers=HTML).text
