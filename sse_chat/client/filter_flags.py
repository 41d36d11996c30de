"""The server's filters as flags."""

import argparse

from sse_chat.kinds import KINDS

_FILTERS = {
    "contains": "only entries whose text contains this",
    "author": "only entries by this name",
    "mentions": "only entries that mention this name, or me",
    "reply_to": "only replies to the message with this id",
    "kind": f"only entries of this kind: {', '.join(KINDS)}",
}


def add_filter_flags(parser: argparse.ArgumentParser) -> None:
    for name, meaning in _FILTERS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="…", help=meaning)


def read_filters(flags: argparse.Namespace) -> dict[str, str]:
    """As the query has them."""
    values = {name: getattr(flags, name) for name in _FILTERS}
    return {name: value for name, value in values.items() if value is not None}
