"""`sse-chat serve`."""

import argparse
import gc
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
    # Only now: the server's imports take longer than a wrong flag should. Nothing of what they make
    # is garbage, and looking for some would take a tenth of their time.
    gc.disable()
    from sse_chat.serve.run import serve

    gc.enable()
    serve(settings, find_sources(flags, environ))
    return 0
