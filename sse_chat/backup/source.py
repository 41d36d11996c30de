"""Which store a backup is of: the one at a URL, or the embedded one of a data folder."""

import argparse
import contextlib
from collections.abc import Iterator, Mapping

from sse_chat.errors import SettingsError, StoreUnavailable
from sse_chat.settings import Settings, add_flags, read_settings
from sse_chat.store.embedded import EmbeddedStore, running_url
from sse_chat.store.links import Links

FLAGS = ("redis", "data", "key_prefix")


def add_source_flags(parser: argparse.ArgumentParser) -> None:
    add_flags(parser, FLAGS)


@contextlib.contextmanager
def open_links(
    flags: argparse.Namespace, environ: Mapping[str, str]
) -> Iterator[tuple[Links, Settings]]:
    """The embedded store is started where no server runs; raises SettingsError."""
    settings = read_settings(flags, environ)
    folder = settings.data_folder(environ) / "store"
    with contextlib.ExitStack() as stack:
        url = settings.redis or running_url(folder)
        if url is None:
            store = EmbeddedStore(folder)
            stack.callback(store.stop)
            store.start()
            url = store.url
        try:
            links = Links(url)
            if links.is_cluster:
                raise SettingsError("a cluster is backed up by its nodes' own snapshots")
            yield links, settings
        except StoreUnavailable as exc:
            raise SettingsError(exc.detail) from exc
        except ValueError as exc:
            raise SettingsError(f"--redis cannot be read: {exc}") from exc
