"""Delivery: a post is tried again, under one idempotency key, until the server has it."""

import time
from typing import Any

import httpx

from sse_chat.client.backoff import Backoff
from sse_chat.client.output import Notices
from sse_chat.client.problems import Problem, json_of, problem_of_answer, problem_of_failure
from sse_chat.client.target import Target


class Delivery:
    """`give_up_s`: how long to try one post; 0 for ever."""

    def __init__(
        self, client: httpx.Client, target: Target, notices: Notices, *, give_up_s: float
    ) -> None:
        self._client = client
        self._target = target
        self._notices = notices
        self._give_up_s = give_up_s

    def post(self, body: bytes, content_type: str, key: str) -> dict[str, Any]:
        """The server's JSON; raises Problem when going on has no use."""
        backoff = Backoff()
        began_s = time.monotonic()
        while True:
            try:
                return self._try(body, content_type, key)
            except Problem as problem:
                is_over = self._give_up_s and time.monotonic() - began_s > self._give_up_s
                if not problem.is_passing or is_over:
                    raise
                self._notices.say(f"{problem.detail}; trying again")
                time.sleep(backoff.next_s(problem.retry_after_s))

    def _try(self, body: bytes, content_type: str, key: str) -> dict[str, Any]:
        headers = {
            "Content-Type": content_type,
            "Accept": "application/json",
            "Idempotency-Key": key,
        }
        try:
            answer = self._client.post(self._target.room_url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exc:
            raise problem_of_failure(exc) from exc
        if moved := self._target.moved(answer):
            self._target = moved
            return self._try(body, content_type, key)
        shape = json_of(answer, answer.content)
        if answer.status_code in (200, 201) and isinstance(shape, dict):
            return shape
        problem = problem_of_answer(answer, answer.content)
        problem.kept = _kept_of(shape)
        raise problem


def _kept_of(shape: Any) -> int:
    """How many messages of a pipe were kept before the error."""
    count = shape.get("count") if isinstance(shape, dict) else None
    return count if isinstance(count, int) else 0
