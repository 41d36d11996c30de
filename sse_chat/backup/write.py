"""`sse-chat backup FILE`: while the server runs; the same file again adds what is new."""

import argparse
import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path

from sse_chat.backup.source import add_source_flags, open_links, refuse_cluster
from sse_chat.errors import SettingsError
from sse_chat.ids import EntryId, parse_id
from sse_chat.store.dump import read_lines
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    parser.add_argument("file", type=Path, help="is gone on with, if it is there")


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    path: Path = flags.file
    try:
        since = find_ends(path)
        with open_links(flags, environ) as (links, settings):
            refuse_cluster(links)
            count = asyncio.run(_write(links, Keys(settings.key_prefix), path, since))
    except OSError as exc:
        raise SettingsError(f"{path} cannot be written: {exc.strerror or exc}") from exc
    print(f"{count} entries added to {path}")
    return 0


def find_ends(path: Path) -> dict[str, EntryId]:
    """The newest id of each room in the file; a last line without its end is cut off."""
    ends: dict[str, EntryId] = {}
    if not path.exists():
        return ends
    with path.open("r+b") as file:
        good = 0
        for written in file:
            if not written.endswith(b"\n"):
                file.truncate(good)
                break
            good += len(written)
            line = json.loads(written)
            if "room" in line:
                ends[line["room"]] = parse_id(line["id"])
    return ends


async def _write(links: Links, keys: Keys, path: Path, since: Mapping[str, EntryId]) -> int:
    link, count = links.make(), 0
    # What people wrote is nobody else's business.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        async for line in read_lines(link, keys, since):
            count += "room" in line
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    await link.close()
    return count
