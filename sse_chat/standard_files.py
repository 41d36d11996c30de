"""stdin, stdout and stderr of a command: where they are closed, full, not read, or not UTF-8."""

import contextlib
import errno
import io
import os
import sys

_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EBADF, errno.EIO, errno.EFBIG}


def prepare_standard_files() -> None:
    """A closed stdin is empty, a closed stderr takes all; writing to a closed stdout fails.

    Python leaves out a file that is closed: print(file=None) then writes notices to stdout.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    if sys.stdout is None:
        # Not to be written: what is lost must not count as shown.
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    _make_blocking()
    for each in (sys.stdout, sys.stderr):
        if isinstance(each, io.TextIOWrapper):
            # A topic that the terminal's charset cannot show must not end a list.
            each.reconfigure(errors="backslashreplace")


def _make_blocking() -> None:
    """Another program may have left a shared file non-blocking, as Node.js does: then reading would
    end at the first pause, and what does not fit into a pipe would be lost."""
    # Windows has it from Python 3.12 on.
    if hasattr(os, "set_blocking"):
        for descriptor in range(3):
            with contextlib.suppress(OSError):
                os.set_blocking(descriptor, True)


def is_of_stdout(exc: OSError) -> bool:
    """Whether stdout is closed, full, or no longer read."""
    return isinstance(exc, BrokenPipeError) or exc.errno in _UNWRITABLE


def discard_stdout() -> None:
    """What is buffered goes nowhere: writing it at the end of the process would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
