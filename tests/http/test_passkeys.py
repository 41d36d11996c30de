"""What is sent in place of a passkey: nobody is signed in by it. The rest is in a browser."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.servers import ServerProcess

PASSWORD = "correct horse battery"
_USED = {"id": "AAAA", "rawId": "AAAA", "type": "public-key"}


@pytest.fixture
def ann(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        payload = {"name": "ann-of-passkeys", "password": PASSWORD}
        made = client.post("/account", json=payload)
        if made.status_code == 400:
            made = client.post("/session", json=payload)
        assert made.is_success
        yield client


@pytest.mark.parametrize(
    "credential",
    [
        None, 5, "", "{", "[" * 5000, [], {}, {"id": 5}, _USED,
        _USED | {"response": {}}, _USED | {"response": {"userHandle": "*"}},
        _USED | {"response": {"userHandle": "dV8wMDAwMDAwMDAwMDAwMDAw"}},
        json.dumps(_USED | {"response": {"attestationObject": "g" * 4000, "clientDataJSON": ""}}),
    ],
)  # fmt: skip
def test_what_is_no_passkey_is_refused(ann: httpx.Client, credential: Any) -> None:
    for begin, path, more in (
        ("/account/passkeys/options", "/account/passkeys", {"password": PASSWORD}),
        ("/session/passkey/options", "/session/passkey", {}),
    ):
        ticket = ann.post(begin, json=more).json()["ticket"]
        answer = ann.post(path, json={"credential": credential, "ticket": ticket})
        assert answer.status_code in (400, 401, 403), answer.text
        assert "set-cookie" not in answer.headers
    assert ann.get("/account").json()["second_factor"]["passkeys"] == []


def test_a_ticket_is_good_once_and_for_its_purpose(ann: httpx.Client) -> None:
    begun = ann.post("/account/passkeys/options", json={"password": PASSWORD}).json()
    assert begun["options"]["rp"]["id"] == "127.0.0.1"
    assert begun["options"]["authenticatorSelection"]["userVerification"] == "required"
    payload = {"credential": _USED, "ticket": begun["ticket"]}
    assert ann.post("/session/passkey", json=payload).status_code == 401
    assert ann.post("/account/passkeys", json=payload).json()["error"] == "malformed"
    assert ann.post("/account/passkeys", json=payload).status_code == 403


def test_a_passkey_is_added_with_the_password(ann: httpx.Client) -> None:
    assert ann.post("/account/passkeys/options", json={}).json()["error"] == "password_needed"
    wrong = ann.post("/account/passkeys/options", json={"password": "wrong password"})
    assert wrong.status_code == 401
    for act in ("rename", "remove"):
        answer = ann.post(
            f"/account/passkeys/AAAA/{act}", json={"password": PASSWORD, "label": "a"}
        )
        assert answer.status_code == 404
