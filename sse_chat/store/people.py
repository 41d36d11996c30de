"""PeopleStore: accounts, sessions, tokens, rooms' rules and bans, as hashes of text fields.

What the fields mean is the business of `people/`. All keys share one hash tag.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from redis.exceptions import ResponseError

from sse_chat.errors import StoreUnavailable
from sse_chat.store.charges import Charge
from sse_chat.store.keys import Keys
from sse_chat.store.link import Pipeline
from sse_chat.store.links import SlotPipelines
from sse_chat.store.people_scripts import CHANGE, CHARGE, CLAIM
from sse_chat.store.records import pair
from sse_chat.store.resp import Command
from sse_chat.store.scripts import Script

_AUDIT_ENTRIES = 10_000


class PeopleStore:
    """All calls raise StoreUnavailable when the store does not answer in time."""

    def __init__(self, pipeline: Pipeline | SlotPipelines, keys: Keys) -> None:
        self._pipeline = pipeline
        self._keys = keys

    async def version(self) -> str:
        """Another one than before: something that `change` wrote is not as it was."""
        return await self._call("GET", self._keys.people("version")) or "0"

    async def read(self, *name: str) -> dict[str, str]:
        """All fields of one hash."""
        return pair(await self._call("HGETALL", self._keys.people(*name)))

    async def read_field(self, *name: str, field: str) -> str | None:
        found: str | None = await self._call("HGET", self._keys.people(*name), field)
        return found

    async def write(
        self,
        *name: str,
        fields: Mapping[str, str] | None = None,
        without: Sequence[str] = (),
        audit: Mapping[str, str] | None = None,
    ) -> None:
        """Set fields of one hash and drop others; every worker forgets what it knew."""
        key = self._keys.people(*name)
        commands: list[Command] = []
        if fields:
            commands.append(("HSET", key, *(part for each in fields.items() for part in each)))
        if without:
            commands.append(("HDEL", key, *without))
        if audit:
            commands.append(self._note(audit))
        await self._change(commands)

    async def note(self, audit: Mapping[str, str]) -> None:
        await self._call(*self._note(audit))

    def _note(self, audit: Mapping[str, str]) -> Command:
        flat = (part for each in audit.items() for part in each)
        return ("XADD", self._keys.people("audit"), "MAXLEN", "~", _AUDIT_ENTRIES, "*", *flat)

    async def add(self, *name: str, field: str, value: str, keep_s: int = 0) -> None:
        """A field that no worker can have known of; with `keep_s` its hash ends that long after."""
        key = self._keys.people(*name)
        await self._call("HSET", key, field, value)
        if keep_s:
            await self._call("EXPIRE", key, keep_s)

    async def claim_field(self, *name: str, field: str, value: str) -> bool:
        """Sets a field that is not there yet; true for the one caller that did."""
        return int(await self._call("HSETNX", self._keys.people(*name), field, value)) == 1

    async def take(self, *name: str, field: str) -> bool:
        """Drops a field; true for the one caller that found it."""
        return int(await self._call("HDEL", self._keys.people(*name), field)) == 1

    async def claim(self, name: str, account_id: str, owner: str, record: str) -> bool:
        """A new account under this name, or False when it is taken."""
        keys = [self._keys.people(each) for each in ("version", "names", "accounts")]
        return bool(await self._run(CLAIM, keys, account_id, record, owner, name))

    async def charge(self, charges: Sequence[Charge]) -> int:
        """Charges all or, when one is used up, none; then the milliseconds to wait, else 0."""
        keys = [self._keys.people("limit", each.name, _digest(each.who)) for each in charges]
        args = [packed for each in charges for packed in each.pack()]
        return int(await self._run(CHARGE, keys, *args))

    async def read_audit(self, limit: int) -> list[dict[str, str]]:
        """The newest first; `id` is the entry's."""
        key = self._keys.people("audit")
        rows = await self._call("XREVRANGE", key, "+", "-", "COUNT", limit)
        return [{"id": entry_id, **pair(flat)} for entry_id, flat in rows]

    async def note_address(self, author_id: str, network: str, keep_s: int) -> None:
        """Where this person was last, so that a ban can hold for the address too."""
        key = self._keys.people("from", _digest(author_id))
        await self._call("SET", key, network, "EX", keep_s)

    async def last_address(self, author_id: str) -> str | None:
        found: str | None = await self._call("GET", self._keys.people("from", _digest(author_id)))
        return found

    async def _change(self, commands: list[Command]) -> None:
        keys = [self._keys.people("version")]
        args: list[str | int] = []
        for command in commands:
            keys.append(str(command[1]))
            words = [word if isinstance(word, int) else str(word) for word in command]
            args += (len(words), *words)
        await self._run(CHANGE, keys, *args)

    async def _call(self, *command: str | bytes | int) -> Any:
        try:
            return await self._pipeline.call(*command)
        except ResponseError as exc:
            raise StoreUnavailable(f"the store refused: {exc}") from exc

    async def _run(self, script: Script, keys: list[str], *args: str | int) -> Any:
        try:
            return await self._pipeline.run(script, keys, *args)
        except ResponseError as exc:
            raise StoreUnavailable(f"the store refused: {exc}") from exc


def _digest(who: str) -> str:
    return hashlib.blake2b(who.encode(), digest_size=12).hexdigest()
