"""Settings: one dataclass; each field is a flag and an environment variable.

No I/O, but a look whether a file that is named is there.
"""

import argparse
import re
from collections.abc import Collection, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sse_chat.errors import SettingsError
from sse_chat.setting_values import (
    Parse,
    file,
    file_mode,
    host_names,
    label,
    label_or_default,
    limits,
    networks,
    one_of,
    origins,
    public_url,
    room,
    root_path,
    seconds,
    secret,
    switch,
    url,
    whole,
)

# What the clients read.
_OTHER_VARIABLES = frozenset({"SSE_CHAT_SERVER", "SSE_CHAT_TOKEN", "SSE_CHAT_DEBUG"})
_ALIASES = {"SSE_CHAT_REDIS": "SSE_CHAT_REDIS_URL"}
# Kubernetes sets these in every container where a Service is called sse-chat.
_SERVICE_LINKS = re.compile(r"SSE_CHAT_(SERVICE_|PORT_\d)")


def _setting(default: Any, parse: Parse, meaning: str, *, env: str = "") -> Any:
    return field(default=default, metadata={"parse": parse, "meaning": meaning, "env": env})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    host: str = _setting("127.0.0.1", str, "address to listen on; 0.0.0.0 for all")
    port: int = _setting(8000, whole(0, 65535), "port to listen on; 0 takes a free one")
    uds: str = _setting("", str, "path of a Unix socket to listen on, instead of an address")
    uds_mode: str = _setting(
        "660", file_mode, "mode of the Unix socket, in octal digits: who may connect"
    )
    uds_group: str = _setting("", str, "group that the Unix socket belongs to")
    ssl_certfile: str = _setting("", file, "certificate chain (PEM): serve HTTPS")
    ssl_keyfile: str = _setting(
        "", file, "private key of the certificate, if it is in another file"
    )
    workers: int = _setting(1, whole(1, 256), "worker processes")
    redis: str = _setting(
        "",
        url(
            "redis",
            "rediss",
            "unix",
            "redis+sentinel",
            "rediss+sentinel",
            "redis+cluster",
            "rediss+cluster",
        ),
        "Redis 7.0+ or Valkey to use; without it, an embedded Valkey is started",
        env="REDIS_URL",
    )
    wait_replicas: int = _setting(
        0, whole(0, 10), "replicas that must confirm a post before it is answered"
    )
    data: str = _setting("", str, "data folder; default: sse-chat in the user's data directory")
    log_level: str = _setting(
        "info", one_of("debug", "info", "warning", "error"), "least severe level that is logged"
    )
    log_format: str = _setting("text", one_of("text", "json"), "log lines as text or as JSON")
    access_log: bool = _setting(False, switch, "log each request")
    default_room: str = _setting("lobby", room, "room that /chat shows")
    retention: int = _setting(10_000, whole(1, 10_000_000), "entries kept in each room")
    retention_age: int = _setting(0, seconds(0, 10**9), "seconds an entry is kept; 0: no limit")
    guest_rooms_age: int = _setting(
        7_776_000,
        seconds(0, 10**9),
        "seconds after its last message until a room that only guests used is removed; 0: never",
    )
    max_text: int = _setting(4096, whole(1, 16_384), "longest text of a message, in bytes")
    rotate: int = _setting(
        240, seconds(0, 86_400), "seconds until a feed is ended so that it reconnects; 0: never"
    )
    drain_delay: int = _setting(
        0,
        seconds(0, 300),
        "seconds that the server goes on after SIGTERM, while /readyz answers 503",
    )
    max_feeds: int = _setting(20_000, whole(1, 1_000_000), "most open feeds per worker")
    send_buffer: int = _setting(
        0,
        whole(0, 2**30),
        "bytes that the kernel may buffer for one reader (SO_SNDBUF); 0: the kernel's default",
    )
    head_timeout: int = _setting(30, seconds(1, 3600), "seconds to wait for request headers")
    max_bodies: int = _setting(
        67_108_864,
        whole(65_536, 10**10),
        "most bytes of unfinished request bodies that one worker buffers",
    )
    sink: str = _setting(
        "transport",
        one_of("transport", "asgi"),
        "how feeds are written: directly to the connection, or through the standard ASGI interface",
    )
    identity_encoding: bool = _setting(True, switch, "send Content-Encoding: identity on feeds")
    access: str = _setting(
        "open",
        one_of("open", "members"),
        "who may read and write: anyone, or only people with an account, made by invitation",
    )
    rooms: str = _setting(
        "anyone",
        one_of("anyone", "named", "owner"),
        "who may open a room by writing to it: anyone, anyone with a name (named), or only owners",
    )
    accounts: str = _setting(
        "open",
        one_of("open", "invited", "closed"),
        "who may create an account: anyone, people with an invitation, or only the command line",
    )
    require_second_factor: str = _setting(
        "nobody",
        one_of("nobody", "owners", "moderators", "all"),
        "who must use a second factor: nobody, owners, moderators and owners, or all accounts",
    )
    anonymous: bool = _setting(True, switch, "accept posts without a name, by a guest")
    limits: bool | str = _setting(
        True,
        limits,
        "rate limits: on, off for load tests, or values for some, such as person=50/300,feeds=20",
    )
    public_url: str = _setting("", public_url, "address that people use, if it differs")
    session_idle: int = _setting(
        2_592_000, seconds(600, 15_552_000), "seconds without a request after which a session ends"
    )
    session_total: int = _setting(
        15_552_000, seconds(600, 15_552_000), "seconds after which everyone must sign in again"
    )
    hsts: bool = _setting(
        True, switch, "send Strict-Transport-Security over HTTPS; never under a root path"
    )
    hosts: str = _setting(
        "",
        host_names,
        "more names that this server answers to, separated by commas; *.example.org, * for any",
    )
    cors_origins: str = _setting(
        "",
        origins,
        "origins whose pages may call this server without a cookie: https://a.example; * for any",
    )
    hook_networks: str = _setting(
        "",
        networks,
        "private networks that outgoing hooks may reach; without it, only public addresses",
    )
    root_path: str = _setting(
        "", root_path, "path under which a reverse proxy serves this; default: that of --public-url"
    )
    trusted_proxies: str = _setting(
        "",
        networks,
        "proxies whose X-Forwarded-* or Forwarded headers are trusted: addresses and networks",
    )
    metrics_from: str = _setting(
        "127.0.0.0/8,::1", networks, "addresses and networks that may read /metrics"
    )
    metrics_token: str = _setting(
        "", secret, "Bearer token that allows reading /metrics from anywhere"
    )
    secret: str = _setting(
        "", secret, "key that signs sessions; default: created and kept in the data folder"
    )
    node: str = _setting(
        "", label_or_default, "name of this node in hello; default: host name and process"
    )
    key_prefix: str = _setting("sse-chat", label, "prefix of every key in the store")

    def data_folder(self, environ: Mapping[str, str]) -> Path:
        """Raises SettingsError where the user has no home and no folder was named."""
        try:
            if self.data:
                return Path(self.data).expanduser()
            home = environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()
        except RuntimeError as exc:
            raise SettingsError("this user has no home folder; name a data folder: --data") from exc
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
        default = show_default(setting)
        parser.add_argument(
            flag_of(setting), metavar="VALUE", help=f"{meaning} [{default}]" if default else meaning
        )


