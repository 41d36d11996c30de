"""Passkeys: keys of a browser or a phone, in place of name, password and code (WebAuthn)."""

import asyncio
import base64
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from sse_chat.author_ids import parse_account_id
from sse_chat.errors import Forbidden, Malformed, Unauthorized
from sse_chat.people.accounts import Accounts
from sse_chat.people.factors import Factors
from sse_chat.people.records import Account, Passkey, digest_of
from sse_chat.people.roles import Person
from sse_chat.people.sessions import Sessions

_ADD, _SIGN_IN = "add a passkey", "sign in by a passkey"
_TICKET_S = 300
_MAX_CREDENTIAL = 16_384
_MAX_PASSKEYS = 20
MAX_LABEL = 64
_NO_PASSKEY = "this passkey is not known here, or the sign-in took too long; try again"


@dataclass(frozen=True, slots=True)
class Site:
    """What a passkey is bound to: the host's name, and the origin of our pages."""

    host: str
    origin: str


class Passkeys:
    """The library is imported in a thread, by who needs it first: it takes half a second."""

    def __init__(self, factors: Factors, accounts: Accounts, sessions: Sessions) -> None:
        self._factors = factors
        self._accounts = accounts
        self._sessions = sessions

    async def begin(self, account: Account, site: Site) -> dict[str, Any]:
        """`options` for the browser's `credentials.create`, and the `ticket` to send along."""
        state = await self._factors.state(account.account_id)
        known = [passkey.passkey_id for passkey in state.passkeys]
        challenge = secrets.token_bytes(32)
        options = await asyncio.to_thread(_creation_options, site, account, challenge, known)
        ticket = self._sessions.to_ticket(_ADD, account.account_id, _to_text(challenge))
        return {"options": json.loads(options), "ticket": ticket}

    async def add(
        self, account: Account, credential: object, ticket: str, label: str, site: Site, by: Person
    ) -> list[str]:
        """What the browser made. The recovery codes if it is the account's first factor, else none.

        Raises Malformed, Forbidden.
        """
        said = await self._redeem(_ADD, ticket)
        if said is None or said[0] != account.account_id:
            raise Forbidden("this took too long; start again")
        payload = _parse(credential)
        try:
            made = await asyncio.to_thread(_check_creation, payload, _to_bytes(said[1]), site)
        except Exception as exc:
            # Whatever the library makes of what anybody may send.
            raise Malformed(f"this passkey cannot be used: {str(exc)[:200]}") from exc
        passkey = Passkey(
            _to_text(made.credential_id),
            _to_text(made.credential_public_key),
            made.sign_count,
            label[:MAX_LABEL],
            int(time.time()),
        )
        return await self._factors.add_passkey(account, passkey, most=_MAX_PASSKEYS, by=by)

    async def begin_sign_in(self, site: Site) -> dict[str, Any]:
        """`options` for the browser's `credentials.get`, and the `ticket` to send along."""
        challenge = secrets.token_bytes(32)
        options = await asyncio.to_thread(_request_options, site, challenge)
        ticket = self._sessions.to_ticket(_SIGN_IN, _to_text(challenge))
        return {"options": json.loads(options), "ticket": ticket}

    async def find(self, credential: object, ticket: str, site: Site) -> Account:
        """Whose passkey has just been used; raises Unauthorized, Malformed."""
        payload = _parse(credential)
        said = await self._redeem(_SIGN_IN, ticket)
        account = await self._account_of(payload)
        passkey_id = str(payload.get("id", ""))
        passkey = await self._factors.passkey(account.account_id, passkey_id) if account else None
        if said is None or account is None or passkey is None:
            raise Unauthorized(_NO_PASSKEY)
        try:
            count = await asyncio.to_thread(_check_use, payload, _to_bytes(said[0]), site, passkey)
        except Exception as exc:
            raise Unauthorized(_NO_PASSKEY) from exc
        if count != passkey.count:
            # A copy of it that is used at the same moment is found out by this.
            await self._factors.count_passkey(account, passkey, count)
        return account

    async def _redeem(self, purpose: str, ticket: str) -> list[str] | None:
        """What a ticket says; each is good once."""
        said = self._sessions.of_ticket(purpose, ticket, _TICKET_S)
        if said is None or not await self._factors.use_once(digest_of(ticket), 2 * _TICKET_S):
            return None
        return said

    async def _account_of(self, payload: dict[str, Any]) -> Account | None:
        response = payload.get("response")
        handle = response.get("userHandle") if isinstance(response, dict) else None
        if not isinstance(handle, str) or len(handle) > 100:
            return None
        try:
            account_id = parse_account_id(_to_bytes(handle).decode("ascii"))
        except ValueError:
            return None
        return await self._accounts.find(account_id) if account_id else None


def _parse(credential: object) -> dict[str, Any]:
    """As an object, or as JSON in a form's field; raises Malformed."""
    payload = credential
    if isinstance(credential, str):
        try:
            payload = json.loads(credential[:_MAX_CREDENTIAL])
        except (ValueError, RecursionError):
            payload = None
    if not isinstance(payload, dict):
        raise Malformed("credential must be what the browser made, as JSON")
    return payload


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _to_bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _creation_options(site: Site, account: Account, challenge: bytes, known: list[str]) -> str:
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import structs

    options = generate_registration_options(
        rp_id=site.host,
        rp_name="sse-chat",
        user_id=account.account_id.encode(),
        user_name=account.name,
        challenge=challenge,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            # It stands for a password too, so whoever finds the phone must not be able to use it.
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=_to_bytes(each)) for each in known
        ],
    )
    return options_to_json(options)


def _request_options(site: Site, challenge: bytes) -> str:
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import structs

    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def _check_creation(payload: dict[str, Any], challenge: bytes, site: Site) -> Any:
    from webauthn import verify_registration_response

    return verify_registration_response(
        credential=payload,
        expected_challenge=challenge,
        expected_rp_id=site.host,
        expected_origin=site.origin,
        require_user_verification=True,
    )


def _check_use(payload: dict[str, Any], challenge: bytes, site: Site, passkey: Passkey) -> int:
    """How often the passkey has been used, as it says; always 0 of one that does not count."""
    from webauthn import verify_authentication_response

    used = verify_authentication_response(
        credential=payload,
        expected_challenge=challenge,
        expected_rp_id=site.host,
        expected_origin=site.origin,
        credential_public_key=_to_bytes(passkey.public_key),
        credential_current_sign_count=passkey.count,
        require_user_verification=True,
    )
    return int(used.new_sign_count)
