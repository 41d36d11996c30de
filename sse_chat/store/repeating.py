"""Which calls are safe to repeat when their answer was lost with the connection. No I/O."""

from sse_chat.store.charge_scripts import CHARGE, SPEND
from sse_chat.store.directory_scripts import CROWDS, PRESENT, READ, SUMMARIES
from sse_chat.store.program_scripts import ANSWER, BATCH
from sse_chat.store.resp import Command
from sse_chat.store.scripts import APPEND, PAGE, QUOTED, REACT

# What reads, what sets one value, and what says how to take the command behind it. An XREAD is
# none: a tail whose connection was lost looks at all rooms again.
_COMMANDS = frozenset(
    {
        "ASKING", "DUMP", "EXISTS", "GET", "HEXISTS", "HGET", "HGETALL", "HKEYS", "HLEN", "HMGET",
        "INFO", "PING", "SCAN", "SET", "TIME", "TTL", "WAIT", "XINFO", "XLEN", "XRANGE",
        "XREVRANGE", "ZCOUNT", "ZRANGEBYSCORE",
    }
)  # fmt: skip
# A post is found by its key, an answer by its mark; a limit is charged twice at worst; the others
# come to the same.
_SCRIPTS = (
    APPEND, BATCH, ANSWER, CROWDS, PAGE, PRESENT, QUOTED, REACT, READ, CHARGE, SPEND,
    SUMMARIES,
)  # fmt: skip
_BODIES = frozenset(str(each.sha) for each in _SCRIPTS) | {each.source for each in _SCRIPTS}


def is_repeatable(command: Command) -> bool:
    """Whether doing it twice leaves what doing it once does."""
    name = str(command[0])
    if name in ("EVALSHA", "EVAL"):
        return str(command[1]) in _BODIES
    return name in _COMMANDS
