"""`sse-chat say`: one message."""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Mapping

from sse_chat.client.access import add_access_flags, read_access
from sse_chat.client.command import run_to_exit
from sse_chat.client.delivery import Delivery
from sse_chat.client.exits import Exit, describe_exits
from sse_chat.client.output import Notices, to_safe_json
from sse_chat.client.tail import number
from sse_chat.errors import SettingsError

_GIVE_UP_S = 30


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_access_flags(parser)
    parser.add_argument(
        "words",
        nargs="*",
        metavar="TEXT",
        help="the message; without it, or with -, it is read from stdin",
    )
    parser.add_argument(
        "--format",
        choices=("text", "ndjson"),
        default="text",
        help="text prints nothing, ndjson prints the entry [text]",
    )
    parser.add_argument(
        "--key",
        metavar="KEY",
        help="idempotency key: posted twice with the same key, it is there once",
    )
    parser.add_argument(
        "--update-key", metavar="KEY", help="replace the text of my message with this key"
    )
    parser.add_argument(
        "--give-up", metavar="S", help=f"seconds of retries; 0: no limit [{_GIVE_UP_S}]"
    )
    parser.epilog = describe_exits()


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return run_to_exit(lambda: _run(flags, environ))


def _run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    give_up_s = number("--give-up", flags.give_up, 10**6)
    access = read_access(flags, environ)
    text = _read_text(flags.words)
    for flag, key in (("--key", flags.key), ("--update-key", flags.update_key)):
        if key is not None and not (key.isascii() and key.isprintable()):
            raise SettingsError(f"{flag} is printable ASCII")
    with access.make_client() as client:
        delivery = Delivery(
            client,
            access.target,
            Notices(is_quiet=flags.quiet),
            receipt="author_id",
            give_up_s=_GIVE_UP_S if give_up_s is None else give_up_s,
        )
        key = flags.key or secrets.token_urlsafe(18)
        entry = delivery.post(*_encode(text, key), key, update_key=flags.update_key)
    if flags.format == "ndjson":
        sys.stdout.buffer.write(to_safe_json(entry))
        sys.stdout.buffer.flush()
    return Exit.OK


def _encode(text: bytes, key: str) -> tuple[bytes, str]:
    """Body and media type. Some paths strip headers that they do not know: the key in the body
    counts there. What is not UTF-8 the server refuses in its own words."""
    try:
        plain = text.decode()
    except UnicodeDecodeError:
        return text, "text/plain; charset=utf-8"
    plain = plain.removesuffix("\n").removesuffix("\r")
    return json.dumps({"text": plain, "key": key}).encode(), "application/json"


def _read_text(words: list[str]) -> bytes:
    if words and words != ["-"]:
        text = " ".join(words)
        try:
            return text.encode()
        except UnicodeEncodeError:
            # The bytes as they were given; where they are no UTF-8, the server says so.
            return os.fsencode(text)
    return sys.stdin.buffer.read()
