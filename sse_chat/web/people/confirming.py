"""Acts on accounts and tokens ask for the password again, once a session is some minutes old."""

import time
from typing import Any

from starlette.requests import Request

from sse_chat.errors import PasswordNeeded
from sse_chat.people.records import Account
from sse_chat.people.roles import Person
from sse_chat.web.http.cookies import browser_of
from sse_chat.web.http.requests import services_of

_FRESH_S = 15 * 60


async def needs_password(request: Request, person: Person) -> bool:
    """Whether the password was neither sent along nor given in the last 15 minutes."""
    if person.password_hash:
        return False
    accounts = services_of(request).accounts
    began_s = await accounts.began_s(person.author.author_id, person.session_id)
    return time.time() - began_s > _FRESH_S


async def confirm(
    request: Request,
    person: Person,
    account: Account,
    fields: dict[str, Any],
    *,
    is_always: bool = False,
) -> None:
    """Raises PasswordNeeded; Unauthorized and TooMany for the field `password` that is wrong.
    `is_always`: however new the session is."""
    is_sent_along = bool(person.password_hash)
    if is_sent_along or not (is_always or await needs_password(request, person)):
        return
    password = fields.get("password")
    if not isinstance(password, str) or not password:
        raise PasswordNeeded("this asks for your password again: send it as password")
    identities = services_of(request).identities
    await identities.sign_in(account.name, password, person.address, browser_of(request))
