"""The socket that a server listens on: an address, a Unix socket, or one of systemd's."""

import contextlib
import grp
import os
import socket
import stat
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sse_chat.errors import SettingsError
from sse_chat.settings import Settings

BACKLOG = 4096
# Source: sd_listen_fds(3).
_FIRST_DESCRIPTOR = 3


class PerWorker(socket.socket):
    """A listening socket in place of which each worker is given one of its own at its address.

    Of workers that share one, whichever wakes first takes all of a crowd that comes at once. Linux
    spreads connections evenly over sockets, and over those of the others once a worker has ended.
    """

    send_buffer = 0

    def give_way(self) -> None:
        """Listen no more, and keep the address. Called once, before the workers are started."""
        # Only now: it was refused where another server listens.
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        # While no worker listens, another server that reuses addresses would be let in.
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        self.shutdown(socket.SHUT_RDWR)

    def __reduce__(self) -> tuple[object, ...]:
        is_six = self.family == socket.AF_INET6
        only_six = self.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) if is_six else None
        return _open_beside, (self.family, self.getsockname(), only_six, self.send_buffer)


def _open_beside(
    family: int, address: tuple[object, ...], only_six: int | None, send_buffer: int
) -> socket.socket:
    """In a worker, which listens on it."""
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if only_six is not None:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_six)
    _set_send_buffer(listener, send_buffer)
    listener.bind(address)
    return listener


def _set_send_buffer(listener: socket.socket, size: int) -> None:
    """Of each connection, which inherits it; 0: the kernel's default."""
    if size:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)


def open_listener(
    settings: Settings, environ: Mapping[str, str], stack: contextlib.ExitStack
) -> tuple[socket.socket, Settings]:
    """The socket, and the settings as they are with it; `stack` closes it in the end.

    Raises SettingsError.
    """
    listener = _of_systemd(environ)
    if listener is not None:
        is_unix = listener.family == socket.AF_UNIX
        settings = replace(settings, uds=listener.getsockname() if is_unix else "")
    elif settings.uds:
        path = Path(settings.uds)
        listener = _open_unix(path, settings)
        stack.callback(path.unlink, missing_ok=True)
    else:
        listener = _open_address(settings)
    stack.enter_context(contextlib.closing(listener))
    if settings.uds and settings.ssl_certfile:
        raise SettingsError(
            "a Unix socket is for a proxy on this machine, which ends TLS: leave --ssl-certfile out"
        )
    _set_send_buffer(listener, settings.send_buffer)
    return listener, settings


def _of_systemd(environ: Mapping[str, str]) -> socket.socket | None:
    """What a socket unit has opened for this process."""
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    count = environ.get("LISTEN_FDS", "")
    if count != "1":
        raise SettingsError(f"systemd hands over {count or 'no'} sockets; the unit may name one")
    try:
        listener = socket.socket(fileno=_FIRST_DESCRIPTOR)
    except OSError as exc:
        raise SettingsError(f"the socket of systemd cannot be used: {exc}") from exc
    if listener.type != socket.SOCK_STREAM:
        raise SettingsError("the socket of systemd is not a stream: use ListenStream=")
    listener.set_inheritable(False)
    return listener


def _open_address(settings: Settings) -> socket.socket:
    is_six = ":" in settings.host
    # "::" is all addresses, those of IPv4 too.
    is_dual = settings.host == "::" and socket.has_dualstack_ipv6()
    try:
        listener = socket.create_server(
            (settings.host, settings.port),
            family=socket.AF_INET6 if is_six else socket.AF_INET,
            backlog=BACKLOG,
            dualstack_ipv6=is_dual,
        )
    except OSError as exc:
        reason = exc.strerror or str(exc)
        raise SettingsError(f"cannot listen on {settings.host}:{settings.port}: {reason}") from exc
    if settings.workers == 1 or sys.platform != "linux":
        return listener
    spread = PerWorker(fileno=listener.detach())
    spread.send_buffer = settings.send_buffer
    return spread


def _open_unix(path: Path, settings: Settings) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    is_made = False
    try:
        _remove_dead(path)
        # Nobody else may connect before it has its mode and group.
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
            is_made = True
        finally:
            os.umask(before)
        if settings.uds_group:
            os.chown(path, -1, grp.getgrnam(settings.uds_group).gr_gid)
        path.chmod(int(settings.uds_mode, 8))
        listener.listen(BACKLOG)
    except (OSError, KeyError) as exc:
        listener.close()
        if is_made:
            path.unlink(missing_ok=True)
        raise SettingsError(f"cannot listen on --uds {path}: {_reason(exc)}") from exc
    return listener


def _reason(exc: OSError | KeyError) -> str:
    if isinstance(exc, KeyError):
        return f"there is no group of this name: {exc.args[0]}"
    return exc.strerror or str(exc)


def _remove_dead(path: Path) -> None:
    """What a server that was killed has left; raises OSError for one that answers, or no socket."""
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise OSError(f"{path} is there and is no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise OSError("another server answers there")
