"""`sse-chat pipe`: each line of stdin is a message, none lost and none twice."""

import argparse
import json
import secrets
import sys
import time
from collections.abc import Mapping

from sse_chat.client.access import add_access_flags, read_access
from sse_chat.client.command import run_to_exit
from sse_chat.client.delivery import Delivery
from sse_chat.client.exits import Exit, describe_exits
from sse_chat.client.lines import BatchSize, read_batches
from sse_chat.client.output import Notices
from sse_chat.client.problems import Problem
from sse_chat.client.tail import number

_GIVE_UP_S = 600


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_access_flags(parser)
    parser.add_argument(
        "--give-up",
        metavar="S",
        help=f"seconds of retries without a line getting through; 0: no limit [{_GIVE_UP_S}]",
    )
    notes = "Blank lines are skipped, long ones split. What is not UTF-8, and NUL, becomes U+FFFD."
    parser.description = f"{parser.description}\n{notes}"
    parser.epilog = describe_exits()


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return run_to_exit(lambda: _run(flags, environ))


def _run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    give_up_s = number("--give-up", flags.give_up, 10**6)
    access = read_access(flags, environ)
    notices = Notices(is_quiet=flags.quiet)
    with access.make_client() as client:
        delivery = Delivery(
            client,
            access.target,
            notices,
            receipt="count",
            give_up_s=_GIVE_UP_S if give_up_s is None else give_up_s,
        )
        _deliver(delivery, notices)
    return Exit.OK


def _deliver(delivery: Delivery, notices: Notices) -> None:
    # Not one long request: a proxy that takes the whole body before it passes it on would hold
    # every line, and a cut would leave open which lines were kept.
    size = BatchSize()
    line = 1
    is_slowed = False
    for batch in read_batches(sys.stdin.fileno(), size):
        began_s = time.monotonic()
        try:
            if body := encode_batch(batch):
                # The server goes on after the lines that it kept under this key. In the URL too:
                # some paths strip headers that they do not know.
                key = secrets.token_urlsafe(18)
                kept = delivery.post(body, "application/x-ndjson", key, query={"key": key})
                if kept.get("slowed_s") and not is_slowed:
                    is_slowed = True
                    notices.say(
                        f"the server slows this down: {kept.get('slowed_by', 'its limits')}"
                    )
        except Problem as problem:
            first = line + problem.kept
            raise Problem(problem.code, f"{problem.detail} (of line {first} and on)") from problem
        size.took(time.monotonic() - began_s)
        line += len(batch)


def encode_batch(lines: list[bytes]) -> bytes:
    """As NDJSON, which every line can be written in."""
    texts = (line.removesuffix(b"\r").decode(errors="replace") for line in lines)
    clean = (text.replace("\0", "\ufffd") for text in texts)
    return "".join(
        f"{json.dumps(text, ensure_ascii=False)}\n" for text in clean if text.strip()
    ).encode()
