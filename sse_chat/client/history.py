"""Pages of a room, and its long-poll: what works on every path."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

import httpx

from sse_chat.client.access import Access
from sse_chat.client.bodies import fetch
from sse_chat.client.exits import Exit
from sse_chat.client.position import parse_label
from sse_chat.client.problems import Problem, json_of, problem_of_answer
from sse_chat.client.target import Target
from sse_chat.errors import ChatError
from sse_chat.ids import parse_id

_MAX_PAGE = 500
_MIN_PAGE = 5
# A long-poll of 25 s, and the way there and back.
_POLL_TIMEOUT_S = 35.0
_TIMEOUT_S = 20.0
# Of a query: nginx takes 8 KB of head, some filters 2 KB.
_LONG = 1800

Page = dict[str, Any]


class History:
    def __init__(self, client: httpx.AsyncClient, access: Access) -> None:
        self._client = client
        self._access = access
        self._target = access.target
        self.round_trip_s = 0.0
        # Some paths cut an answer after so many bytes: then fewer entries are asked for at a time.
        self._page = _MAX_PAGE

    @property
    def target(self) -> Target:
        return self._target

    @target.setter
    def target(self, target: Target) -> None:
        self._target = target

    async def contact(self, *, last: int, filters: Mapping[str, str] | None = None) -> Page:
        """The newest entries, by the room's own URL, which also names the default room."""
        page = await self._get_newest(self.target.room_url, last, filters, format="json")
        self.target = self.target.in_room(page["room"])
        return page

    async def _get_newest(
        self, url: str, last: int, filters: Mapping[str, str] | None, **params: str
    ) -> Page:
        # Of nothing the server tells its cursor, too, and without a search.
        wanted = filters if last and filters else {}
        page = await self._get(url, {"limit": str(last or 1), **wanted, **params})
        return page if last else {**page, "events": []}

    async def find_left(self) -> list[str]:
        """Of many rooms those that can be read no longer, which are read no longer then."""
        return []

    def leave(self, room: str) -> bool:
        """Of many rooms; False when none is left."""
        return False

    async def read_after(
        self, after: str, *, wait_s: int = 0, filters: Mapping[str, str] | None = None
    ) -> Page:
        # Some caches play answers again that are not to be stored.
        params = {
            "after": after,
            "limit": str(self._page),
            "nonce": secrets.token_hex(4),
            **(filters or {}),
            **self.target.params,
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
        method, options = request_options("GET", params)
        answer, body = await fetch(
            self._client,
            method,
            url,
            timeout_s=timeout_s,
            headers={"Accept": "application/json"},
            **options,
        )
        if "wait" not in params:
            self.round_trip_s = time.monotonic() - began_s
        if moved := self.target.moved(answer):
            tail = url.removeprefix(self.target.room_url)
            self.target = moved
            return await self._get(f"{moved.room_url}{tail}", params, timeout_s)
        return self._checked(answer, body)

    def _checked(self, answer: httpx.Response, body: bytes) -> Page:
        """An answer counts only with the right status, type and shape."""
        payload = json_of(answer, body)
        if answer.status_code == 200 and isinstance(payload, dict):
            try:
                return self._to_page(payload)
            except (KeyError, TypeError, AttributeError, ChatError):
                pass
        raise problem_of_answer(answer, body)

    def _to_page(self, payload: Page) -> Page:
        """With `gaps`; raises KeyError, TypeError, AttributeError or ChatError for what is none."""
        parse_label(payload["room"])
        parse_id(payload["cursor"])
        gaps = [payload["gap"]] if payload.get("gap") else []
        return {**payload, **check_page(payload["events"], gaps, payload["more"])}


def check_page(events: Any, gaps: Any, has_more: Any) -> Page:
    for event in events:
        _check_ids(event["id"], event.get("target"))
    for gap in gaps:
        _check_ids(gap["after"], gap.get("oldest"))
        gap["reason"]
    if not isinstance(has_more, bool):
        raise TypeError("more is no boolean")
    return {"events": list(events), "gaps": list(gaps), "more": has_more}


def _check_ids(first: str, second: str | None) -> None:
    parse_id(first)
    if second:
        parse_id(second)


def request_options(method: str, params: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The same call by POST where the query would be too long for some paths."""
    if method == "GET" and sum(len(name) + len(value) for name, value in params.items()) < _LONG:
        return method, {"params": params}
    return "POST", {"data": params}


__all__ = ["History", "Page", "Problem"]
