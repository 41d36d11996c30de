"""PeopleStore: accounts, sessions, tokens, rooms' rules and bans, as hashes of text fields.

What the fields mean is the business of `people/`. All keys share one hash tag.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from sse_chat.author_ids import AuthorId
from sse_chat.folding import fold_text
from sse_chat.ids import EntryId
from sse_chat.store.charges import Charge, refusal
from sse_chat.store.keys import Keys
from sse_chat.store.links import SlotPipelines
from sse_chat.store.pipeline import Pipeline
from sse_chat.store.records import pair, read_id
from sse_chat.store.scanning import scan_hashes
from sse_chat.store.scripts import Script, load_script

_CHARGE = load_script("charge")
_FORM = load_script("begin_form")
_ORIGINS = load_script("note_origins")
_SPEND = load_script("spend")
_WRITE = load_script("write_fields")

_AUDIT_ENTRIES = 10_000
_AUDIT_PAGE = 500
# Before, records were lists.
_RECORD_FORM = 2

# What a script says that has done all of its change.
DONE = "done"


class PeopleStore:
    """All calls raise StoreUnavailable when the store does not answer in time."""

    def __init__(self, pipeline: Pipeline | SlotPipelines, keys: Keys) -> None:
        self._pipeline = pipeline
        self._keys = keys

    async def version(self) -> str:
        """Another one than before: something that `change` or `write` wrote is not as it was."""
        return await self._call("GET", self._keys.people("version")) or "0"

    async def count_change(self) -> None:
        """Another version, so that every worker forgets what it knew."""
        await self._call("INCR", self._keys.people("version"))

    async def lists_left_s(self, for_s: int) -> float:
        """For how much longer records are to be lists, as older versions read them: `for_s` after
        this was asked first, of a store that had records then; else 0."""
        keys = [self._keys.people(name) for name in ("form", "lists", "version")]
        return int(await self._run(_FORM, keys, _RECORD_FORM, for_s * 1000)) / 1000

    async def read(self, *name: str) -> dict[str, str]:
        """All fields of one hash."""
        return pair(await self._call("HGETALL", self._keys.people(*name)))

    def read_pieces(self, *name: str) -> AsyncIterator[dict[str, str]]:
        """The same of one that may be large, some hundred fields at a time; see `scan_hashes`."""
        return scan_hashes(self._pipeline, [self._keys.people(*name)])

    async def read_field(self, *name: str, field: str) -> str | None:
        found: str | None = await self._call("HGET", self._keys.people(*name), field)
        return found

    async def write(
        self,
        *name: str,
        fields: Mapping[str, str] | None = None,
        without: Sequence[str] = (),
        audit: Mapping[str, str] | None = None,
        is_admin: bool = False,
    ) -> None:
        """Set fields of one hash and drop others; every worker forgets what it knew."""
        flat = [part for item in (fields or {}).items() for part in item]
        await self.change(
            _WRITE, [name], len(flat), *flat, *without, audit=audit, is_admin=is_admin
        )

    async def change(
        self,
        script: Script,
        names: Sequence[Sequence[str]],
        *args: str | int,
        audit: Mapping[str, str] | None = None,
        is_admin: bool = False,
    ) -> str:
        """What one of the scripts of people did: all of its change at one moment, or nothing.

        `is_admin`: noted in the log of those who run the server, which nobody else can fill.
        `names`: the hashes that it is about. DONE, or the word for what stood against it.
        """
        keys = [self._keys.people(*name) for name in (("version",), _log_of(is_admin), *names)]
        words = [part for item in (audit or {}).items() for part in item]
        return str(await self._run(script, keys, len(words), *words, *args))

    async def note(self, audit: Mapping[str, str], *, is_admin: bool = False) -> None:
        flat = (part for item in audit.items() for part in item)
        key = self._keys.people(*_log_of(is_admin))
        await self._call("XADD", key, "MAXLEN", "~", _AUDIT_ENTRIES, "*", *flat)

    async def charge(self, charges: Sequence[Charge]) -> None:
        """Charges all or, when one is used up, none: then it raises TooMany."""
        args = [packed for charge in charges for packed in charge.pack()]
        if said := await self._run(_CHARGE, self._limit_keys(charges), *args):
            raise refusal(charges, said)

    async def spend(self, charges: Sequence[Charge], counts: Sequence[int]) -> list[float]:
        """Adds what was let through already, so many of each; then the seconds until each is used
        up no more."""
        spent = [
            f"{each.every_ms * count:.3f}" for each, count in zip(charges, counts, strict=True)
        ]
        left_ms = await self._run(_SPEND, self._limit_keys(charges), *spent)
        return [each / 1000 for each in left_ms]

    def _limit_keys(self, charges: Sequence[Charge]) -> list[str]:
        return [self._keys.people("limit", charge.name, _digest(charge.who)) for charge in charges]

    async def read_audit(
        self, limit: int, *, before: EntryId | None = None, contains: str = ""
    ) -> tuple[list[dict[str, str]], bool]:
        """The newest first, older than `before`, with these letters in any field; and whether there
        are more. `id` is the entry's."""
        newest = f"({before}" if before else "+"
        rows: list[tuple[EntryId, dict[str, str]]] = []
        for is_admin in (False, True):
            key = self._keys.people(*_log_of(is_admin))
            rows += await self._find_audit(key, newest, limit + 1, fold_text(contains))
        rows.sort(key=lambda row: row[0], reverse=True)
        return [{"id": str(each), **payload} for each, payload in rows[:limit]], len(rows) > limit

    async def _find_audit(
        self, key: str, newest: str, limit: int, letters: str
    ) -> list[tuple[EntryId, dict[str, str]]]:
        found: list[tuple[EntryId, dict[str, str]]] = []
        while True:
            rows = await self._call("XREVRANGE", key, newest, "-", "COUNT", _AUDIT_PAGE)
            for entry_id, flat in rows:
                payload = pair(flat)
                if letters in fold_text(" ".join(payload.values())):
                    found.append((read_id(entry_id), payload))
            if len(found) >= limit or len(rows) < _AUDIT_PAGE:
                return found[:limit]
            newest = f"({rows[-1][0]}"

    async def note_address(self, author_id: AuthorId, network: str, keep_s: int) -> None:
        """Where this person was last, so that a ban can hold for the address too."""
        key = self._keys.people("from", _digest(author_id))
        await self._call("SET", key, network, "EX", keep_s)

    async def last_address(self, author_id: AuthorId) -> str | None:
        found: str | None = await self._call("GET", self._keys.people("from", _digest(author_id)))
        return found

    async def forget_address(self, author_id: AuthorId) -> None:
        await self._call("DEL", self._keys.people("from", _digest(author_id)))

    async def add_direct(self, one: AuthorId, other: AuthorId) -> None:
        """Each of these accounts has a conversation with the other one."""
        for own, their in {(one, other), (other, one)}:
            await self._call("HSET", self._keys.people("direct", own), their, "1")

    async def list_direct(self, account_id: AuthorId) -> list[AuthorId]:
        """With whom this account has conversations, by their ids."""
        found: list[AuthorId] = await self._call("HKEYS", self._keys.people("direct", account_id))
        return found

    async def end_guest(self, author_id: AuthorId, keep_s: int) -> None:
        """No cookie of this guest counts any more; kept until none can be left."""
        await self._call("SET", self._keys.people("ended", _digest(author_id)), "1", "EX", keep_s)

    async def has_guest_ended(self, author_id: AuthorId) -> bool:
        return await self._call("GET", self._keys.people("ended", _digest(author_id))) is not None

    async def use_once(self, digest: str, keep_s: int) -> bool:
        """Whether this is new; it is not, for so long."""
        key = self._keys.people("used", digest)
        return await self._call("SET", key, "1", "NX", "EX", keep_s) is not None

    async def note_origins(
        self, entries: Sequence[tuple[str, str]], network: str, keep_s: int
    ) -> None:
        """From where these messages, each a room and an id, were posted."""
        keys = [self._origin_key(*entry) for entry in entries]
        if len(keys) == 1:
            await self._call("SET", keys[0], _digest(network), "EX", keep_s)
        else:
            await self._run(_ORIGINS, keys, _digest(network), keep_s)

    async def is_origin(self, room: str, entry_id: str, network: str) -> bool:
        """Whether this message was posted from there, as far as that is kept."""
        known = await self._call("GET", self._origin_key(room, entry_id))
        return bool(known == _digest(network))

    def _origin_key(self, room: str, entry_id: str) -> str:
        return self._keys.people("origin", _digest(f"{room}\0{entry_id}"))

    async def note_seen(self, names: Sequence[str], at_s: int) -> None:
        """That these accounts or tokens were used."""
        flat = [part for name in names for part in (name, at_s)]
        await self._call("HSET", self._keys.people("seen"), *flat)

    async def note_place(self, account_id: AuthorId, place: str, keep_s: int) -> None:
        """That this account has signed in from there."""
        key = self._keys.people("place", _digest(f"{account_id}\0{place}"))
        await self._call("SET", key, "1", "EX", keep_s)

    async def knows_place(self, account_id: AuthorId, place: str) -> bool:
        key = self._keys.people("place", _digest(f"{account_id}\0{place}"))
        return await self._call("GET", key) is not None

    async def _call(self, *command: str | bytes | int) -> Any:
        return await self._pipeline.call(*command)

    async def _run(self, script: Script, keys: list[str], *args: str | int) -> Any:
        return await self._pipeline.run(script, keys, *args)


def _log_of(is_admin: bool) -> tuple[str, ...]:
    return ("audit", "office") if is_admin else ("audit",)


def _digest(who: str) -> str:
    return hashlib.blake2b(who.encode(), digest_size=12).hexdigest()
