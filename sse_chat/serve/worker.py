"""What a worker process of `sse-chat serve` sets for itself before it serves."""

import gc
import logging
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from starlette.applications import Starlette

from sse_chat.app import create_app
from sse_chat.serve.reload import on_sighup
from sse_chat.settings import Settings

_log = logging.getLogger("sse_chat")
# Feeds are freed by reference counts; the collector would walk all of them again and again.
_GC_THRESHOLDS = (50_000, 50, 100)
# Sockets to the store, log files, and requests that come while all feeds are open.
_FILES_BESIDE_FEEDS = 256
_FEW_FEEDS = 1000


def make_worker_app(
    settings: Settings,
    peers_folder: Path,
    on_fault: Callable[[], None],
    sources: Mapping[str, str],
) -> Starlette:
    _end_with_supervisor()
    if not settings.ssl_certfile:
        on_sighup()
    possible = raise_file_limit()
    settings = replace(settings, max_feeds=min(settings.max_feeds, possible))
    app = create_app(settings, peers_folder=peers_folder, on_fault=on_fault, sources=sources)
    gc.set_threshold(*_GC_THRESHOLDS)
    gc.collect()
    gc.freeze()
    return app


def _end_with_supervisor() -> None:
    """A supervisor that was killed would leave workers that hold the port and answer on it."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        return

    def wait() -> None:
        supervisor.join()
        _log.critical("the supervisor of this worker is gone; it stops")
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="supervisor watch", daemon=True).start()


def raise_file_limit() -> int:
    """How many feeds, each an open file, fit once the soft limit is raised to the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        # Some systems refuse "unlimited" for files.
        hard = max(soft, 1_048_576)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    possible = max(hard - _FILES_BESIDE_FEEDS, 1)
    if possible < _FEW_FEEDS:
        _log.warning(
            "this worker may open %d files, so it holds %d feeds at most; "
            "raise the limit (ulimit -n, or LimitNOFILE= of systemd)",
            hard,
            possible,
        )
    return possible
