"""Tokens: what bots and scripts sign in with. Kept hashed; shown once, when made."""

import hmac
import re
import secrets
import time
from typing import Any

from sse_chat.author_ids import NOBODY, AuthorId
from sse_chat.errors import Malformed
from sse_chat.people.accounts import Accounts
from sse_chat.people.cache import PeopleCache
from sse_chat.people.limits import parse_rate
from sse_chat.people.records import Account, Token, decode, digest_of
from sse_chat.people.roles import Grant, Person
from sse_chat.people.writer import PeopleWriter
from sse_chat.store.people import PeopleStore

PREFIX = "sct_"
SCOPES = ("read", "post", "both")
_TOKEN = re.compile(r"sct_([0-9a-f]{12})_([0-9a-f]{40})", re.ASCII)
_MAX_PER_ACCOUNT = 100
MAX_TOKEN_DAYS = 3650


class Tokens:
    def __init__(
        self, people: PeopleStore, cache: PeopleCache, writer: PeopleWriter, accounts: Accounts
    ) -> None:
        self._people = people
        self._cache = cache
        self._writer = writer
        self._accounts = accounts

    async def make(
        self,
        account: Account,
        *,
        label: str = "",
        scope: str = "both",
        rooms: list[str] | None = None,
        days: int = 0,
        limit: str = "",
        by: Person | None = None,
    ) -> tuple[str, str]:
        """Its id, and the token itself, which is kept nowhere.

        `rooms` empty: for all; `days` 0: it does not end; `limit` of its posts, as 50/300, or "".
        Raises Malformed.
        """
        if scope not in SCOPES:
            raise Malformed(f"scope={scope[:20]!r} is not known; allowed: {', '.join(SCOPES)}")
        if not 0 <= days <= MAX_TOKEN_DAYS:
            raise Malformed(f"days is a whole number from 0 (no end) to {MAX_TOKEN_DAYS:,}")
        check_limit(limit)
        if len(await self.list_all(account.account_id)) >= _MAX_PER_ACCOUNT:
            raise Malformed(f"an account has {_MAX_PER_ACCOUNT} tokens at most; revoke some")
        token_id, secret = secrets.token_hex(6), secrets.token_hex(20)
        token = f"{PREFIX}{token_id}_{secret}"
        now_s = int(time.time())
        until_s = now_s + days * 86_400 if days else 0
        made = Token(
            token_id, account.account_id, digest_of(token), scope, rooms or [], until_s, label,
            now_s, limit,
        )  # fmt: skip
        fields = {token_id: await self._writer.encode(made)}
        await self._writer.write(
            "tokens", fields=fields, by=by, did=f"make token {token_id}", to=account.name
        )
        return token_id, token

    async def find(self, token: str) -> tuple[Account, Grant] | None:
        """Whose it is and what it allows; None for what is no token, or no longer."""
        match = _TOKEN.fullmatch(token)
        kept = await self._find_by_id(match[1]) if match else None
        # Compared even when there is none, so that both take as long.
        is_right = hmac.compare_digest(digest_of(token), kept.digest if kept else digest_of(""))
        if not kept or not is_right:
            return None
        grant = kept.grant
        account = await self._accounts.find(kept.account_id)
        return (account, grant) if account and not grant.has_ended(time.time()) else None

    async def _find_by_id(self, token_id: str) -> Token | None:
        """It may have ended."""
        record = await self._cache.read_field("tokens", field=token_id)
        return None if record is None else decode(Token, record, token_id)

    async def goes_on(self, account_id: AuthorId, token_id: str) -> bool:
        kept = await self._find_by_id(token_id)
        if kept is None or kept.account_id != account_id:
            return False
        return not kept.grant.has_ended(time.time())

    async def list_all(self, account_id: AuthorId = NOBODY) -> list[dict[str, Any]]:
        """Of this account, or of all; the newest first."""
        mine: dict[str, Token] = {}
        async for piece in self._people.read_pieces("tokens"):
            tokens = (decode(Token, record, token_id) for token_id, record in piece.items())
            mine |= {
                token.token_id: token for token in tokens if account_id in ("", token.account_id)
            }
        return [each.as_json() for each in sorted(mine.values(), key=lambda each: -each.since_s)]

    async def revoke(
        self, token_id: str, *, account_id: AuthorId = NOBODY, by: Person | None = None
    ) -> bool:
        """With `account_id`, only if it is that account's."""
        kept = await self._find_by_id(token_id)
        if kept is None or account_id not in ("", kept.account_id):
            return False
        did = f"revoke token {token_id}"
        await self._writer.write("tokens", without=[token_id], by=by, did=did, to=kept.account_id)
        return True

    async def revoke_all(self, account_id: AuthorId, *, by: Person) -> None:
        gone = [str(each["id"]) for each in await self.list_all(account_id)]
        if gone:
            did = f"revoke {len(gone)} tokens"
            await self._writer.write("tokens", without=gone, by=by, did=did, to=account_id)


def check_limit(limit: str) -> None:
    """Raises Malformed."""
    try:
        if limit:
            parse_rate(limit)
    except ValueError as exc:
        raise Malformed(f"limit={limit[:40]!r}; allowed: {exc}, such as 50/300") from exc
