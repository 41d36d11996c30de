"""Delivery: a post is tried again, under one idempotency key, until the server has it."""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import httpx

from sse_chat.client.backoff import Backoff
from sse_chat.client.bodies import read
from sse_chat.client.exits import Exit
from sse_chat.client.output import Notices
from sse_chat.client.problems import Problem, json_of, problem_of_answer, problem_of_failure
from sse_chat.client.target import Target

_EXPLAIN_S = 5.0
_NO_QUERY: Mapping[str, str] = MappingProxyType({})


class Delivery:
    """`receipt`: the member that only our own answer has. `give_up_s`: how long to try one post;
    0 for ever."""

    def __init__(
        self,
        client: httpx.Client,
        target: Target,
        notices: Notices,
        *,
        receipt: str,
        give_up_s: float,
    ) -> None:
        self._client = client
        self._target = target
        self._notices = notices
        self._receipt = receipt
        self._give_up_s = give_up_s
        self._was_reached = False

    def post(
        self,
        body: bytes,
        content_type: str,
        key: str,
        *,
        update_key: str | None = None,
        query: Mapping[str, str] = _NO_QUERY,
    ) -> dict[str, Any]:
        """The server's JSON; raises Problem when going on has no use."""
        backoff = Backoff()
        headers = {
            "Content-Type": content_type,
            "Accept": "application/json",
            "Idempotency-Key": key,
        }
        if update_key is not None:
            headers["Update-Key"] = update_key
        until_s = time.monotonic() + (self._give_up_s or float("inf"))
        while True:
            try:
                payload = self._try(body, headers, query)
                self._was_reached = True
                return payload
            except Problem as found:
                problem = self._explain(found)
                left_s = until_s - time.monotonic()
                if left_s <= 0 or not self._may_pass(problem):
                    raise problem from None
                self._notices.say(f"{problem.detail}; trying again")
                time.sleep(min(backoff.next_s(problem.retry_after_s), left_s))

    def _explain(self, problem: Problem) -> Problem:
        """Some proxies cut a POST off before their 407 can be read; a GET gets to see it."""
        if problem.code != Exit.UNREACHABLE or self._was_reached:
            return problem
        try:
            url = f"{self._target.base}/healthz"
            with self._client.stream("GET", url, timeout=_EXPLAIN_S) as answer:
                said = read(answer)
        except (httpx.HTTPError, OSError, Problem):
            return problem
        return problem_of_answer(answer, said) if answer.status_code == 407 else problem

    def _may_pass(self, problem: Problem) -> bool:
        """A proxy's demand for a password passes only where it was met before."""
        return problem.is_passing and (problem.code != Exit.PROXY or self._was_reached)

    def _try(
        self, body: bytes, headers: dict[str, str], query: Mapping[str, str]
    ) -> dict[str, Any]:
        try:
            url = self._target.room_url
            sent = self._client.stream("POST", url, content=body, headers=headers, params=query)
            with sent as answer:
                said = read(answer)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exc:
            raise problem_of_failure(exc) from exc
        if moved := self._target.moved(answer):
            self._target = moved
            return self._try(body, headers, query)
        payload = json_of(answer, said)
        # Somebody else's 200 must not pass for a message that was kept.
        is_kept = answer.status_code in (200, 201) and isinstance(payload, dict)
        if is_kept and self._receipt in payload:
            return dict(payload)
        problem = problem_of_answer(answer, said)
        problem.kept = _kept_of(payload)
        raise problem


def _kept_of(payload: Any) -> int:
    """How many messages of a pipe were kept before the error."""
    count = payload.get("count") if isinstance(payload, dict) else None
    return count if isinstance(count, int) else 0
