"""How a write is known to be with the replicas, too: WAIT, behind a write of its own. No I/O."""

from typing import Any

from sse_chat.errors import StoreUnavailable
from sse_chat.store.commands import key_of, may_write
from sse_chat.store.resp import Command

_WAIT_MS = 1000
_MARK_MS = 1000


def confirmation(commands: list[Command], replicas: int) -> list[Command]:
    """What asks so many replicas for what the commands before it have written, if they may have.

    WAIT asks only for what its own connection has written. A post that is sent again writes
    nothing where the store finds it by its key, though no replica may have it yet; so there is
    always a write, a mark that goes by itself, and what has that has all before it.
    """
    if not replicas:
        return []
    written = next(
        (command for command in commands if may_write(command) and key_of(command)), None
    )
    if written is None:
        return []
    return [
        ("SET", _mark_beside(str(key_of(written))), "", "PX", _MARK_MS),
        ("WAIT", replicas, _WAIT_MS),
    ]


def check_confirmed(replies: list[Any], replicas: int) -> list[Any]:
    """Those of the commands; StoreUnavailable instead of what is not confirmed."""
    *answers, mark, have = replies
    if mark == "OK" and isinstance(have, int) and have >= replicas:
        return answers
    said = f"{have} of {replicas} replicas have this"
    for each in (have, mark):
        if isinstance(each, Exception):
            said = str(each)
    missing = StoreUnavailable(f"the store cannot promise to keep it: {said}")
    return [answer if isinstance(answer, Exception) else missing for answer in answers]


def _mark_beside(key: str) -> str:
    """In the same slot of a cluster; one for all keys that share a tag."""
    start = key.find("{")
    end = key.find("}", start + 1)
    return f"{key[: end + 1]}:confirm" if 0 <= start < end - 1 else f"{{{key}}}:confirm"
