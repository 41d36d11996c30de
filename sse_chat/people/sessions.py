"""Guests: by signed cookie, by Basic name, or by address alone. No I/O."""

import base64
import binascii
import hashlib
import hmac
import secrets
import string
from functools import lru_cache
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from sse_chat.errors import Malformed, Unauthorized
from sse_chat.events import Author
from sse_chat.people.names import check_name, fold_name

COOKIE = "sse_chat_session"
COOKIE_MAX_AGE_S = 180 * 24 * 3600


class Sessions:
    """Signs and reads what says who a request speaks for. All workers share the secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._remembered = lru_cache(maxsize=1024)(self._read_authorization)
        self._serializer = URLSafeTimedSerializer(
            secret, salt="sse-chat session", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def new_guest(self, name: str, known: Author | None) -> Author:
        """A guest under this name; one that is known already stays the same person.

        Raises BadName.
        """
        author_id = known.author_id if known else f"g_{secrets.token_hex(8)}"
        return Author(check_name(name), author_id)

    def to_cookie(self, author: Author) -> str:
        return str(self._serializer.dumps([author.name, author.author_id]))

    def of_cookie(self, cookie: str) -> Author | None:
        """None for a cookie that is forged, too old or not ours."""
        try:
            shape: Any = self._serializer.loads(cookie, max_age=COOKIE_MAX_AGE_S)
        except BadSignature:
            return None
        name, author_id = shape
        return Author(name, author_id)

    def of_authorization(self, header: str) -> Author:
        """The same as `_read_authorization`, remembered: a script sends it with each post."""
        return self._remembered(header)

    def _read_authorization(self, header: str) -> Author:
        """From `Basic` with a name and no password.

        Raises Malformed, BadName, or Unauthorized for a password or token.
        """
        scheme, _, value = header.partition(" ")
        if scheme.lower() != "basic":
            raise Unauthorized("this token is not known here; use Basic with a name: curl -u ann:")
        try:
            name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as exc:
            raise Malformed("the Authorization header is not Basic with UTF-8") from exc
        if not colon or password:
            raise Unauthorized("this name and password are not known; a guest has no password")
        name = check_name(name)
        return Author(name, f"n_{self._keyed_hash('name', fold_name(name)).hex()[:16]}")

    def of_address(self, address: str) -> Author:
        """The same for the same address, and the address cannot be told from it."""
        digest = self._keyed_hash("address", address)
        letters = "".join(string.ascii_lowercase[byte % 26] for byte in digest[:4])
        return Author(f"guest-{letters}", f"a_{digest.hex()[:16]}")

    def _keyed_hash(self, purpose: str, value: str) -> bytes:
        return hmac.digest(self._secret, f"{purpose}\0{value}".encode(), "sha256")
