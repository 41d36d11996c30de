"""Hooks into rooms: addresses at which other programs post. Kept hashed; shown once."""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping

from sse_chat.errors import BadName, Forbidden, Malformed, NotFound
from sse_chat.people.accounts import Accounts
from sse_chat.people.cache import PeopleCache
from sse_chat.people.names import check_name
from sse_chat.people.records import Hook, decode, digest_of
from sse_chat.people.roles import Person
from sse_chat.people.writer import PeopleWriter
from sse_chat.store.people import PeopleStore

_SECRET = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_MAX_PER_ROOM = 50
_MAX_SHARED = 256


class Hooks:
    def __init__(
        self, people: PeopleStore, cache: PeopleCache, writer: PeopleWriter, accounts: Accounts
    ) -> None:
        self._people = people
        self._cache = cache
        self._writer = writer
        self._accounts = accounts

    async def check(self, room: str, name: str, shared: str) -> str:
        """The name of a hook that may be made, as it is kept. Raises BadName, Malformed."""
        name = check_name(name)
        if await self._accounts.reserved_by(name):
            raise BadName("this name belongs to an account, or looks like one that does")
        if len(shared) > _MAX_SHARED or not shared.isprintable():
            raise Malformed(f"secret is up to {_MAX_SHARED} printable characters")
        if len(await self.list_all(room)) >= _MAX_PER_ROOM:
            raise Malformed(f"a room has {_MAX_PER_ROOM} hooks at most; revoke some")
        return name

    async def make(
        self, room: str, name: str, *, shared: str = "", by: Person | None = None
    ) -> tuple[Hook, str]:
        """The hook, and the secret of its address, which is kept nowhere.

        Raises like `check`.
        """
        name = await self.check(room, name, shared)
        hook = Hook(secrets.token_hex(6), room, name, shared, int(time.time()))
        secret = secrets.token_urlsafe(16)
        await self._writer.write(
            "hooks",
            fields={digest_of(secret): await self._writer.encode(hook)},
            by=by,
            did=f"make hook {hook.hook_id} ({name})",
            to=room,
        )
        return hook, secret

    async def find(self, secret: str) -> Hook | None:
        if not _SECRET.fullmatch(secret):
            return None
        record = await self._cache.read_field("hooks", field=digest_of(secret))
        return decode(Hook, record) if record else None

    async def list_all(self, room: str = "") -> list[Hook]:
        """Of this room, or of all; the oldest first."""
        found = (await self._find_all(room)).values()
        return sorted(found, key=lambda each: each.since_s)

    async def _find_all(self, room: str) -> dict[str, Hook]:
        """By the digest of the secret."""
        found: dict[str, Hook] = {}
        async for piece in self._people.read_pieces("hooks"):
            hooks = {digest: decode(Hook, record) for digest, record in piece.items()}
            found |= {digest: each for digest, each in hooks.items() if room in ("", each.room)}
        return found

    async def revoke(self, hook_id: str, *, room: str = "", by: Person | None = None) -> None:
        """With `room`, only if it is a hook of that room. Raises NotFound."""
        for digest, hook in (await self._find_all(room)).items():
            if hook.hook_id == hook_id:
                did = f"revoke hook {hook_id}"
                await self._writer.write("hooks", without=[digest], by=by, did=did, to=hook.room)
                return
        raise NotFound(f"there is no hook {hook_id[:20]!r}")


def check_signature(hook: Hook, headers: Mapping[str, str], body: bytes) -> None:
    """GitHub signs the body, GitLab sends the secret itself; raises Forbidden."""
    if not hook.shared:
        return
    if signature := headers.get("x-hub-signature-256"):
        digest = hmac.new(hook.shared.encode(), body, hashlib.sha256).hexdigest()
        is_right = hmac.compare_digest(f"sha256={digest}".encode(), signature.encode())
    else:
        token = headers.get("x-gitlab-token", "")
        is_right = hmac.compare_digest(hook.shared.encode(), token.encode())
    if not is_right:
        raise Forbidden(
            "the signature is missing or wrong: X-Hub-Signature-256 or X-Gitlab-Token with this "
            "hook's secret"
        )
