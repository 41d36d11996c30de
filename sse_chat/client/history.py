"""Pages of a room, and its long-poll: what works on every path."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

import httpx

from sse_chat.client.access import Access
from sse_chat.client.bodies import fetch
from sse_chat.client.exits import Exit
from sse_chat.client.problems import Problem, json_of, problem_of_answer
from sse_chat.client.target import Target
from sse_chat.errors import ChatError
from sse_chat.ids import EntryId, parse_id
from sse_chat.room_names import LABEL, parse_room

_MAX_PAGE = 500
_MIN_PAGE = 5
# A long-poll of 25 s, and the way there and back.
_POLL_TIMEOUT_S = 35.0
_TIMEOUT_S = 20.0

Page = dict[str, Any]


class History:
    def __init__(self, client: httpx.AsyncClient, access: Access) -> None:
        self._client = client
        self.target: Target = access.target
        self.round_trip_s = 0.0
        # Some paths cut an answer after so many bytes: then fewer entries are asked for at a time.
        self._page = _MAX_PAGE

    async def contact(self, *, last: int) -> Page:
        """The newest entries, by the room's own URL, which also names the default room."""
        page = await self._get(self.target.room_url, {"format": "json", "limit": str(last or 1)})
        self.target = self.target.in_room(page["room"])
        return page if last else {**page, "events": []}

    async def read_after(
        self, after: str, *, wait_s: int = 0, filters: Mapping[str, str] | None = None
    ) -> Page:
        # Some caches play answers again that are not to be stored.
        params = {
            "after": after,
            "limit": str(self._page),
            "nonce": secrets.token_hex(4),
            **(filters or {}),
        }
        if wait_s:
            params["wait"] = str(wait_s)
        timeout_s = _POLL_TIMEOUT_S if wait_s else _TIMEOUT_S
        try:
            page = await self._get(f"{self.target.room_url}/messages", params, timeout_s)
        except Problem as problem:
            if problem.code == Exit.UNREACHABLE:
                self._page = max(self._page // 4, _MIN_PAGE)
            raise
        self._page = min(2 * self._page, _MAX_PAGE)
        return page

    async def _get(self, url: str, params: dict[str, str], timeout_s: float = _TIMEOUT_S) -> Page:
        began_s = time.monotonic()
        answer, body = await fetch(
            self._client,
            "GET",
            url,
            timeout_s=timeout_s,
            params=params,
            headers={"Accept": "application/json"},
        )
        if "wait" not in params:
            self.round_trip_s = time.monotonic() - began_s
        if moved := self.target.moved(answer):
            tail = url.removeprefix(self.target.room_url)
            self.target = moved
            return await self._get(f"{moved.room_url}{tail}", params, timeout_s)
        return _checked(answer, body)


def _checked(answer: httpx.Response, body: bytes) -> Page:
    """An answer counts only with the right status, type and shape."""
    shape = json_of(answer, body)
    if answer.status_code == 200 and isinstance(shape, dict) and _is_page(shape):
        return shape
    raise problem_of_answer(answer, body)


def _is_page(shape: Page) -> bool:
    try:
        ids = [shape["cursor"]]
        for event in shape["events"]:
            ids += [event["id"], *filter(None, [event.get("target")])]
        gap = shape.get("gap")
        if gap:
            ids += [gap["after"], *filter(None, [gap.get("oldest")])]
        for each in ids:
            parse_id(each)
        if not isinstance(shape["more"], bool):
            return False
        if not shape["room"].startswith(LABEL):
            parse_room(shape["room"])
    except (KeyError, TypeError, AttributeError, ChatError):
        return False
    return not gap or "reason" in gap


def cursor_of(page: Page) -> EntryId:
    return parse_id(page["cursor"])


__all__ = ["History", "Page", "Problem", "cursor_of"]
