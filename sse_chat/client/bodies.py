"""The body of an answer, up to a limit: whoever answers need not be sse-chat."""

import httpx

from sse_chat.client.exits import Exit
from sse_chat.client.problems import Problem

# A page of 500 of the longest texts, with their markup, as JSON.
MAX_PAGE_BYTES = 64 * 1024 * 1024
# The answer to a post is one entry.
MAX_RECEIPT_BYTES = 1024 * 1024


def _too_long(limit: int) -> Problem:
    return Problem(Exit.NOT_SSE_CHAT, f"this is not sse-chat: the answer is over {limit:,} bytes")


async def read_async(answer: httpx.Response, limit: int = MAX_PAGE_BYTES) -> bytes:
    """As it was sent: nothing compressed was asked for. Raises Problem."""
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise _too_long(limit)
    return bytes(body)


def read(answer: httpx.Response, limit: int = MAX_RECEIPT_BYTES) -> bytes:
    body = bytearray()
    for chunk in answer.iter_raw():
        body += chunk
        if len(body) > limit:
            raise _too_long(limit)
    return bytes(body)
