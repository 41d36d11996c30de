"""How a command of the client ends: a line and an exit code, never a traceback."""

import os
import sys
from collections.abc import Callable

from sse_chat.client.exits import Exit
from sse_chat.client.problems import Problem
from sse_chat.errors import SettingsError


def run_to_exit(work: Callable[[], int]) -> int:
    try:
        return work()
    except Problem as exc:
        _say(exc.detail)
        return exc.code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough, as `head` does. What is buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except SettingsError:
        raise
    except Exception as exc:
        if os.environ.get("SSE_CHAT_DEBUG"):
            raise
        _say(f"this should not happen: {type(exc).__name__}: {exc}")
        return Exit.FAILED


def _say(line: str) -> None:
    print(f"sse-chat: {line}", file=sys.stderr)
