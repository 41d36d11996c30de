"""Administration: what the owner of the server does to the accounts of others."""

import time
from collections.abc import Mapping
from typing import Any

from sse_chat.author_ids import parse_account_id
from sse_chat.errors import Forbidden, Malformed, NotFound
from sse_chat.ids import format_ms
from sse_chat.people.accounts import Accounts
from sse_chat.people.erasure import is_erased
from sse_chat.people.factors import Factors
from sse_chat.people.invitations import Invitations
from sse_chat.people.last_seen import LastSeen
from sse_chat.people.records import Account, Invitation
from sse_chat.people.roles import Person, Role
from sse_chat.people.tokens import Tokens

MAX_INVITE_DAYS = 90
ROLES = {role.name.lower(): role for role in (Role.MEMBER, Role.MODERATOR, Role.OWNER)}
# What POST /admin/people may do; `reset` and `erase` have answers of their own.
ACTS = ("role", "reset", "sign_out", "revoke_tokens", "factor_off", "end", "restore", "erase")
_DAY_S = 86_400


class Administration:
    """`by` None is the command line, everywhere. That a person is an owner is asked before."""

    def __init__(
        self,
        accounts: Accounts,
        tokens: Tokens,
        invitations: Invitations,
        factors: Factors,
        last_seen: LastSeen,
    ) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._invitations = invitations
        self._factors = factors
        self._last_seen = last_seen

    async def invite(self, role: str, days: int, by: Person | None = None) -> tuple[str, int]:
        """The code of a link that makes one account, and the second in which it ends."""
        if not 1 <= days <= MAX_INVITE_DAYS:
            raise Malformed(f"days is a whole number from 1 to {MAX_INVITE_DAYS}")
        until_s = int(time.time()) + days * _DAY_S
        invitation = Invitation(parse_role(role), "", until_s, is_for_one=True)
        return await self._invitations.make(invitation, by=by), until_s

    async def reset(self, account: Account, by: Person | None = None) -> tuple[str, int]:
        """The code of a link at which its person sets a new password, within a day.

        Raises Forbidden for an account that has ended.
        """
        _require_going_on(account)
        until_s = int(time.time()) + _DAY_S
        invitation = Invitation(Role.NOBODY, "", until_s, True, account.account_id)
        return await self._invitations.make(invitation, by=by), until_s

    async def find(self, who: str) -> Account:
        """By its own name, not one that looks like it, or by id, also one that has ended; raises
        NotFound."""
        account_id = parse_account_id(who)
        found = await self._accounts.find_any(account_id) if account_id else None
        found = found or await self._accounts.find_exactly(who)
        if found is None or is_erased(found):
            raise NotFound(f"there is no account {who[:40]!r}; GET /admin/people lists them")
        return found

    async def act(self, act: str, who: str, by: Person, *, role: str = "") -> Account:
        """One of ACTS but `reset` and `erase`; the account.

        Raises Malformed, NotFound, Forbidden.
        """
        account = await self.find(who)
        if act != "restore":
            _require_going_on(account)
        if act in ("role", "end") and account.account_id == by.author.author_id:
            raise Forbidden("this is your own account: ask another owner, or use the command line")
        if act == "role":
            await self._accounts.set_role(account, parse_role(role), by)
        elif act == "sign_out":
            await self._accounts.end_sessions(account.account_id, by=by)
        elif act == "revoke_tokens":
            await self._tokens.revoke_all(account.account_id, by=by)
        elif act == "factor_off":
            await self._factors.remove_all(account, by)
        elif act == "end":
            await self._accounts.end(account, by)
        elif act == "restore":
            await self._accounts.restore(account, by)
        else:
            raise Malformed(f"act={act[:20]!r} is not known; allowed: {', '.join(ACTS)}")
        return await self.find(account.account_id)

    async def list_people(self) -> list[dict[str, Any]]:
        """Every account with the counts of its sessions and tokens, by name; the ended last."""
        tokens: dict[str, int] = {}
        for token in await self._tokens.list_all():
            tokens[token["account_id"]] = tokens.get(token["account_id"], 0) + 1
        seen_s = await self._last_seen.read()
        people = [
            await self._describe(account, tokens.get(account.account_id, 0), seen_s)
            for account in await self._accounts.list_all()
            if not is_erased(account)
        ]
        return sorted(people, key=lambda each: (each["ended"], each["name"].casefold()))

    async def describe(self, who: str) -> dict[str, Any]:
        """One account with its sessions and tokens themselves; raises NotFound."""
        account = await self.find(who)
        seen_s = await self._last_seen.read()
        tokens = await self._tokens.list_all(account.account_id)
        payload = await self._describe(account, len(tokens), seen_s)
        return payload | {
            "sessions": [
                {**session, "since": _time(session["since_s"])}
                for session in await self._accounts.list_sessions(account.account_id)
            ],
            "tokens": [{**token, "last_used": _time(seen_s.get(token["id"]))} for token in tokens],
        }

    async def _describe(
        self, account: Account, tokens: int, seen_s: Mapping[str, int]
    ) -> dict[str, Any]:
        sessions = await self._accounts.list_sessions(account.account_id)
        return {
            "name": account.name,
            "author_id": account.account_id,
            "role": account.role.name.lower(),
            "ended": account.has_ended,
            "bot": not account.password,
            "sessions": len(sessions),
            "tokens": tokens,
            "second_factor": await self._factors.is_on(account.account_id),
            "last_seen": _time(seen_s.get(account.account_id)),
        }


def _require_going_on(account: Account) -> None:
    if account.has_ended:
        raise Forbidden(f"the account {account.name} has ended; act=restore takes it back")


def _time(at_s: int | None) -> str | None:
    return format_ms(at_s * 1000) if at_s else None


def parse_role(role: str) -> Role:
    """Raises Malformed."""
    if role not in ROLES:
        raise Malformed(f"role={role[:20]!r}: one of {', '.join(ROLES)}")
    return ROLES[role]