def show_default(setting: "Field[Any]") -> str:
    assert setting.default is not MISSING
    return show_value(setting.default)


def show_value(value: Any) -> str:
    """As it would be given."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def read_settings(flags: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """Flags win over the environment; raises SettingsError with one line."""
    environ = own_variables(environ)
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


def own_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings among them under their one name; raises SettingsError for one that is none."""
    known = {variable_of(setting) for setting in fields(Settings)}
    found: dict[str, str] = {}
    for name, value in environ.items():
        if not name.startswith("SSE_CHAT_") or name in _OTHER_VARIABLES or _is_link(name, value):
            continue
        variable = _ALIASES.get(name, name)
        if variable not in known:
            nearest = get_close_matches(name, known | set(_ALIASES), 1, 0)[0]
            raise SettingsError(f"{name} is not a setting; the nearest is {nearest}")
        if found.setdefault(variable, value) != value:
            raise SettingsError(f"{name} and {variable} differ; set one of them")
    return found


def _is_link(name: str, value: str) -> bool:
    is_address = name == "SSE_CHAT_PORT" and value.startswith(("tcp://", "udp://"))
    return is_address or _SERVICE_LINKS.match(name) is not None


def _parse(source: str, value: str, parse: Parse) -> Any:
    try:
        return parse(value)
    except ValueError as exc:
        # The line goes into the journal: no secret, and no URL that may hold a password.
        shown = "not allowed" if parse is secret or "@" in value else repr(value)
        raise SettingsError(f"{source} is {shown}; allowed: {exc}") from exc
