"""Sink and Reader: where the bytes of a feed go, and who reads them."""

from typing import Protocol


class Sink(Protocol):
    """Where a feed's bytes go: it calls `Feed.take` whenever its reader has room.

    Everything here is called from the event loop's thread, raises nothing and does not block.
    """

    blocked_since_s: float
    """When the reader stopped taking bytes, by `Hub.clock`; infinite while it takes them."""

    def wake(self) -> None:
        """The feed may have something to send. May be called for nothing, and after `abort`."""

    def abort(self) -> None:
        """Cut the connection, sending nothing more. A second call does nothing."""


class Reader(Protocol):
    """Who reads a feed."""

    @property
    def counts_for(self) -> tuple[str, ...]:
        """The names under which the hub counts the feed."""
        ...
