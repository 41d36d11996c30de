"""SIGHUP: read the certificates again without ending a connection; stop if the terminal is gone."""

import logging
import os
import signal
import socket
import ssl
from collections.abc import Callable
from types import FrameType

from uvicorn import Config
from uvicorn.supervisors import Multiprocess

from sse_chat.errors import SettingsError
from sse_chat.settings import Settings

_log = logging.getLogger("sse_chat")


def check_certificate(settings: Settings) -> None:
    """Raises SettingsError for one that TLS cannot use; without one there is nothing to check."""
    if not settings.ssl_certfile:
        return
    try:
        _load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), settings)
    except OSError as exc:
        raise SettingsError(
            f"--ssl-certfile {settings.ssl_certfile} cannot be used: {exc}"
        ) from exc


def _load(context: ssl.SSLContext, settings: Settings) -> None:
    context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile or None)


class ReloadedCertificate:
    """Makes a worker's TLS context, as uvicorn's `ssl_context_factory`, and loads it on SIGHUP."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __call__(self, config: Config, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        context = make()

        def reload() -> None:
            try:
                # First into another context: half a change would leave this one unusable.
                check_certificate(self._settings)
                _load(context, self._settings)
            except (SettingsError, OSError) as exc:
                _log.error("the certificate is not reloaded, the old one stays: %s", exc)
            else:
                _log.warning("certificate reloaded from %s", self._settings.ssl_certfile)

        on_sighup(reload)
        return context


class Terminal:
    """Of this process, if it has one: when it is closed, SIGHUP means that instead of "reload"."""

    def __init__(self) -> None:
        self._was_there = _has_terminal()

    @property
    def is_gone(self) -> bool:
        return self._was_there and not _has_terminal()


def _has_terminal() -> bool:
    """False for one that was closed: asking it anything fails."""
    return any(os.isatty(descriptor) for descriptor in (0, 1, 2))


def on_sighup(act: Callable[[], None] = lambda: None) -> None:
    """From now on, in this process. Called in the main thread."""
    terminal = Terminal()

    def handle(signum: int, frame: FrameType | None) -> None:
        if terminal.is_gone:
            signal.raise_signal(signal.SIGTERM)
        else:
            act()

    signal.signal(signal.SIGHUP, handle)


class Supervisor(Multiprocess):
    """Hands SIGHUP on to the workers, where uvicorn's replaces them and so drops their feeds.

    `on_signal`: called with the one that stops it.
    """

    def __init__(
        self, config: Config, sockets: list[socket.socket], on_signal: Callable[[int], None]
    ) -> None:
        super().__init__(config, sockets)
        self._terminal = Terminal()
        self._on_signal = on_signal

    def handle_term(self) -> None:
        self._on_signal(signal.SIGTERM)
        super().handle_term()

    def handle_int(self) -> None:
        self._on_signal(signal.SIGINT)
        super().handle_int()

    def handle_hup(self) -> None:
        if self._terminal.is_gone:
            self.handle_term()
            return
        for process in self.processes:
            if process.pid is not None:
                os.kill(process.pid, signal.SIGHUP)
