"""What a store's refusal means to us. No I/O."""

from redis.exceptions import (
    AskError,
    ClusterDownError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)

from sse_chat.errors import ChatError, StoreFull, StoreUnavailable

# Where redis-py has a class it takes the code off the message; a script's error keeps it.
_FULL = ("OOM ", "MISCONF ")
# It is not, or not yet, or no longer the store that takes our writes.
_ELSEWHERE = ("READONLY ", "UNBLOCKED ", "NOREPLICAS ", "MASTERDOWN ", "CLUSTERDOWN ", "TRYAGAIN ")
_ELSEWHERE_TYPES = (ReadOnlyError, ClusterDownError, TryAgainError)


def judge(refusal: ResponseError) -> ResponseError | ChatError:
    """The error as callers should meet it; what concerns the call alone stays as it is."""
    if isinstance(refusal, NoScriptError | AskError):
        return refusal
    said = str(refusal)
    if isinstance(refusal, OutOfMemoryError) or said.startswith(_FULL):
        return StoreFull(f"the store has no room: {said}")
    if isinstance(refusal, _ELSEWHERE_TYPES) or said.startswith(_ELSEWHERE):
        return StoreUnavailable(f"the store cannot serve this now: {said}")
    return refusal
