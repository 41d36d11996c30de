"""Factors: the second factor of accounts, as kept: codes of an authenticator app, recovery codes.

The app's secret is kept as it is, since the server computes the same codes; recovery codes are
kept as SHA-256 of 80 random bits.
"""

import base64
import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyotp

from sse_chat.author_ids import AuthorId
from sse_chat.errors import Forbidden, Malformed, NotFound
from sse_chat.people.cache import PeopleCache
from sse_chat.people.records import Account, NewApp, Passkey, amend, decode, digest_of
from sse_chat.people.roles import Person, Role
from sse_chat.people.writer import PeopleWriter
from sse_chat.store.people import DONE, PeopleStore
from sse_chat.store.scripts import load_script

_AMEND_FACTORS = load_script("amend_factors")
_USE_STEP = load_script("use_step")

_STEP_S = 30
# The clocks of phones are as wrong as that.
_STEPS_BESIDE = (0, -1, 1)
_CODES = 10
_NEW_S = 900
_PASSKEY = "passkey:"
# Who must have one, by the setting.
REQUIRED_OF = {
    "nobody": None,
    "owners": Role.OWNER,
    "moderators": Role.MODERATOR,
    "all": Role.MEMBER,
}


@dataclass(frozen=True, slots=True)
class FactorState:
    """What an account has: an app, passkeys, the oldest first, and how many recovery codes that
    were not used."""

    has_app: bool = False
    codes_left: int = 0
    passkeys: Sequence[Passkey] = ()


