"""Presence: a page that closes is gone soon, unless another sign of life follows."""

import asyncio
import secrets

import httpx
import pytest

from sse_chat.author_ids import AuthorId
from sse_chat.events import Author, EphemeralEvent
from sse_chat.presence import Presence
from tests.support.servers import curl

ANN = Author("ann", "g_1")


class Fake:
    """A directory in memory, whose clock the test sets."""

    def __init__(self) -> None:
        self.now_s = 0
        self.until_s: dict[str, int] = {}
        self.told: list[EphemeralEvent] = []

    async def mark_present(self, room: str, author: Author, for_s: int) -> bool:
        self.until_s[author.author_id] = self.now_s + for_s
        return True

    async def shorten_presence(self, room: str, author_id: str, for_s: int) -> None:
        known = self.until_s[author_id]
        self.until_s[author_id] = min(known, self.now_s + for_s)

    async def drop_absent(self, room: str) -> bool:
        gone = [who for who, until_s in self.until_s.items() if until_s <= self.now_s]
        for who in gone:
            del self.until_s[who]
        return bool(gone)

    async def unmark_present(self, room: str, author_id: str) -> bool:
        return self.until_s.pop(author_id, None) is not None

    async def list_people(self, room: str) -> tuple[list[Author], int]:
        return [], 0

    async def tell(self, event: EphemeralEvent) -> None:
        self.told.append(event)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def make(fake: Fake) -> Presence:
    return Presence(fake, leaving_s=0)  # type: ignore[arg-type]


def test_who_leaves_is_gone_once_the_time_is_over() -> None:
    async def story() -> None:
        fake = Fake()
        presence = make(fake)
        presence.mark("r", ANN)
        await settle()
        presence.leave("r", ANN)
        await settle()
        assert not fake.until_s

    asyncio.run(story())


def test_who_comes_and_is_sent_out_at_once_is_one_piece_of_news(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sse_chat.presence._GATHER_S", 0)

    async def story() -> None:
        fake = Fake()
        presence = make(fake)
        presence.mark("r", ANN)
        presence.end("r", AuthorId("g_1"))
        await settle()
        assert len(fake.told) == 1

    asyncio.run(story())


def test_who_gives_another_sign_of_life_stays() -> None:
    async def story() -> None:
        fake = Fake()
        presence = make(fake)
        presence.mark("r", ANN)
        await settle()
        presence.leave("r", ANN)
        presence.renew("r", ANN)
        await settle()
        assert fake.until_s

    asyncio.run(story())


def test_what_a_closed_page_had_on_its_way_is_no_sign_of_life() -> None:
    async def story() -> None:
        fake = Fake()
        presence = make(fake)
        presence.mark("r", ANN)
        await settle()
        presence.leave("r", ANN)
        await asyncio.sleep(0)
        presence.mark("r", ANN)
        await settle()
        assert not fake.until_s

    asyncio.run(story())


def test_who_closes_a_second_page_after_its_sign_of_life_is_gone_too() -> None:
    class Reopened(Fake):
        """While the first page's time passes, the second shows a sign of life and is closed."""

        is_closed = False

        async def drop_absent(self, room: str) -> bool:
            if not self.is_closed:
                self.is_closed = True
                await self.mark_present(room, ANN, 300)
                presence.leave(room, ANN)
            return await super().drop_absent(room)

    fake = Reopened()
    presence = make(fake)

    async def story() -> None:
        presence.mark("r", ANN)
        await settle()
        presence.leave("r", ANN)
        for _ in range(3):
            await settle()
        assert not fake.until_s

    asyncio.run(story())


def test_a_sign_of_life_needs_a_name(room: str) -> None:
    assert httpx.post(f"{room}/presence", data={"state": "here"}).status_code == 401
    named = httpx.post(f"{room}/presence", data={"state": "here"}, auth=("ann", ""))
    assert named.status_code == 204
    wrong = httpx.post(f"{room}/presence", data={"state": "away"}, auth=("ann", ""))
    assert wrong.status_code == 400


def test_all_of_301_people_are_counted_and_listed(room: str) -> None:
    names = {f"p{number}{secrets.token_hex(2)}" for number in range(301)}
    with httpx.Client() as client:
        for name in names:
            client.post(f"{room}/presence", data={"state": "here"}, auth=(name, ""))
        answer = client.get(f"{room}/people").json()
    assert answer["count"] == 301
    assert {each["name"] for each in answer["people"]} == names
    assert curl("-o", "/dev/null", "-w", "%{http_code}", f"{room}/people") == "200"
