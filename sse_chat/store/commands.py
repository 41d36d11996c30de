"""What a command of the store touches, and whether it is safe to repeat. No I/O."""

from sse_chat.store.resp import Command
from sse_chat.store.scripts import load_script

# An XREAD is none: a tail whose connection was lost looks at all rooms again.
_READS = frozenset(
    {
        "DUMP", "EXISTS", "GET", "HEXISTS", "HGET", "HGETALL", "HKEYS", "HLEN", "HMGET", "HSCAN",
        "INFO", "PING", "SCAN", "TIME", "TTL", "XINFO", "XLEN", "XRANGE", "XREVRANGE", "ZCOUNT",
        "ZRANGEBYSCORE",
    }
)  # fmt: skip
# What reads, what sets one value, and what says how to take the commands beside it.
_COMMANDS = _READS | {"ASKING", "SET", "WAIT"}
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
    load_script("note_origins"),
    load_script("react"),
    load_script("read_page"),
    load_script("read_quoted"),
    load_script("spend"),
    load_script("summarize_rooms"),
)
_KEYLESS = {"ASKING", "PING", "INFO", "SCAN", "TIME", "WAIT"}
_KEY_AT = {"EVAL": 3, "EVALSHA": 3, "XINFO": 2}
_BODIES = frozenset(str(script.sha) for script in _SCRIPTS) | {script.source for script in _SCRIPTS}


def is_repeatable(command: Command) -> bool:
    """Whether doing it twice leaves what doing it once does."""
    name = str(command[0])
    if name in ("EVALSHA", "EVAL"):
        return str(command[1]) in _BODIES
    return name in _COMMANDS


def may_write(command: Command) -> bool:
    """Any script may."""
    return str(command[0]) not in _READS


def key_of(command: Command) -> str | bytes | int | None:
    """The first; all of one command live in one slot of a cluster. None where it has none."""
    name = str(command[0])
    if name in _KEYLESS:
        return None
    if name == "XREAD":
        return command[command.index("STREAMS") + 1]
    return command[_KEY_AT.get(name, 1)]
