"""Which room of which server: from what a person types."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from sse_chat.errors import ChatError, SettingsError
from sse_chat.room_names import LABEL, parse_room, room_path

_ROOM_PATH = re.compile(r"(.*?)/chat(?:/([^/]*)(?:/feed|/messages)?)?/*", re.ASCII)
_CONVERSATION_PATH = re.compile(r"(.*?)/dm/([^/]+)(?:/feed|/messages)?/*", re.ASCII)
# Neither can be in the name of a room.
_OF_ADDRESSES = frozenset(":/")
ALL = "*"
MAX_ROOMS = 100


@dataclass(frozen=True, slots=True)
class Target:
    """`base` is the server's address without a slash at the end.

    `room` "" is its default room, `dm:NAME` a conversation.
    """

    base: str
    room: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.base).hostname or ""

    @property
    def room_url(self) -> str:
        return self.base + (room_path(self.room) if self.room else "/chat")

    @property
    def params(self) -> dict[str, str]:
        """What each call that reads has in its query."""
        return {}

    def in_room(self, room: str) -> "Target":
        return replace(self, room=room if room.startswith(LABEL) else parse_room(room))

    def moved(self, answer: httpx.Response) -> "Target | None":
        """The same room on the same host by https, where a redirect says so; else None.

        Credentials stay with their host, and any other redirect is a sign-in page's.
        """
        if answer.status_code not in (301, 302, 307, 308) or self.base.startswith("https:"):
            return None
        try:
            target = parse_target(answer.headers.get("location", "").split("?")[0], "")
        except SettingsError:
            return None
        is_same = (target.host, target.room) == (self.host, self.room)
        return target if is_same and target.base.startswith("https:") else None


@dataclass(frozen=True, slots=True)
class Rooms(Target):
    """Many rooms of one server, read as one feed; `rooms` is ("*",) for all of them."""

    rooms: tuple[str, ...] = ()

    @property
    def room_url(self) -> str:
        return self.base

    @property
    def params(self) -> dict[str, str]:
        return {"rooms": ",".join(self.rooms)}

    def without(self, room: str) -> "Rooms":
        return replace(self, rooms=tuple(each for each in self.rooms if each != room))

    def moved(self, answer: httpx.Response) -> "Rooms | None":
        path = urlsplit(str(answer.request.url)).path.removeprefix(urlsplit(self.base).path)
        location = answer.headers.get("location", "").split("?")[0]
        base = location.removesuffix(path)
        if answer.status_code not in (301, 302, 307, 308) or not location.endswith(path):
            return None
        is_same = base.startswith("https://") and urlsplit(base).hostname == self.host
        return replace(self, base=base) if is_same and self.base.startswith("http:") else None


def parse_target(text: str, server: str) -> Target:
    """A room's name on `server`, or an address: of a room, or of a server for its default room.

    Raises SettingsError.
    """
    if not _is_address(text):
        return _in_room(parse_target(with_scheme(server), "") if server else Target(""), text)
    parts = _split(with_scheme(text))
    direct = _CONVERSATION_PATH.fullmatch(parts.path)
    match = _ROOM_PATH.fullmatch(parts.path)
    if direct:
        prefix, room = direct[1], LABEL + unquote(direct[2])
    else:
        prefix, room = (match[1], match[2] or "") if match else (parts.path.rstrip("/"), "")
    target = Target(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{prefix}")
    return _in_room(target, room) if room else target


def parse_targets(texts: Sequence[str], server: str) -> Target:
    """One room, or many of one server; `*` and `https://HOST/*` are all. Raises SettingsError."""
    if len(texts) == 1 and texts[0] != ALL and not texts[0].endswith(f"/{ALL}"):
        return parse_target(texts[0], server)
    if len(texts) == 1:
        address = texts[0].removesuffix(ALL).rstrip("/").removesuffix("/chat")
        return Rooms(parse_target(with_scheme(address or server), "").base, rooms=(ALL,))
    targets = [parse_target(text, server) for text in texts]
    rooms = tuple(dict.fromkeys(target.room for target in targets))
    if not all(rooms):
        raise SettingsError("each of several rooms needs its name: https://HOST/chat/ROOM")
    if len(rooms) > MAX_ROOMS:
        raise SettingsError(f"{len(rooms)} rooms are too many for one feed; up to {MAX_ROOMS}")
    bases = {target.base for target in targets}
    if len(bases) > 1:
        raise SettingsError(f"a feed has rooms of one server only: {' or '.join(sorted(bases))}")
    return Rooms(bases.pop(), rooms=rooms)


def user_of(text: str, server: str) -> str | None:
    """NAME:PASSWORD of an address as `parse_target` takes it; None where there is none."""
    address = with_scheme(text if _is_address(text) else server)
    user, at, _ = urlsplit(address).netloc.rpartition("@")
    return unquote(user) if at else None


def _is_address(text: str) -> bool:
    is_plain = _OF_ADDRESSES.isdisjoint(text) or text.startswith(LABEL)
    return "://" in text or not is_plain


def with_scheme(address: str) -> str:
    """`HOST:PORT` is http, as it is to curl, and a loopback host; else a name alone is https."""
    if not address or "://" in address:
        return address
    netloc = address.partition("/")[0].rpartition("@")[2]
    name, _, port = netloc.rpartition(":")
    has_port = port.isascii() and port.isdigit() and not name.endswith(":")
    is_plain = (has_port and port != "443") or netloc in ("localhost", "127.0.0.1", "[::1]")
    return f"{'http' if is_plain else 'https'}://{address}"


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and parts.hostname
        _ = parts.port
    except ValueError:
        is_whole = None
    if not is_whole:
        raise SettingsError(f"{text!r} is not the address of a room: https://HOST/chat/ROOM")
    return parts


def _in_room(target: Target, room: str) -> Target:
    try:
        return target.in_room(room)
    except ChatError as exc:
        raise SettingsError(exc.detail) from exc
