"""`sse-chat serve`."""

import argparse
from collections.abc import Mapping

from sse_chat.people.limit_settings import read_limits
from sse_chat.settings import add_flags as add_setting_flags
from sse_chat.settings import read_settings
from sse_chat.settings_view import find_sources


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_setting_flags(parser)


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_settings(flags, environ)
    read_limits(settings.limits)
    # Only now: the server's imports take longer than a wrong flag should.
    from sse_chat.server.run import serve

    serve(settings, find_sources(flags, environ))
    return 0
