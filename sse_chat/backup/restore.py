"""`sse-chat restore FILE`: a backup into an empty store, embedded or another."""

import argparse
import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sse_chat.backup.source import add_source_flags, open_links, refuse_cluster
from sse_chat.errors import SettingsError
from sse_chat.store.dump import Writer, is_empty
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    parser.add_argument("file", type=Path, help="as `sse-chat backup` wrote it")


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    path: Path = flags.file
    if not path.is_file():
        raise SettingsError(f"there is no file {path}")
    with open_links(flags, environ, makes_store=True) as (links, settings):
        refuse_cluster(links)
        count = asyncio.run(_restore(links, Keys(settings.key_prefix), path))
    print(f"{count} entries restored from {path}")
    return 0


async def _restore(links: Links, keys: Keys, path: Path) -> int:
    link = links.make()
    try:
        if not await is_empty(link, keys):
            raise SettingsError("the store is not empty; a backup is restored into an empty one")
        writer = Writer(link, keys)
        for line in _lines(path):
            writer.survey(line)
        for line in _lines(path):
            await writer.write(line)
        await writer.finish()
        return writer.entries
    finally:
        await link.close()


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as file:
        for number, written in enumerate(file, 1):
            try:
                yield json.loads(written)
            except ValueError as exc:
                raise SettingsError(f"line {number} of {path} is damaged") from exc
