"""How a command of the client ends: a line and an exit code, never a traceback.

What is wrong with stdout is the command line's as a whole.
"""

import os
import sys
from collections.abc import Callable

from sse_chat.client.exits import Exit
from sse_chat.client.problems import Problem
from sse_chat.errors import SettingsError
from sse_chat.standard_files import is_of_stdout


def run_to_exit(work: Callable[[], int]) -> int:
    try:
        return work()
    except Problem as exc:
        _say(exc.detail)
        return exc.code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except SettingsError:
        raise
    except UnicodeEncodeError as exc:
        raise SettingsError("an argument is not valid UTF-8") from exc
    except Exception as exc:
        if os.environ.get("SSE_CHAT_DEBUG") or (isinstance(exc, OSError) and is_of_stdout(exc)):
            raise
        _say(f"this should not happen: {type(exc).__name__}: {exc}")
        return Exit.FAILED


def _say(line: str) -> None:
    print(f"sse-chat: {line}", file=sys.stderr)
