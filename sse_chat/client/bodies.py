"""The body of an answer, up to a limit: whoever answers need not be sse-chat."""

import asyncio
from typing import Any

import httpx

from sse_chat.client.exits import Exit
from sse_chat.client.problems import Problem, problem_of_failure

# A page of 500 of the longest texts, with their markup, as JSON.
MAX_PAGE_BYTES = 64 * 1024 * 1024
# The answer to a post is one entry.
MAX_RECEIPT_BYTES = 1024 * 1024
_REST_S = 60.0


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


async def fetch(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    timeout_s: float,
    limit: int = MAX_PAGE_BYTES,
    **options: Any,
) -> tuple[httpx.Response, bytes]:
    """The answer and its body. `timeout_s`: for each piece, and 60 s more for all of them.

    Raises Problem.
    """
    try:
        # httpx waits so long for each piece; what drips must end too.
        async with asyncio.timeout(timeout_s + _REST_S):
            request = client.build_request(method, url, timeout=timeout_s, **options)
            answer = await client.send(request, stream=True)
            try:
                return answer, await read_async(answer, limit)
            finally:
                await answer.aclose()
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as exc:
        raise problem_of_failure(exc) from exc


def read(answer: httpx.Response, limit: int = MAX_RECEIPT_BYTES) -> bytes:
    body = bytearray()
    for chunk in answer.iter_raw():
        body += chunk
        if len(body) > limit:
            raise _too_long(limit)
    return bytes(body)
