"""Which calls are safe to repeat when their answer was lost with the connection. No I/O."""

from sse_chat.store.resp import Command
from sse_chat.store.scripts import load_script

# What reads, what sets one value, and what says how to take the command behind it. An XREAD is
# none: a tail whose connection was lost looks at all rooms again.
_COMMANDS = frozenset(
    {
        "ASKING", "DUMP", "EXISTS", "GET", "HEXISTS", "HGET", "HGETALL", "HKEYS", "HLEN", "HMGET",
        "HSCAN", "INFO", "PING", "SCAN", "SET", "TIME", "TTL", "WAIT", "XINFO", "XLEN", "XRANGE",
        "XREVRANGE", "ZCOUNT", "ZRANGEBYSCORE",
    }
)  # fmt: skip
# A post is found by its key, an answer by its mark; a limit is charged twice at worst; the others
# come to the same.
_SCRIPTS = (
    load_script("answer"),
    load_script("append"),
    load_script("append_batch"),
    load_script("charge"),
    load_script("count_seen"),
    load_script("mark_present"),
    load_script("mark_read"),
    load_script("react"),
    load_script("read_page"),
    load_script("read_quoted"),
    load_script("spend"),
    load_script("summarize_rooms"),
)
_BODIES = frozenset(str(each.sha) for each in _SCRIPTS) | {each.source for each in _SCRIPTS}


def is_repeatable(command: Command) -> bool:
    """Whether doing it twice leaves what doing it once does."""
    name = str(command[0])
    if name in ("EVALSHA", "EVAL"):
        return str(command[1]) in _BODIES
    return name in _COMMANDS
