"""At start: is the store there, new enough, laid out for this version, and used with our secret?"""

import contextlib
import hashlib
import logging
import re

from sse_chat.errors import SettingsError, StoreFull, StoreUnavailable
from sse_chat.settings import Settings
from sse_chat.store.keys import PARTITIONS, Keys
from sse_chat.store.link import Link
from sse_chat.store.links import Links
from sse_chat.store.refusals import StoreRefused, is_wrong_setting

_LEAST_VERSION = (7, 0)
_VERSION = re.compile(r"^redis_version:((\d+)\.(\d+)\S*)", re.MULTILINE)
_EVICTION = re.compile(r"^maxmemory_policy:(?!noeviction)(\S+)", re.MULTILINE)
_log = logging.getLogger("sse_chat")


async def check_store(settings: Settings, *, is_shared: bool, keeps: bool = True) -> None:
    """Raises SettingsError for what waiting does not mend, StoreUnavailable for what it may.

    `is_shared`: other nodes may use the store too; then all must have one secret. `keeps`: an empty
    store is marked as ours. Neither error shows the URL's password.
    """
    try:
        link = Links(settings.redis).make()
    except ValueError as exc:
        raise SettingsError(f"--redis cannot be read: {exc}") from exc
    try:
        await _check(link, settings, is_shared=is_shared, keeps=keeps)
    except StoreUnavailable as exc:
        if isinstance(exc, StoreRefused) or is_wrong_setting(exc):
            raise SettingsError(f"the store cannot be used: {exc.detail}") from exc
        raise
    finally:
        await link.close()


async def _check(link: Link, settings: Settings, *, is_shared: bool, keeps: bool) -> None:
    found = _VERSION.search(str(await link.call("INFO", "server")))
    if found and (int(found[2]), int(found[3])) < _LEAST_VERSION:
        raise SettingsError(f"the store is version {found[1]}; Redis 7.0 or Valkey is needed")
    if keeps and (eviction := _EVICTION.search(str(await link.call("INFO", "memory")))):
        _log.warning(
            "the store's maxmemory-policy is %s: when it is full, it throws rooms away, and nobody "
            "is told; set it to noeviction",
            eviction[1],
        )
    layout = Keys(settings.key_prefix).layout()
    kept = await _keep(link, layout, "partitions", str(PARTITIONS), keeps)
    if kept != str(PARTITIONS):
        raise SettingsError(f"the data has {kept} partitions; this version uses {PARTITIONS}")
    mark = _fingerprint(settings.secret)
    if is_shared and await _keep(link, layout, "secret", mark, keeps) != mark:
        raise SettingsError(
            "the other nodes of this store use another secret; give all the same --secret "
            "(SSE_CHAT_SECRET). To change it for all of them, stop them, then delete the field "
            f"'secret' of the hash '{layout}' in the store"
        )


async def _keep(link: Link, layout: str, field: str, value: str, keeps: bool) -> str:
    """What the store keeps, which is `value` when it kept nothing."""
    # A full store takes no mark, but what it keeps can be read all the same.
    with contextlib.suppress(StoreFull):
        if keeps:
            await link.call("HSETNX", layout, field, value)
    return await link.call("HGET", layout, field) or value


def _fingerprint(secret: str) -> str:
    """Tells one secret from another; the secret cannot be found from it."""
    key = hashlib.scrypt(secret.encode(), salt=b"sse-chat fingerprint", n=2**14, r=8, p=1)
    return key[:16].hex()
