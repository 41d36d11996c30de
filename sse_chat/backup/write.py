"""`sse-chat backup FILE`: while the server runs; the same file again adds what is new."""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import IO

from sse_chat.backup.file import STANDARD, Line, read_backup, write_backup
from sse_chat.backup.source import add_source_flags, open_links, refuse_cluster
from sse_chat.errors import SettingsError
from sse_chat.ids import EntryId, parse_id
from sse_chat.store.dump import Deletions, read_lines
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="an existing backup is updated: new entries are added, deleted ones taken out; "
        "a name that ends in .gz is compressed; - is standard output",
    )


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    path: Path = flags.file
    try:
        since = find_ends(path)
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as new,
            open_links(flags, environ) as (links, settings),
        ):
            refuse_cluster(links)
            count, deletions = asyncio.run(_spool(links, Keys(settings.key_prefix), new, since))
            new.seek(0)
            write_backup(path, chain(_kept(path, deletions), map(json.loads, new)))
    except OSError as exc:
        raise SettingsError(f"{path} cannot be written: {exc.strerror or exc}") from exc
    if path != STANDARD:
        print(f"{count} entries added to {path}")
    return 0


def find_ends(path: Path) -> dict[str, EntryId]:
    """The newest id of each room in the file; raises SettingsError for one that is no backup."""
    ends: dict[str, EntryId] = {}
    for line in _old(path):
        if "room" in line:
            ends[line["room"]] = parse_id(line["id"])
    return ends


def _old(path: Path) -> Iterator[Line]:
    return iter(()) if path == STANDARD or not path.exists() else read_backup(path)


async def _spool(
    links: Links, keys: Keys, file: IO[str], since: Mapping[str, EntryId]
) -> tuple[int, Deletions]:
    """What the file lacks, into another: how many entries, and what they say was deleted."""
    link, count, deletions = links.make(), 0, Deletions(keys)
    async for line in read_lines(link, keys, since):
        count += "room" in line
        deletions.survey(line)
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    await link.close()
    return count, deletions


def _kept(path: Path, deletions: Deletions) -> Iterator[Line]:
    """The entries that the file had. Keys are read whole each time."""
    return (line for line in _old(path) if "room" in line and not deletions.cover(line))
