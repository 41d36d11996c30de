"""How each kind of setting is read from text; each raises ValueError with what is allowed.

No I/O, but a look whether a file that is named is there.
"""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sse_chat.durations import parse_duration
from sse_chat.events import parse_room
from sse_chat.switches import SWITCHES

Parse = Callable[[str], Any]
_ROOT_PATH = re.compile(r"(?!\.)[a-zA-Z0-9._~-]+(/(?!\.)[a-zA-Z0-9._~-]+)*", re.ASCII)

_LIMITS = re.compile(r"[a-z-]+=[0-9./]+(,[a-z-]+=[0-9./]+)*", re.ASCII)
_ORIGIN = re.compile(r"\*|https?://[A-Za-z0-9.\-\[\]:]+", re.ASCII)
_PUBLIC_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?", re.ASCII)
_LABEL = re.compile(r"[^\s{}\x00-\x1f\x7f]{1,100}")
_HOST = re.compile(r"\*|(\*\.)?[a-zA-Z0-9_]([a-zA-Z0-9_.-]*[a-zA-Z0-9_])?\.?", re.ASCII)


def whole(least: int, most: int) -> Parse:
    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(value)

    return parse


def one_of(*allowed: str) -> Parse:
    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return value

    return parse


def switch(value: str) -> bool:
    if value.lower() not in SWITCHES:
        raise ValueError("on or off")
    return SWITCHES[value.lower()]


def limits(value: str) -> bool | str:
    """On, off, or limits with values of their own; their names are checked where limits are."""
    if value.lower() in SWITCHES:
        return switch(value)
    if not _LIMITS.fullmatch(value):
        raise ValueError("on, off, or limits such as person=50/300,feeds=20")
    return value


def seconds(least: int, most: int) -> Parse:
    """Seconds, or a number with a unit."""

    def parse(value: str) -> int:
        try:
            seconds = parse_duration(value)
        except ValueError:
            seconds = -1
        if not least <= seconds <= most:
            raise ValueError(
                f"seconds from {least} to {most}, or a number with s, m, h, d or w such as 90m"
            )
        return seconds

    return parse


def url(*schemes: str) -> Parse:
    def parse(value: str) -> str:
        if value and not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError("a URL that starts with " + " or ".join(f"{s}://" for s in schemes))
        return value

    return parse


def public_url(value: str) -> str:
    if value and not _PUBLIC_URL.fullmatch(value):
        raise ValueError("an address such as https://chat.example.org, with a path or without")
    return value


def label(value: str) -> str:
    """A word that stands in lines and keys."""
    if not _LABEL.fullmatch(value):
        raise ValueError("1 to 100 characters, without spaces or braces")
    return value


def label_or_default(value: str) -> str:
    return value and label(value)


def networks(value: str) -> str:
    try:
        for part in filter(None, value.split(",")):
            ipaddress.ip_network(part.strip())
    except ValueError as exc:
        raise ValueError("addresses or networks, separated by commas") from exc
    return value


def host_names(value: str) -> str:
    for part in filter(None, value.split(",")):
        if not _HOST.fullmatch(part.strip()):
            raise ValueError("names such as chat.example.org, without a port, separated by commas")
    return value


def origins(value: str) -> str:
    for part in filter(None, value.split(",")):
        if not _ORIGIN.fullmatch(part.strip()):
            raise ValueError("origins such as https://a.example, separated by commas, or *")
    return value


def root_path(value: str) -> str:
    path = value.strip("/")
    if path and not _ROOT_PATH.fullmatch(path):
        raise ValueError("a path such as /chat-app, of letters, digits and . _ ~ -")
    return f"/{path}" if path else ""


def room(value: str) -> str:
    try:
        return parse_room(value)
    except Exception as exc:
        raise ValueError("the name of a room: a-z, 0-9, _ and -, up to 64") from exc


def file(value: str) -> str:
    if value and not Path(value).is_file():
        raise ValueError("the path of a file")
    return value


def file_mode(value: str) -> str:
    if not re.fullmatch(r"0?[0-7]{3}", value, re.ASCII):
        raise ValueError("three octal digits, such as 660")
    return value


def secret(value: str) -> str:
    if value and len(value) < 16:
        raise ValueError("at least 16 characters")
    return value
