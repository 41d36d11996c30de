"""What says who a request speaks for: signed cookies, and names and addresses by keyed hash.

No I/O."""

import hashlib
import hmac
import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer

from sse_chat.events import Author
from sse_chat.people.names import check_name, fold_name

COOKIE = "sse_chat_session"
COOKIE_MAX_AGE_S = 180 * 24 * 3600
# The node that signed a cookie may be ahead of this one, or a clock was set back since. A day is
# more than a wrong time zone makes; a cookie lives longer by that at most.
CLOCK_TOLERANCE_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Signed:
    """What a cookie said; `session_id` is "" for a guest."""

    author: Author
    session_id: str


class Sessions:
    """All workers share the secret. `clock`: the seconds since 1970."""

    def __init__(self, secret: str, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._secret = secret.encode()
        self._serializer = URLSafeTimedSerializer(
            secret, salt="sse-chat session", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def new_guest(self, name: str, known: Author | None) -> Author:
        """A guest under this name; one that is known already stays the same person.

        Raises BadName.
        """
        author_id = known.author_id if known else f"g_{secrets.token_hex(8)}"
        return Author(check_name(name), author_id)

    def to_cookie(self, author: Author, session_id: str = "") -> str:
        shape = [author.name, author.author_id]
        return str(self._serializer.dumps([*shape, session_id] if session_id else shape))

    def of_cookie(self, cookie: str) -> Signed | None:
        """None for a cookie that is forged, not ours, too old, or from too far in the future.

        That the session of an account goes on is not known here.
        """
        try:
            # Without max_age, which refuses a cookie that is one second ahead of this clock.
            shape, signed_at = self._serializer.loads(cookie, return_timestamp=True)
        except BadSignature:
            return None
        age_s = self._clock() - signed_at.timestamp()
        if not -CLOCK_TOLERANCE_S <= age_s <= COOKIE_MAX_AGE_S:
            return None
        name, author_id, *rest = shape
        return Signed(Author(name, author_id, not rest), rest[0] if rest else "")

    def of_name(self, name: str) -> Author:
        """A guest by name alone; raises BadName."""
        name = check_name(name)
        return Author(name, f"n_{self._keyed_hash('name', fold_name(name)).hex()[:16]}")

    def of_address(self, address: str) -> Author:
        """The same for the same address, and the address cannot be told from it."""
        digest = self._keyed_hash("address", address)
        letters = "".join(string.ascii_lowercase[byte % 26] for byte in digest[:4])
        return Author(f"guest-{letters}", f"a_{digest.hex()[:16]}")

    def _keyed_hash(self, purpose: str, value: str) -> bytes:
        return hmac.digest(self._secret, f"{purpose}\0{value}".encode(), "sha256")
