"""`sse-chat restore FILE`: a backup into an empty store, embedded or another."""

import argparse
import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from sse_chat.backup.file import STANDARD, read_backup
from sse_chat.backup.source import add_source_flags, open_links, refuse_cluster
from sse_chat.errors import SettingsError
from sse_chat.store.dump import Writer, is_empty
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="file that sse-chat backup wrote; - is standard input",
    )


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    with _as_file(flags.file) as path:
        if not path.is_file():
            raise SettingsError(f"there is no file {path}")
        # Before a store is made for it.
        for _ in read_backup(path):
            pass
        with open_links(flags, environ, makes_store=True) as (links, settings):
            refuse_cluster(links)
            count = asyncio.run(_restore(links, Keys(settings.key_prefix), path))
    print(f"{count} entries restored from {flags.file}")
    return 0


@contextlib.contextmanager
def _as_file(path: Path) -> Iterator[Path]:
    """It is read more than once, which a pipe can not be."""
    if path != STANDARD:
        yield path
        return
    with tempfile.NamedTemporaryFile() as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield Path(file.name)


async def _restore(links: Links, keys: Keys, path: Path) -> int:
    link = links.make()
    try:
        if not await is_empty(link, keys):
            raise SettingsError("the store is not empty; a backup is restored into an empty one")
        writer = Writer(link, keys)
        for line in read_backup(path):
            writer.survey(line)
        for line in read_backup(path):
            await writer.write(line)
        await writer.finish()
        return writer.entries
    finally:
        await link.close()
