"""Identities: from what a request carries to the person whom it comes from."""

import base64
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from sse_chat.errors import CodeNeeded, FactorNeeded, Malformed, Unauthorized
from sse_chat.events import Author
from sse_chat.people.accounts import Accounts, an_accounts_name
from sse_chat.people.cache import PeopleCache
from sse_chat.people.confusables import skeleton_of
from sse_chat.people.factors import Factors
from sse_chat.people.guests import Guests
from sse_chat.people.limit_settings import Limits
from sse_chat.people.limits import (
    ACCOUNT_CODES,
    ADDRESS_SIGN_INS,
    NAME_SIGN_INS,
    PLACE_CODES,
    PLACE_SIGN_INS,
    Limit,
)
from sse_chat.people.names import check_length
from sse_chat.people.networks import network_of
from sse_chat.people.passwords import Passwords
from sse_chat.people.records import Account
from sse_chat.people.roles import Grant, Person, Role
from sse_chat.people.sessions import Sessions
from sse_chat.people.tokens import PREFIX, Tokens
from sse_chat.presence import Throttle
from sse_chat.store.charges import Charge
from sse_chat.store.people import PeopleStore
from sse_chat.visible import quote

_MAX_KNOWN = 10_000
_PLACE_KEPT_S = 90 * 24 * 3600
_MAX_CODE = 64
_BAD_TOKEN_S = 1
_log = logging.getLogger("sse_chat.people")
_UNKNOWN = (
    "this name and password or token are not known here; without an account, use a name alone: "
    "curl -u NAME: …"
)


class _Known:
    """Whom a header stands for, wherever it comes from."""

    __slots__ = ("_author", "_grant", "_last", "_password_hash", "_role")

    def __init__(
        self, author: Author, role: Role, grant: Grant | None = None, password_hash: str = ""
    ) -> None:
        self._author = author
        self._role = role
        self._grant = grant
        self._password_hash = password_hash
        self._last: Person | None = None

    def at(self, address: str) -> Person:
        """Mostly it comes from where it came from before."""
        if self._last is None or self._last.address != address:
            self._last = Person(
                self._author,
                self._role,
                address,
                grant=self._grant,
                password_hash=self._password_hash,
            )
        return self._last


