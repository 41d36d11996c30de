"""Settings: one dataclass; each field is a flag and an environment variable. No I/O."""

import argparse
import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from sse_chat.errors import SettingsError
from sse_chat.events import parse_room

Parse = Callable[[str], Any]
_ROOT_PATH = re.compile(r"(?!\.)[a-zA-Z0-9._~-]+(/(?!\.)[a-zA-Z0-9._~-]+)*", re.ASCII)


def whole(least: int, most: int) -> Parse:
    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(value)

    return parse


def _one_of(*allowed: str) -> Parse:
    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return value

    return parse


def _switch(value: str) -> bool:
    if value not in ("on", "off"):
        raise ValueError("on or off")
    return value == "on"


def _url(*schemes: str) -> Parse:
    def parse(value: str) -> str:
        if value and not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError("a URL that starts with " + " or ".join(f"{s}://" for s in schemes))
        return value

    return parse


def _networks(value: str) -> str:
    try:
        for part in filter(None, value.split(",")):
            ipaddress.ip_network(part.strip())
    except ValueError as exc:
        raise ValueError("addresses or networks, separated by commas") from exc
    return value


def _root_path(value: str) -> str:
    path = value.strip("/")
    if path and not _ROOT_PATH.fullmatch(path):
        raise ValueError("a path such as /chat-app, of letters, digits and . _ ~ -")
    return f"/{path}" if path else ""


def _room(value: str) -> str:
    try:
        return parse_room(value)
    except Exception as exc:
        raise ValueError("the name of a room: a-z, 0-9, _ and -, up to 64") from exc


def _file(value: str) -> str:
    if value and not Path(value).is_file():
        raise ValueError("the path of a file")
    return value


def _secret(value: str) -> str:
    if value and len(value) < 16:
        raise ValueError("at least 16 characters")
    return value


def _setting(default: Any, parse: Parse, meaning: str, *, env: str = "") -> Any:
    return field(default=default, metadata={"parse": parse, "meaning": meaning, "env": env})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    host: str = _setting("127.0.0.1", str, "address to listen on; 0.0.0.0 for all")
    port: int = _setting(8000, whole(0, 65535), "port to listen on; 0 takes a free one")
    ssl_certfile: str = _setting("", _file, "certificate chain (PEM): serve HTTPS")
    ssl_keyfile: str = _setting("", _file, "its private key, when it is not in the same file")
    workers: int = _setting(1, whole(1, 256), "worker processes")
    redis: str = _setting(
        "",
        _url(
            "redis",
            "rediss",
            "unix",
            "redis+sentinel",
            "rediss+sentinel",
            "redis+cluster",
            "rediss+cluster",
        ),
        "Redis 7.0+ or Valkey to use; none starts an embedded Valkey",
        env="REDIS_URL",
    )
    wait_replicas: int = _setting(
        0, whole(0, 10), "replicas that must have a post before it is answered"
    )
    data: str = _setting("", str, "data folder; default: sse-chat in the user's data directory")
    log_level: str = _setting("info", _one_of("debug", "info", "warning", "error"), "what to log")
    log_format: str = _setting("text", _one_of("text", "json"), "lines for people, or JSON")
    access_log: bool = _setting(False, _switch, "log each request")
    default_room: str = _setting("lobby", _room, "the room of /chat")
    retention: int = _setting(10_000, whole(1, 10_000_000), "entries kept in a room")
    retention_age: int = _setting(0, whole(0, 10**9), "seconds an entry is kept; 0: no limit")
    max_text: int = _setting(4096, whole(1, 16_384), "bytes of text in a message")
    rotate: int = _setting(240, whole(0, 86_400), "seconds until a feed is rotated; 0: never")
    drain_delay: int = _setting(
        0,
        whole(0, 300),
        "seconds from SIGTERM, when /readyz turns 503, until feeds are told and the port is closed",
    )
    max_feeds: int = _setting(20_000, whole(1, 1_000_000), "open feeds of one worker")
    send_buffer: int = _setting(
        0,
        whole(0, 2**30),
        "bytes that the kernel may hold for one reader (SO_SNDBUF); 0: as many as it likes",
    )
    head_timeout: int = _setting(
        30, whole(1, 3600), "seconds in which the head of a request must have come"
    )
    max_bodies: int = _setting(
        67_108_864,
        whole(65_536, 10**10),
        "bytes of request bodies that one worker holds before they are whole",
    )
    sink: str = _setting(
        "transport",
        _one_of("transport", "asgi"),
        "how feeds are written: straight to the connection, or through ASGI as by other servers",
    )
    identity_encoding: bool = _setting(True, _switch, "Content-Encoding: identity on feeds")
    access: str = _setting(
        "open",
        _one_of("open", "members"),
        "who reads and writes at all: anyone, or people with an account, made by invitation",
    )
    rooms: str = _setting(
        "anyone",
        _one_of("anyone", "named", "owner"),
        "who opens a room by writing to it: anyone, named (not those without a name), or the owner",
    )
    accounts: str = _setting(
        "open",
        _one_of("open", "invited", "closed"),
        "who makes an account: anyone, whoever was invited, or the command line alone",
    )
    anonymous: bool = _setting(True, _switch, "posts without any name speak as a guest")
    limits: bool = _setting(True, _switch, "rate limits; off for load tests")
    public_url: str = _setting(
        "", _url("http", "https"), "address that people use, where it differs"
    )
    root_path: str = _setting(
        "", _root_path, "path that a reverse proxy serves this under; default: that of public-url"
    )
    trusted_proxies: str = _setting(
        "", _networks, "proxies whose X-Forwarded-* or Forwarded are believed"
    )
    secret: str = _setting("", _secret, "signs sessions; default: made and kept in the data folder")
    node: str = _setting("", str, "name of this node in hello; default: host name and process")
    key_prefix: str = _setting("sse-chat", str, "start of every key in the store")

    def data_folder(self, environ: Mapping[str, str]) -> Path:
        if self.data:
            return Path(self.data).expanduser()
        home = environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()
        return Path(home) / "sse-chat"


def flag_of(setting: "Field[Any]") -> str:
    return "--" + setting.name.replace("_", "-")


def variable_of(setting: "Field[Any]") -> str:
    return "SSE_CHAT_" + (setting.metadata["env"] or setting.name.upper())


def add_flags(parser: argparse.ArgumentParser, names: Collection[str] = ()) -> None:
    """Of these settings, or of all."""
    for setting in fields(Settings):
        if names and setting.name not in names:
            continue
        meaning = setting.metadata["meaning"].replace("%", "%%")
        parser.add_argument(
            flag_of(setting), metavar="…", help=f"{meaning} [{show_default(setting)}]"
        )


def show_default(setting: "Field[Any]") -> str:
    assert setting.default is not MISSING
    if isinstance(setting.default, bool):
        return "on" if setting.default else "off"
    return str(setting.default)


def read_settings(flags: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """Flags win over the environment; raises SettingsError with one line."""
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        variable = variable_of(setting)
        for source, value in (
            (flag_of(setting), getattr(flags, setting.name, None)),
            (variable, environ.get(variable)),
        ):
            if value is not None:
                values[setting.name] = _parse(source, value, setting.metadata["parse"])
                break
    return Settings(**values)


def _parse(source: str, value: str, parse: Parse) -> Any:
    try:
        return parse(value)
    except ValueError as exc:
        raise SettingsError(f"{source} is {value!r}; allowed: {exc}") from exc
