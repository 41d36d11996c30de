"""ExitStatus: how the process ends, and what it says then."""

import logging
import os
import signal
from types import FrameType

_log = logging.getLogger("sse_chat")


class ExitStatus:
    """0 when it was asked to end, 70 after a fault."""

    def __init__(self) -> None:
        self._has_failed = False
        self._has_started = False
        self._reason = "Ctrl-C"

    def fail(self) -> None:
        self._has_failed = True

    def start(self) -> None:
        """From now on there is something that can stop."""
        self._has_started = True

    def note(self, signum: int) -> None:
        """What a signal asks for, when it is not this that takes it."""
        self._reason = signal.Signals(signum).name

    def log_end(self) -> None:
        if not self._has_started:
            return
        reason = "after a fault; see the lines above" if self._has_failed else self._reason
        _log.info("sse-chat stopped: %s", reason)

    def exit(self, signum: int, frame: FrameType | None) -> None:
        """For SIGTERM. uvicorn raises it again once it has stopped; then the store must be."""
        self.note(signum)
        raise SystemExit(os.EX_SOFTWARE if self._has_failed else 0)
