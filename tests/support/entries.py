"""Entries, as the answer to a post has them, and of every kind."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from sse_chat.events import Author, Draft
from sse_chat.ids import EntryId
from sse_chat.kinds import KINDS
from sse_chat.store.appending import Appending
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.rooms import RoomStore
from tests.support.servers import ServerProcess


def entry_of(answer: httpx.Response) -> dict[str, Any]:
    """The entry as all readers see it, without the edit_key that this answer alone has."""
    entry: dict[str, Any] = answer.json()
    entry.pop("edit_key", None)
    return entry


def proof(answer: httpx.Response) -> dict[str, str]:
    """The header by which a guest without a password changes what was posted."""
    return {"Edit-Key": answer.json()["edit_key"]}


def append_every_kind(server: ServerProcess, room: str) -> list[str]:
    """One entry of each kind of the table, past all rules of its own; their ids."""

    async def append() -> list[str]:
        keys = Keys()
        appending = Appending(keys, retention=1000, retention_age_s=3600)
        pipeline = Links(f"unix://{next(server.data.rglob('*.sock'))}").pipeline()
        store = RoomStore(posts=pipeline, reads=pipeline, keys=keys, appending=appending)
        serving = asyncio.create_task(pipeline.serve())
        try:
            ann = Author("ann", "g_1")
            drafts = (
                # Of one target, a deletion would take the others away.
                Draft(room, ann, f"{kind} *text*", kind=kind, target=EntryId(1, number))
                for number, kind in enumerate(KINDS)
            )
            return [str((await store.append(draft)).entry.id) for draft in drafts]
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    # While Playwright is open, its event loop counts as running in this thread.
    with ThreadPoolExecutor() as threads:
        return threads.submit(asyncio.run, append()).result()
