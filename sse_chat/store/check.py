"""At start: is the store there, new enough, and laid out for this version?"""

import asyncio
import contextlib
import re

from redis.exceptions import RedisError, ResponseError

from sse_chat.errors import SettingsError, StoreFull, StoreUnavailable
from sse_chat.store.keys import PARTITIONS, Keys
from sse_chat.store.link import Link
from sse_chat.store.links import Links

_LEAST_VERSION = (7, 0)
_VERSION = re.compile(r"^redis_version:((\d+)\.(\d+)\S*)", re.MULTILINE)


def check_store(url: str, key_prefix: str) -> None:
    """Raises SettingsError with the one thing that is wrong. Never shows the URL's password."""
    try:
        asyncio.run(_connect_and_check(url, Keys(key_prefix)))
    except StoreUnavailable as exc:
        said = exc.detail.removeprefix("the store is away: ")
        raise SettingsError(f"the store cannot be used: {said}") from exc
    except (ResponseError, RedisError, OSError) as exc:
        raise SettingsError(f"the store cannot be used: {exc}") from exc
    except ValueError as exc:
        raise SettingsError(f"--redis cannot be read: {exc}") from exc


async def _connect_and_check(url: str, keys: Keys) -> None:
    link = Links(url).make()
    try:
        await _check(link, keys)
    finally:
        await link.close()


async def _check(link: Link, keys: Keys) -> None:
    found = _VERSION.search(str(await link.call("INFO", "server")))
    if found and (int(found[2]), int(found[3])) < _LEAST_VERSION:
        raise SettingsError(f"the store is version {found[1]}; Redis 7.0 or Valkey is needed")
    # A full store takes no mark, but what it keeps can be read all the same.
    with contextlib.suppress(StoreFull):
        await link.call("HSETNX", keys.layout(), "partitions", PARTITIONS)
    kept = await link.call("HGET", keys.layout(), "partitions")
    if kept not in (None, str(PARTITIONS)):
        raise SettingsError(f"the data has {kept} partitions; this version uses {PARTITIONS}")