class Factors:
    """`required`: one of REQUIRED_OF. `clock`: the seconds since 1970."""

    def __init__(
        self,
        people: PeopleStore,
        cache: PeopleCache,
        writer: PeopleWriter,
        *,
        required: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._people = people
        self._cache = cache
        self._writer = writer
        self._required_of = REQUIRED_OF[required]
        self._clock = clock

    async def is_on(self, account_id: AuthorId) -> bool:
        """Whether a password alone does not sign in."""
        return await self._cache.read_field("factors", account_id, field="on") is not None

    async def is_missing(self, person: Person) -> bool:
        """Whether the setting asks this person for a second factor, and there is none."""
        required_of = self._required_of
        if required_of is None or person.role < required_of or not person.is_account:
            return False
        return not await self.is_on(person.author.author_id)

    async def state(self, account_id: AuthorId) -> FactorState:
        kept = await self._read(account_id)
        codes = sum(each.startswith("code:") for each in kept)
        passkeys = [
            decode(Passkey, record, field.removeprefix(_PASSKEY))
            for field, record in kept.items()
            if field.startswith(_PASSKEY)
        ]
        passkeys.sort(key=lambda each: each.since_s)
        return FactorState("totp" in kept, codes, passkeys)

    async def begin_app(self, account: Account) -> str:
        """A new secret, in base 32, which counts once a code of it was given."""
        secret = pyotp.random_base32()
        new = NewApp(secret, int(self._clock()) + _NEW_S)
        await self._amend(account, sets={"new": await self._writer.encode(new)})
        return secret

    async def turn_app_on(self, account: Account, code: str, by: Person) -> list[str]:
        """The recovery codes, which are kept nowhere. Raises Malformed for a wrong code, Forbidden
        when nothing was begun or it is too late."""
        kept = await self._read(account.account_id)
        new = decode(NewApp, kept["new"]) if "new" in kept else None
        if new is None or self._clock() > new.until_s:
            raise Forbidden("this was started more than 15 minutes ago, or never; start again")
        step = self._find_step(new.secret, code)
        if step is None:
            raise Malformed("this is not the code that the app shows now; is its clock right?")
        codes = [_new_code() for _ in range(_CODES)]
        await self._amend(
            account,
            seen=("new", kept["new"]),
            sets={"totp": new.secret, "step": str(step), **_fields_of(codes)},
            drops=["new"],
            renews=True,
            by=by,
            did="turn on codes of an app",
        )
        return codes

    async def turn_app_off(self, account: Account, by: Person) -> None:
        secret = (await self._read(account.account_id)).get("totp")
        if secret is None:
            return
        await self._amend(
            account, seen=("totp", secret), drops=["totp", "step"], by=by,
            did="turn off codes of an app",
        )  # fmt: skip

    async def add_passkey(
        self, account: Account, passkey: Passkey, *, most: int, by: Person
    ) -> list[str]:
        """Recovery codes if there were none. Raises Forbidden for one that is there, and when there
        are too many."""
        state = await self.state(account.account_id)
        if len(state.passkeys) >= most:
            raise Forbidden(f"an account has {most} passkeys at most; remove one")
        is_first = not state.has_app and not state.passkeys
        codes = [_new_code() for _ in range(_CODES)] if is_first else []
        field, record = f"{_PASSKEY}{passkey.passkey_id}", await self._writer.encode(passkey)
        await self._amend(
            account, seen=(field, ""), sets={field: record, **_fields_of(codes)},
            renews=is_first, by=by, did="add a passkey",
        )  # fmt: skip
        return codes

    async def passkey(self, account_id: AuthorId, passkey_id: str) -> Passkey | None:
        record = await self._passkey_record(account_id, passkey_id)
        return None if record is None else decode(Passkey, record, passkey_id)

    async def _passkey_record(self, account_id: AuthorId, passkey_id: str) -> str | None:
        return await self._people.read_field("factors", account_id, field=f"{_PASSKEY}{passkey_id}")

    async def count_passkey(self, account: Account, passkey: Passkey, count: int) -> None:
        """Raises Forbidden when it was used by another request meanwhile."""
        record = await self._require_passkey(account, passkey.passkey_id)
        if decode(Passkey, record, passkey.passkey_id) != passkey:
            raise _changed()
        field = f"{_PASSKEY}{passkey.passkey_id}"
        counted = amend(Passkey, record, count=count)
        await self._amend(account, seen=(field, record), sets={field: counted})

    async def rename_passkey(
        self, account: Account, passkey_id: str, label: str, by: Person
    ) -> None:
        """Raises NotFound; so does the next."""
        record = await self._require_passkey(account, passkey_id)
        field = f"{_PASSKEY}{passkey_id}"
        renamed = amend(Passkey, record, label=label)
        await self._amend(
            account, seen=(field, record), sets={field: renamed}, by=by, did="rename a passkey"
        )

    async def remove_passkey(self, account: Account, passkey_id: str, by: Person) -> None:
        await self._require_passkey(account, passkey_id)
        drops = [f"{_PASSKEY}{passkey_id}"]
        await self._amend(account, drops=drops, by=by, did="remove a passkey")

    async def _require_passkey(self, account: Account, passkey_id: str) -> str:
        record = await self._passkey_record(account.account_id, passkey_id)
        if record is None:
            raise NotFound("you have no passkey of this id")
        return record

    async def use_once(self, digest: str, keep_s: int) -> bool:
        """Whether nobody has shown this before; it is remembered for so long."""
        return await self._people.use_once(digest, keep_s)

    async def renew_codes(self, account: Account, by: Person) -> list[str]:
        """The recovery codes; all before them are no good any more. Raises Forbidden."""
        if not await self.is_on(account.account_id):
            raise Forbidden("there is no second factor, so there is nothing to recover")
        codes = [_new_code() for _ in range(_CODES)]
        await self._amend(
            account, sets=_fields_of(codes), renews=True, by=by, did="make recovery codes"
        )
        return codes

    async def remove_all(self, account: Account, by: Person | None = None) -> None:
        """For somebody who has lost it; `by` None is the command line."""
        kept = await self._read(account.account_id)
        await self._amend(account, drops=list(kept), by=by, did="remove second factor")

    async def use(self, account: Account, code: str, by: Person) -> bool:
        """Whether this is the app's code of now, or a recovery code. Each counts once."""
        kept = await self._read(account.account_id)
        wanted = code.replace(" ", "").replace("-", "").lower()
        if len(wanted) == _CODE_CHARS:
            return await self._use_recovery(account, wanted, kept, by)
        secret = kept.get("totp")
        step = self._find_step(secret, wanted) if secret else None
        if secret is None or step is None:
            return False
        names = [("factors", account.account_id)]
        return await self._people.change(_USE_STEP, names, secret, step) == DONE

    async def _use_recovery(
        self, account: Account, code: str, kept: dict[str, str], by: Person
    ) -> bool:
        field = f"code:{digest_of(code)}"
        if field not in kept:
            return False
        try:
            await self._amend(
                account, seen=(field, "1"), drops=[field], by=by, did="use a recovery code"
            )
        except Forbidden:
            return False
        return True

    def _find_step(self, secret: str, code: str) -> int | None:
        """The number of the 30 seconds that this is the code of, if they are about now."""
        now_step, found = int(self._clock()) // _STEP_S, None
        app = pyotp.TOTP(secret)
        for beside in _STEPS_BESIDE:
            right = app.at((now_step + beside) * _STEP_S)
            if hmac.compare_digest(right.encode(), code.strip().encode("utf-8", "replace")):
                found = now_step + beside
        return found

    async def _read(self, account_id: AuthorId) -> dict[str, str]:
        return await self._people.read("factors", account_id)

    async def _amend(
        self,
        account: Account,
        *,
        seen: tuple[str, str] = ("", ""),
        sets: dict[str, str] | None = None,
        drops: list[str] | None = None,
        renews: bool = False,
        by: Person | None = None,
        did: str = "",
    ) -> None:
        """Raises Forbidden when somebody else was quicker."""
        flat = [part for item in (sets or {}).items() for part in item]
        outcome = await self._writer.change(
            _AMEND_FACTORS,
            [("factors", account.account_id)],
            *seen,
            int(renews),
            len(flat),
            *flat,
            *(drops or ()),
            by=by,
            did=did,
            to=account.name,
        )
        if outcome != DONE:
            raise _changed()


_CODE_CHARS = 16


def _changed() -> Forbidden:
    return Forbidden("this was changed by another request meanwhile; begin again")


def _new_code() -> str:
    """80 bits in base 32, in groups that can be read out."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(letters[at : at + 4] for at in range(0, _CODE_CHARS, 4))


def _fields_of(codes: list[str]) -> dict[str, str]:
    return {f"code:{digest_of(code.replace('-', ''))}": "1" for code in codes}


def uri_of(secret: str, name: str, issuer: str) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)
