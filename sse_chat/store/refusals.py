"""What redis-py's errors mean to us: the one place that knows their classes. No I/O."""

from redis.exceptions import (
    AskError,
    AuthenticationError,
    ClusterDownError,
    MovedError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from sse_chat.errors import ChatError, StoreFull, StoreUnavailable

# A connection that cannot be made, or was lost; not one that hangs.
LOST = (RedisConnectionError, ConnectionError)
FAILED = (RedisError, OSError, TimeoutError)
REFUSED = ResponseError
# A redirection: of one command, or (a subclass) of all to a slot.
Redirected = AskError
Moved = MovedError
# Where redis-py has a class it takes the code off the message; a script's error keeps it.
_FULL = ("OOM ", "MISCONF ")
# It is not, or not yet, or no longer the store that takes our writes.
_ELSEWHERE = ("READONLY ", "UNBLOCKED ", "NOREPLICAS ", "MASTERDOWN ", "CLUSTERDOWN ", "TRYAGAIN ")
_ELSEWHERE_TYPES = (ReadOnlyError, ClusterDownError, TryAgainError)


class StoreLost(StoreUnavailable):
    """Nothing answers there: it is known at once, and may be over as soon."""


class StoreRefused(StoreUnavailable):
    """The store refused this call alone; it goes on serving others."""


class ScriptMissing(StoreRefused):
    """The store does not know the script by its hash."""


_NO_DATABASE = "DB index is out of range"


def map_refusal(refusal: ResponseError) -> Redirected | ChatError:
    """StoreFull, StoreRefused or StoreUnavailable; a redirection of a cluster stays as it is."""
    if isinstance(refusal, Redirected):
        return refusal
    said = str(refusal)
    if isinstance(refusal, OutOfMemoryError) or said.startswith(_FULL):
        return StoreFull(f"the store has no room: {said}")
    if isinstance(refusal, _ELSEWHERE_TYPES) or said.startswith(_ELSEWHERE):
        return StoreUnavailable(f"the store cannot serve this now: {said}")
    kind = ScriptMissing if isinstance(refusal, NoScriptError) else StoreRefused
    return kind(f"the store refused: {said}")


def map_failure(exc: BaseException) -> StoreUnavailable:
    """Of a call that got no answer: StoreLost where nothing is there."""
    kind = StoreLost if isinstance(exc, LOST) else StoreUnavailable
    return kind(f"the store is away: {describe(exc)}")


def is_elsewhere(reply: object) -> bool:
    """Whether the store must be looked for anew: it was demoted, or is still starting."""
    return isinstance(reply, StoreUnavailable) and not isinstance(reply, StoreRefused)


def is_wrong_setting(exc: StoreUnavailable) -> bool:
    """Whether waiting does not help: a wrong password, or a database that is not there."""
    cause = exc.__cause__
    return isinstance(cause, AuthenticationError) or _NO_DATABASE in str(cause)


def describe(exc: BaseException) -> str:
    if isinstance(exc, TimeoutError) and not str(exc):
        return "no answer in time"
    return str(exc) or type(exc).__name__
