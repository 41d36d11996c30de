"""Which room of which server: from what a person types."""

import re
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from sse_chat.errors import ChatError, SettingsError
from sse_chat.room_names import LABEL, parse_room, room_path

_ROOM_PATH = re.compile(r"(.*?)/chat(?:/([^/]*)(?:/feed|/messages)?)?/*", re.ASCII)
_CONVERSATION_PATH = re.compile(r"(.*?)/dm/([^/]+)(?:/feed|/messages)?/*", re.ASCII)


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

    def in_room(self, room: str) -> "Target":
        return replace(self, room=room if room.startswith(LABEL) else parse_room(room))

    def moved(self, answer: httpx.Response) -> "Target | None":
        """The same room on the same host by https, where a redirect says so; else None.

        Credentials stay with their host, and any other redirect is a sign-in page's.
        """
        if answer.status_code not in (301, 302, 307, 308) or self.base.startswith("https:"):
            return None
        try:
            found = parse_target(answer.headers.get("location", "").split("?")[0], "")
        except SettingsError:
            return None
        is_same = (found.host, found.room) == (self.host, self.room)
        return found if is_same and found.base.startswith("https:") else None


def parse_target(text: str, server: str) -> Target:
    """A room's name on `server`, or an address: of a room, or of a server for its default room.

    Raises SettingsError.
    """
    if "://" not in text:
        return _in_room(parse_target(server, "") if server else Target(""), text)
    parts = _split(text)
    direct = _CONVERSATION_PATH.fullmatch(parts.path)
    found = _ROOM_PATH.fullmatch(parts.path)
    if direct:
        prefix, room = direct[1], LABEL + unquote(direct[2])
    else:
        prefix, room = (found[1], found[2] or "") if found else (parts.path.rstrip("/"), "")
    target = Target(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{prefix}")
    return _in_room(target, room) if room else target


def user_of(text: str, server: str) -> str | None:
    """NAME:PASSWORD of an address as `parse_target` takes it; None where there is none."""
    user, at, _ = urlsplit(text if "://" in text else server).netloc.rpartition("@")
    return unquote(user) if at else None


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
        raise SettingsError(f"{room!r}: {exc.detail}") from exc
