"""Acts whose effect outlives a session ask for the password again, once that is not new."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from sse_chat.app import create_app
from sse_chat.settings import Settings
from sse_chat.web.people import confirming
from tests.support.stores import run_store

PASSWORD = "correct horse battery"
ACTS = {
    "a token": ("/account/tokens", {}),
    "the end of one": ("/account/tokens/0123456789ab/revoke", {}),
    "a hook": ("/chat/anns/hooks", {"name": "ci"}),
    "a hook out": ("/chat/anns/hooks", {"url": "https://hooks.example.org/in"}),
    "the end of a hook": ("/chat/anns/hooks/0123456789ab/revoke", {}),
}


@asynccontextmanager
async def signed_up(store_url: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(redis=store_url, limits=False))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app) as state,
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        assert state is not None
        payload = {"name": "ann", "password": PASSWORD}
        assert (await client.post("/account", json=payload)).status_code == 201
        assert (await client.post("/rooms", json={"room": "anns"})).status_code == 201
        yield client


def test_acts_that_outlive_a_session_ask_for_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(store_url: str) -> None:
        async with signed_up(store_url) as ann:
            monkeypatch.setattr(confirming, "_FRESH_S", -1)
            for what, (path, fields) in ACTS.items():
                for given, error in (("", "password_needed"), ("not the one", "unauthorized")):
                    answer = await ann.post(path, json={**fields, "password": given})
                    assert answer.json()["error"] == error, what
                answer = await ann.post(path, json={**fields, "password": PASSWORD})
                # What is not there to be ended is past the question too.
                assert answer.json().get("error", "not_found") == "not_found", what
            page = await ann.get("/chat/anns/rules", headers={"Accept": "text/html"})
            assert 'name="password"' in page.text
            monkeypatch.setattr(confirming, "_FRESH_S", 900)
            assert (await ann.post("/chat/anns/hooks", json={"name": "cd"})).status_code == 201
            page = await ann.get("/chat/anns/rules", headers={"Accept": "text/html"})
            assert 'name="password"' not in page.text

    with run_store(tmp_path) as store:
        asyncio.run(work(store.url))
