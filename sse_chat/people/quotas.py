"""Quotas: what a person and an address may post in all rooms together.

A post is one call for its room, and other rooms may be on other nodes of the store. So each worker
counts for itself, and tells the store now and then what it let through, and learns what the other
workers did: they let through a few more than one alone would.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sse_chat.people.limit_settings import Limits
from sse_chat.people.limits import Limit, Payers
from sse_chat.store.people import PeopleStore

# So many of each are let through until the store is told.
_SHARE = 10
_MAX_KNOWN = 50_000
_ROUNDING_S = 1e-6


@dataclass(slots=True)
class _Account:
    """When it is used up no more (GCRA), in seconds of the clock; what the store does not know."""

    due_s: float = 0.0
    untold: int = 0


class Spent:
    """`count` of it can be lowered, by what came to nothing."""

    __slots__ = ("count",)

    def __init__(self, count: int) -> None:
        self.count = count


class Quotas:
    def __init__(
        self,
        people: PeopleStore,
        *,
        limits: Limits,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._people = people
        self._limits = limits
        self._now_s = now_s
        self._accounts: dict[tuple[str, str], _Account] = {}

    @asynccontextmanager
    async def spend(self, payers: Payers, count: int = 1) -> AsyncIterator[Spent]:
        """For what is done inside; all is given back if that fails. Raises TooMany when one of
        them is used up: a free place is enough, and the rest is owed."""
        spent = Spent(count)
        if not self._limits.is_on:
            yield spent
            return
        payers = tuple((self._limits.of(limit), who) for limit, who in payers)
        self._take(payers, count)
        try:
            await self._tell(payers)
            yield spent
        except BaseException:
            spent.count = 0
            raise
        finally:
            if unused := count - spent.count:
                self._give_back(payers, unused)

    def headers_for(self, payers: Payers) -> dict[str, str]:
        """Of the limit that is nearest, once less than half of it is left: then programs may slow
        down before they are refused."""
        if not self._limits.is_on:
            return {}
        now_s = self._now_s()
        told: dict[str, str] = {}
        nearest = 0.5
        for usual, who in payers:
            limit = self._limits.of(usual)
            account = self._accounts.get((limit.name, who))
            used_s = max(account.due_s - now_s, 0.0) if account else 0.0
            share = 1 - used_s * limit.per_s / limit.burst
            if share < nearest:
                nearest, told = share, limit.headers(used_s)
        return told

    def _take(self, payers: Payers, count: int) -> None:
        now_s = self._now_s()
        accounts = [self._account(limit, who) for limit, who in payers]
        for (limit, _), account in zip(payers, accounts, strict=True):
            wait_s = max(account.due_s, now_s) - now_s + (1 - limit.burst) / limit.per_s
            if wait_s > _ROUNDING_S:
                raise limit.refusal(wait_s)
        for (limit, _), account in zip(payers, accounts, strict=True):
            account.due_s = max(account.due_s, now_s) + count / limit.per_s
            account.untold += count

    def _account(self, limit: Limit, who: str) -> _Account:
        key = (limit.name, who)
        account = self._accounts.get(key)
        if account is None:
            if len(self._accounts) >= _MAX_KNOWN:
                self._forget()
            account = self._accounts[key] = _Account()
        return account

    def _forget(self) -> None:
        """All whose use is over; where that is less than half of them, all, as the next new one
        would else look through them again."""
        now_s = self._now_s()
        kept = {who: each for who, each in self._accounts.items() if each.due_s > now_s}
        self._accounts = kept if len(kept) < _MAX_KNOWN / 2 else {}

    def _give_back(self, payers: Payers, count: int) -> None:
        for limit, who in payers:
            account = self._account(limit, who)
            account.due_s -= count / limit.per_s
            account.untold -= count

    async def _tell(self, payers: Payers) -> None:
        """Raises StoreUnavailable, as what is paid for would."""
        due = [payer for payer in payers if self._account(*payer).untold >= _SHARE]
        if not due:
            return
        accounts = [self._account(*each) for each in due]
        counts = [each.untold for each in accounts]
        for account, count in zip(accounts, counts, strict=True):
            account.untold -= count
        charges = [limit.charge(who) for limit, who in due]
        try:
            left_s = await self._people.spend(charges, counts)
        except BaseException:
            for account, count in zip(accounts, counts, strict=True):
                account.untold += count
            raise
        now_s = self._now_s()
        for account, each_s in zip(accounts, left_s, strict=True):
            account.due_s = max(account.due_s, now_s + each_s)