class Identities:
    def __init__(
        self,
        sessions: Sessions,
        accounts: Accounts,
        guests: Guests,
        tokens: Tokens,
        people: PeopleStore,
        cache: PeopleCache,
        factors: Factors,
        *,
        limits: Limits,
    ) -> None:
        self._factors = factors
        self._sessions = sessions
        self._accounts = accounts
        self._guests = guests
        self._tokens = tokens
        self._people = people
        self._cache = cache
        self._limits = limits
        self.passwords = Passwords()
        # One object for all feeds from there.
        self.of_address = lru_cache(maxsize=4096)(self._of_address)
        self._generation = 0
        # What a script sends with each post, until something changes. The secrets are not kept.
        self._known: dict[bytes, _Known] = {}
        # What had the right password: the hash that it was right for.
        self._verified: dict[bytes, str] = {}
        self._bad_tokens = Throttle(every_s=_BAD_TOKEN_S)

    def _of_address(self, address: str) -> Person:
        return Person(self._sessions.of_address(address), Role.NOBODY, address)

    async def of_cookie(self, cookie: str, address: str) -> Person | None:
        """None for a cookie that is forged or too old, or stands for what has ended."""
        signed = self._sessions.of_cookie(cookie)
        if signed is None:
            return None
        author = signed.author
        if not signed.session_id:
            # Since then someone may have made an account of this name.
            if await self._accounts.reserved_by(author.name):
                return None
            if await self._guests.has_ended(author.author_id):
                return None
            return Person(author, Role.GUEST, address)
        account = await self._accounts.find(author.author_id)
        if account is None or not await self._accounts.has_session(
            account.account_id, signed.session_id
        ):
            return None
        return Person(account.author, account.role, address, session_id=signed.session_id)

    async def of_authorization(self, header: str, address: str) -> Person:
        """Raises Unauthorized, Malformed, BadName, TooMany."""
        if self._generation != self._cache.generation:
            self._generation = self._cache.generation
            self._known = {}
        digest = hashlib.blake2b(header.encode(), digest_size=32).digest()
        known = self._known.get(digest)
        if known is None:
            generation = self._generation
            known = await self._read(header, digest, address)
            if generation == self._cache.generation and len(self._known) < _MAX_KNOWN:
                self._known[digest] = known
        return known.at(address)

    async def _read(self, header: str, digest: bytes, address: str) -> _Known:
        scheme, _, value = header.partition(" ")
        if scheme.lower() == "bearer":
            return await self._of_token(value.strip(), address)
        if scheme.lower() != "basic":
            raise Unauthorized("use Basic with a name, as curl -u ann: does, or Bearer")
        try:
            name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except ValueError as exc:
            raise Malformed("the Authorization header is not Basic with UTF-8") from exc
        if not colon:
            raise Unauthorized(_UNKNOWN)
        check_length(name)
        if not password:
            return await self._of_guest(name)
        if password.startswith(PREFIX):
            return await self._of_token(password, address, name)
        return await self._of_password(digest, name, password, address)

    async def _of_guest(self, name: str) -> _Known:
        author = self._sessions.of_name(name)
        if await self._accounts.reserved_by(name):
            raise an_accounts_name()
        return _Known(author, Role.GUEST)

    async def _of_token(self, token: str, address: str, name: str | None = None) -> _Known:
        found = await self._tokens.find(token)
        if found is None or (name and skeleton_of(name) != skeleton_of(found[0].name)):
            # A bot whose token has ended may try it as fast as it can.
            if self._bad_tokens.may_pass(address):
                _log.warning("sign-in failed from %s as %s", address, quote(token[:16]))
            raise Unauthorized(_UNKNOWN)
        account, grant = found
        return _Known(account.author, account.role, grant)

    async def _of_password(self, digest: bytes, name: str, password: str, address: str) -> _Known:
        account = await self._accounts.find_by_name(name)
        if account is None or self._verified.get(digest) != account.password:
            try:
                account = await self.check_password(name, password, address)
            except Unauthorized as exc:
                raise Unauthorized(_UNKNOWN) from exc
            if len(self._verified) >= _MAX_KNOWN:
                self._verified.clear()
            self._verified[digest] = account.password
        if await self._factors.is_on(account.account_id):
            raise CodeNeeded(
                "this account has a second factor: its password alone does not speak for it; use a "
                "token, made on the account page, as in curl -u NAME:TOKEN"
            )
        await self.note_place(account, address)
        return _Known(account.author, account.role, password_hash=account.password)

    async def sign_in(self, name: str, password: str, address: str, browser: str = "") -> Account:
        """Like `check_password`, of somebody who gave a second factor, where there is one."""
        account = await self.check_password(name, password, address, browser)
        await self.note_place(account, address)
        return account

    async def check_password(
        self, name: str, password: str, address: str, browser: str = ""
    ) -> Account:
        """Raises Unauthorized, in the same words and after the same time for any reason; BadName
        for what is too long to be looked at."""
        check_length(name)
        account = await self._accounts.find_by_name(name)
        await self.charge(*await self._sign_in_limits(account, skeleton_of(name), address, browser))
        kept = account.password if account else None
        if not await self.passwords.verify(kept, password) or account is None:
            _log.warning("sign-in failed from %s as %s", address, quote(name))
            raise Unauthorized("wrong name or password")
        return account

    async def check_code(
        self, account: Account, code: str, address: str, browser: str = ""
    ) -> None:
        """Of the second factor, after the password; raises CodeNeeded, TooMany."""
        place = await self._place_of(account, address, browser)
        limits = [(PLACE_CODES, f"{account.account_id}\0{place or network_of(address)}")]
        if place is None:
            limits.append((ACCOUNT_CODES, account.account_id))
        await self.charge(*limits)
        by = Person(account.author, account.role, address)
        if not await self._factors.use(account, code[:_MAX_CODE], by):
            _log.warning("sign-in failed from %s as %s: wrong code", address, quote(account.name))
            raise CodeNeeded("this code is not right, or was used before; wait for the next one")

    async def _place_of(self, account: Account, address: str, browser: str) -> str | None:
        """The browser or network that the account has signed in with before."""
        if browser and self._sessions.knows_browser(account.account_id, browser):
            return browser
        network = network_of(address)
        knows = await self._people.knows_place(account.account_id, network)
        return network if knows else None

    async def note_place(self, account: Account, address: str) -> None:
        """That it signed in from there."""
        network = network_of(address)
        await self._people.note_place(account.account_id, network, _PLACE_KEPT_S)

    async def require_factor(self, person: Person) -> None:
        """Raises FactorNeeded for those who must have a second factor, and have none. Tokens may
        do little enough."""
        if person.grant is None and await self._factors.is_missing(person):
            raise FactorNeeded(
                "your role needs a second factor here; set one up on the account page first"
            )

    async def _sign_in_limits(
        self, account: Account | None, form: str, address: str, browser: str
    ) -> list[tuple[Limit, str]]:
        """What a try counts against; `browser`: what it was given when it signed in before."""
        if account and browser and self._sessions.knows_browser(account.account_id, browser):
            return [(PLACE_SIGN_INS, f"{form}\0{browser}")]
        network = network_of(address)
        limits = [(ADDRESS_SIGN_INS, network), (PLACE_SIGN_INS, f"{form}\0{network}")]
        if account and await self._people.knows_place(account.account_id, network):
            return limits
        return [*limits, (NAME_SIGN_INS, form)]

    async def charge(self, *limits: tuple[Limit, str]) -> None:
        await self.charge_all([limit.charge(who) for limit, who in limits])

    async def charge_all(self, charges: Sequence[Charge]) -> None:
        """Raises TooMany when one of them is used up; then none is charged."""
        if self._limits.is_on:
            await self._people.charge(self._limits.of_charges(charges))

    async def renew(self, person: Person) -> Person | None:
        """The same person as things are now; None when what let them in holds no more.

        That is the account, the session, the token or the password.
        """
        if not person.is_account:
            has_ended = person.is_proven and await self._guests.has_ended(person.author.author_id)
            return None if has_ended else person
        account = await self._accounts.find(person.author.author_id)
        if account is None or person.password_hash not in ("", account.password):
            return None
        if person.session_id and not await self._accounts.has_session(
            account.account_id, person.session_id
        ):
            return None
        if person.password_hash and await self._factors.is_on(account.account_id):
            return None
        if person.grant and not await self._tokens.goes_on(
            account.account_id, person.grant.token_id
        ):
            return None
        renewed = replace(person, author=account.author, role=account.role)
        is_missing = person.grant is None and await self._factors.is_missing(renewed)
        return None if is_missing else renewed
