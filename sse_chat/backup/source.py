"""Which store a command works on: the one at a URL, or the embedded one of a data folder."""

import argparse
import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from sse_chat.errors import SettingsError, StoreUnavailable
from sse_chat.settings import Settings, add_flags, read_settings
from sse_chat.store.embedded import EmbeddedStore, has_store, running_url
from sse_chat.store.links import Links

FLAGS = ("redis", "data", "key_prefix")
_UNIT_DATA = Path("/var/lib/sse-chat")


def add_source_flags(parser: argparse.ArgumentParser) -> None:
    add_flags(parser, FLAGS)


@contextlib.contextmanager
def open_links(
    flags: argparse.Namespace, environ: Mapping[str, str], *, makes_store: bool = False
) -> Iterator[tuple[Links, Settings]]:
    """The embedded store is started where no server runs; raises SettingsError.

    `makes_store`: a data folder without a store gets one, instead of being refused.
    """
    settings = read_settings(_settings_among(flags), environ)
    with contextlib.ExitStack() as stack:
        url = settings.redis or _embedded_url(
            _find_folder(settings, environ), stack, makes_store=makes_store
        )
        try:
            yield Links(url), settings
        except StoreUnavailable as exc:
            raise SettingsError(exc.detail) from exc
        except ValueError as exc:
            raise SettingsError(f"--redis cannot be read: {exc}") from exc


def _settings_among(flags: argparse.Namespace) -> argparse.Namespace:
    """Those that are settings here: a hook's secret and a room's retention only share the name of
    one."""
    known = (*FLAGS, "public_url")
    return argparse.Namespace(**{name: getattr(flags, name, None) for name in known})


def _find_folder(settings: Settings, environ: Mapping[str, str]) -> Path:
    """As given, else the user's, else where the printed systemd unit keeps the data."""
    folder = settings.data_folder(environ)
    if not settings.data and not has_store(folder / "store") and has_store(_UNIT_DATA / "store"):
        return _UNIT_DATA
    return folder


def _embedded_url(folder: Path, stack: contextlib.ExitStack, *, makes_store: bool) -> str:
    url = running_url(folder / "store")
    if url is not None:
        return url
    if not makes_store and not has_store(folder / "store"):
        raise SettingsError(
            f"there is no store in {folder}; name the server's data folder with --data "
            "(SSE_CHAT_DATA), or its Redis with --redis"
        )
    store = EmbeddedStore(folder / "store")
    stack.callback(store.stop)
    store.start()
    return store.url


def refuse_cluster(links: Links) -> None:
    """Raises SettingsError."""
    if links.is_cluster:
        raise SettingsError("a cluster is backed up by its nodes' own snapshots")
