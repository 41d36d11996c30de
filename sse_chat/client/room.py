"""Room: what a Python program does in a room, over any path that the command line takes.

    async with Room("https://chat.example/chat/lobby", user="ci:SECRET") as room:
        await room.say("build 7 is done")
        async for entry in room.follow(last=10):
            print(entry["author"], entry["text"])

All calls try again while the server or the path is away, and raise Problem when that has no use.
Entries are dicts as the server's JSON has them.
"""

import secrets
import time
from collections.abc import Sequence
from typing import Any, Self

import httpx

from sse_chat.client.access import Access
from sse_chat.client.calls import WAIT_S, Calls
from sse_chat.client.entry_queue import Entry
from sse_chat.client.position import Cursor, Position
from sse_chat.ids import ZERO, parse_id


class Room(Calls):
    """`room`: a URL, or a name on `server`. `user`: NAME for a guest, NAME:PASSWORD.

    Proxies, ~/.netrc and SSE_CHAT_SERVER are read as by `sse-chat`. `give_up_s`: how long a call
    tries again. Raises SettingsError for what cannot be an address.
    """

    def __init__(self, room: str, **options: Any) -> None:
        super().__init__(room, **options)

    @classmethod
    def of_access(
        cls, access: Access, *, give_up_s: float, client: httpx.AsyncClient | None = None
    ) -> Self:
        """For the commands, which have read their flags already. With a `client` that is somebody
        else's it is open as long as that one is."""
        room = cls.__new__(cls)
        room._begin(access, give_up_s)
        if client is not None:
            room._connect(client)
        return room

    @property
    def name(self) -> str:
        """The room's; "" for the default room until a call was answered."""
        return self._reader.target.room

    async def say(
        self,
        text: str,
        *,
        key: str | None = None,
        update_key: str | None = None,
        reply_to: str | None = None,
    ) -> Entry:
        """The entry. `update_key`: gives one's message of that key this text."""
        payload: dict[str, Any] = {"text": text}
        if reply_to is not None:
            payload["reply_to"] = reply_to
        headers = {"Idempotency-Key": key or secrets.token_urlsafe(18)}
        if update_key is not None:
            headers["Update-Key"] = update_key
        return await self._request("POST", "", json=payload, headers=headers)

    async def ask(
        self,
        text: str,
        choices: Sequence[str],
        *,
        who: Sequence[str] = (),
        timeout_s: int = 3600,
        key: str | None = None,
    ) -> str | None:
        """The choice; None when nobody answered in time, or the question was taken back.

        With a `key` of its own a program that was started again asks the same question.
        """
        await self._contact()
        payload = {"text": text, "choices": list(choices), "who": list(who), "until": timeout_s}
        headers = {"Idempotency-Key": key or secrets.token_urlsafe(18)}
        question = await self._request("POST", "/ask", json=payload, headers=headers)
        path = f"/messages/{question['id']}/answer"
        until_s = time.monotonic() + timeout_s + self._give_up_s
        while time.monotonic() < until_s:
            found = await self._request("GET", path, params={"wait": str(WAIT_S)})
            if found["state"] != "open":
                answer = found["answer"]
                return str(answer["choice"]) if answer else None
        return None

    def _read_position(self, after: str | None, *, is_filtered: bool) -> Cursor:
        cursor = ZERO if after in (None, "0") else parse_id(after)
        return Position(cursor, is_filtered=is_filtered)
