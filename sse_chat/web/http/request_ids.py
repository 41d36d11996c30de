"""RequestIds: a name for each request, in its log lines and its answer."""

import itertools
import re
import secrets
from contextvars import ContextVar

from starlette.types import Scope

request_id: ContextVar[str] = ContextVar("request_id", default="")
HEADER = b"x-request-id"
_ALLOWED = re.compile(rb"[a-zA-Z0-9._-]{1,64}")


class RequestIds:
    """A proxy's X-Request-ID is taken over, so that its log and ours can be read together."""

    def __init__(self) -> None:
        # Not each at random: that would cost more than the rest of this.
        self._start = secrets.token_hex(4).encode()
        self._numbers = itertools.count(1)

    def name(self, scope: Scope) -> bytes:
        """The request's name, which the log lines of this task have from now on."""
        found = self.find(scope)
        request_id.set(found.decode())
        return found

    def find(self, scope: Scope) -> bytes:
        """The proxy's, else a new one."""
        for header, value in scope["headers"]:
            if header == HEADER and _ALLOWED.fullmatch(value):
                return bytes(value)
        return b"%b-%x" % (self._start, next(self._numbers))
