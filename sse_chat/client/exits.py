"""Exit codes: one for each cause, the same for every command of the client."""

from enum import IntEnum


class Exit(IntEnum):
    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    PROXY = 4
    SIGN_IN = 5
    FORBIDDEN = 6
    NOT_FOUND = 7
    REFUSED = 8
    BUSY = 9
    NOT_SSE_CHAT = 10
    BUFFERED = 11
    TIMED_OUT = 12
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "done",
    Exit.FAILED: "the server or the client failed",
    Exit.USAGE: "wrong usage",
    Exit.UNREACHABLE: "no connection: wrong address, network, certificate or time-out",
    Exit.PROXY: "the proxy refuses, or wants you to sign in (407)",
    Exit.SIGN_IN: "the server wants you to sign in, or does not know the password or token",
    Exit.FORBIDDEN: "you do not have permission",
    Exit.NOT_FOUND: "no such room",
    Exit.REFUSED: "the message was refused: blank, too long or invalid",
    Exit.BUSY: "too many requests, or a store that is away, for too long",
    Exit.NOT_SSE_CHAT: "something else answered: a sign-in page, a filter, another server",
    Exit.BUFFERED: "doctor only: it works, but the path does not let feeds through",
    Exit.TIMED_OUT: "ask, wait: no answer or no entry in time",
    Exit.INTERRUPTED: "Ctrl-C",
}


def describe_exits() -> str:
    """For the end of --help."""
    lines = [f"  {code:>3}  {meaning}" for code, meaning in MEANINGS.items()]
    return "\n".join(["exit codes:", *lines])
