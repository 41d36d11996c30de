"""The process that finds the spans: `python -m sse_chat.highlighting.child`.

It reads one JSON list, of a language and code each, and writes a line of JSON for each block as
soon as it has it: null where nothing is coloured.
"""

import os
import resource
import sys

import orjson

from sse_chat.highlighting.lexing import find_spans

_MAX_BYTES = 512 * 1024 * 1024
# Of all the blocks. It ends itself, should the server be gone.
_MAX_CPU_S = 4


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_BYTES, _MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MAX_CPU_S, _MAX_CPU_S))
    os.nice(5)
    for language, code in orjson.loads(sys.stdin.buffer.read()):
        sys.stdout.buffer.write(orjson.dumps(_spans_of(language, code)) + b"\n")
        sys.stdout.buffer.flush()


def _spans_of(language: str, code: str) -> object:
    try:
        return find_spans(language, code)
    except Exception:
        # Of a lexer that stumbles over what somebody wrote: the other blocks have their colours.
        return None


if __name__ == "__main__":
    main()
