"""LimitLog: which limits are hit, and by whom, in the log and in the counts."""

import logging
import time

from sse_chat.counts import Counts
from sse_chat.errors import TooMany
from sse_chat.people.roles import Person
from sse_chat.presence import Throttle
from sse_chat.visible import quote

_log = logging.getLogger("sse_chat.limits")
# Who goes on against a limit is told of once a minute.
_AGAIN_S = 60


class LimitLog:
    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._told = Throttle(_AGAIN_S)

    def note(self, error: TooMany, person: Person | None, address: str) -> None:
        """`person`: None where it is not known who asked."""
        limit = str(error.fields.get("limit", "other"))
        self._counts.limit_hits.add(limit, time.time())
        who = person.author.author_id if person else address
        if not self._told.may_pass((limit, who)):
            return
        shown = f"{quote(person.author.name)} ({who})" if person else "somebody"
        _log.info("limit %s hit by %s from %s: %s", limit, shown, address, error.detail)
