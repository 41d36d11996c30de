"""At start: is the store there, new enough, and laid out for this version?"""

import redis
from redis.exceptions import RedisError

from sse_chat.errors import SettingsError
from sse_chat.store.keys import PARTITIONS, Keys

_TIMEOUT_S = 5
_LEAST_VERSION = (7, 0)


def check_store(url: str, key_prefix: str) -> None:
    """Raises SettingsError with the one thing that is wrong. Never shows the URL's password."""
    try:
        with redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, decode_responses=True
        ) as client:
            _check(client, Keys(key_prefix))
    except (RedisError, OSError) as exc:
        raise SettingsError(f"the store cannot be used: {exc}") from exc
    except ValueError as exc:
        raise SettingsError(f"--redis cannot be read: {exc}") from exc


def _check(client: "redis.Redis", keys: Keys) -> None:
    version = str(client.info("server")["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < _LEAST_VERSION:
        raise SettingsError(f"the store is version {version}; Redis 7.0 or Valkey is needed")
    client.hsetnx(keys.layout(), "partitions", str(PARTITIONS))
    kept = str(client.hget(keys.layout(), "partitions"))
    if kept != str(PARTITIONS):
        raise SettingsError(f"the data has {kept} partitions; this version uses {PARTITIONS}")
