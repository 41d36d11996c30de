"""Pages of many rooms, and their long-poll."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx

from sse_chat.client.access import Access
from sse_chat.client.exits import Exit
from sse_chat.client.history import History, Page, check_page
from sse_chat.client.position import check_token, parse_label
from sse_chat.client.problems import Problem
from sse_chat.client.target import ALL, Rooms, Target

_NO_RIGHT = (Exit.SIGN_IN, Exit.FORBIDDEN, Exit.NOT_FOUND)


class RoomsHistory(History):
    """Of the rooms that can still be read. The cursor of its pages is a token."""

    def __init__(self, client: httpx.AsyncClient, access: Access, rooms: Rooms) -> None:
        super().__init__(client, access)
        self._rooms = rooms

    @property
    def target(self) -> Target:
        return self._rooms

    @target.setter
    def target(self, target: Target) -> None:
        if isinstance(target, Rooms):
            self._rooms = target

    async def contact(self, *, last: int, filters: Mapping[str, str] | None = None) -> Page:
        """The newest entries of all rooms together; of these, those that match."""
        url = f"{self._rooms.base}/messages"
        return await self._get_newest(url, last, filters, **self._rooms.params)

    async def find_left(self) -> list[str]:
        """Each room by itself: of many the server says only that one cannot be read."""
        if self._rooms.rooms == (ALL,):
            return []
        left = [room for room in self._rooms.rooms if not await self._may_read(room)]
        if len(left) == len(self._rooms.rooms):
            return []
        for room in left:
            self.leave(room)
        return left

    async def _may_read(self, room: str) -> bool:
        one = History(self._client, replace(self._access, target=Target(self._rooms.base, room)))
        try:
            await one.contact(last=0)
        except Problem as problem:
            return problem.code not in _NO_RIGHT
        return True

    def leave(self, room: str) -> bool:
        rest = self._rooms.without(room)
        if rest.rooms:
            self._rooms = rest
        return bool(rest.rooms)

    def _to_page(self, payload: Page) -> Page:
        check_token(payload["cursor"])
        page: dict[str, Any] = check_page(payload["events"], payload["gaps"], payload["more"])
        for each in [*page["events"], *page["gaps"], *payload.get("left", ())]:
            parse_label(each["room"])
        return {**payload, **page}
