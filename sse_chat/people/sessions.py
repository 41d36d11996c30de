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
from itsdangerous.encoding import base64_decode

from sse_chat.author_ids import AuthorId, make_address_id, make_guest_id, make_named_id
from sse_chat.events import Author
from sse_chat.people.names import check_name, fold_name

COOKIE = "sse_chat_session"
COOKIE_MAX_AGE_S = 180 * 24 * 3600
# The node that signed a cookie may be ahead of this one, or a clock was set back since. A day is
# more than a wrong time zone makes; a cookie lives longer by that at most.
CLOCK_TOLERANCE_S = 24 * 3600


_RENEWED_S = 24 * 3600
_MAX_TICKET = 2000


def _read_old(payload: list[str], signed_s: int) -> tuple[str, str, str, int]:
    """Of a cookie from before it said when its person signed in."""
    name, author_id, *rest = payload
    return name, author_id, rest[0] if rest else "", signed_s


@dataclass(frozen=True, slots=True)
class Signed:
    """What a cookie said; `session_id` is "" for a guest. `began_s`: when they signed in."""

    author: Author
    session_id: str
    began_s: int


class Sessions:
    """All workers share the secret. `clock`: the seconds since 1970.

    A cookie counts for `idle_s` after it was signed last, and for `total_s` after the sign-in.
    """

    def __init__(
        self,
        secret: str,
        *,
        idle_s: int = COOKIE_MAX_AGE_S,
        total_s: int = COOKIE_MAX_AGE_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._idle_s = idle_s
        self._total_s = total_s
        self._clock = clock
        # Copied for each hash, which takes less than half as long as to begin one.
        self._hmac = hmac.new(secret.encode(), digestmod="sha256")
        self._cookie_names: dict[str, str] = {}
        self._serializer = URLSafeTimedSerializer(
            secret, salt="sse-chat session", signer_kwargs={"digest_method": hashlib.sha256}
        )

        self._tickets = URLSafeTimedSerializer(
            secret, salt="sse-chat ticket", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def new_guest(self, name: str, known: Author | None) -> Author:
        """A guest under this name; one that is known already stays the same person.

        Raises BadName.
        """
        author_id = known.author_id if known else make_guest_id(secrets.token_hex(8))
        return Author(check_name(name), author_id)

    def to_cookie(self, author: Author, session_id: str = "", began_s: int = 0) -> str:
        """`began_s` 0: they sign in now."""
        began_s = began_s or int(self._clock())
        return str(self._serializer.dumps([author.name, author.author_id, session_id, began_s]))

    def max_age_s(self, began_s: int = 0) -> int:
        """How long a cookie that is signed now can count."""
        rest_s = began_s + self._total_s - int(self._clock()) if began_s else self._total_s
        return max(1, min(self._idle_s, rest_s))

    def is_due(self, cookie: str) -> bool:
        """Whether a cookie that counts should be signed anew, as its person is still here."""
        return self._is_due(cookie, self._clock())

    def _is_due(self, cookie: str, now_s: float) -> bool:
        *_, signed_at, _ = cookie.rsplit(".", 2)
        signed_s = int.from_bytes(base64_decode(signed_at), "big")
        return now_s - signed_s > min(self._idle_s / 4, _RENEWED_S)

    def is_settled(self, cookie: str, for_s: float) -> bool:
        """Whether a cookie counts for so long from now, and need not be signed anew until then."""
        signed = self.of_cookie(cookie)
        if signed is None or self._is_due(cookie, self._clock() + for_s):
            return False
        return self._clock() + for_s - signed.began_s < self._total_s

    def of_cookie(self, cookie: str) -> Signed | None:
        """None for a cookie that is forged, not ours, too old, or from too far in the future.

        That the session of an account goes on is not known here.
        """
        try:
            # Without max_age, which refuses a cookie that is one second ahead of this clock.
            payload, signed_at = self._serializer.loads(cookie, return_timestamp=True)
        except BadSignature:
            return None
        age_s = self._clock() - signed_at.timestamp()
        if not -CLOCK_TOLERANCE_S <= age_s <= self._idle_s:
            return None
        name, author_id, session_id, began_s = (
            payload if len(payload) == 4 else _read_old(payload, int(signed_at.timestamp()))
        )
        if self._clock() - began_s > self._total_s:
            return None
        return Signed(Author(name, AuthorId(author_id), not session_id), session_id, began_s)

    def of_name(self, name: str) -> Author:
        """A guest by name alone; raises BadName."""
        name = check_name(name)
        return Author(name, make_named_id(self._keyed_hash("name", fold_name(name)).hex()[:16]))

    def of_address(self, address: str) -> Author:
        """The same for the same address, and the address cannot be told from it."""
        digest = self._keyed_hash("address", address)
        letters = "".join(string.ascii_lowercase[byte % 26] for byte in digest[:4])
        return Author(f"guest-{letters}", make_address_id(digest.hex()[:16]))

    def edit_key(self, room: str, entry_id: str) -> str:
        """What lets whoever posted this message change it: 128 bits, kept nowhere."""
        return self._keyed_hash("edit key", f"{room}\0{entry_id}").hex()[:32]

    def to_ticket(self, purpose: str, *parts: str) -> str:
        """What proves a little later that these were said here, for this purpose."""
        return str(self._tickets.dumps([purpose, *parts]))

    def of_ticket(self, purpose: str, ticket: str, age_s: int) -> list[str] | None:
        """The parts of one that is at most so old; None for any other."""
        try:
            found, signed_at = self._tickets.loads(ticket[:_MAX_TICKET], return_timestamp=True)
        except BadSignature:
            return None
        said_age_s = self._clock() - signed_at.timestamp()
        is_due = -CLOCK_TOLERANCE_S <= said_age_s <= age_s
        return list(found[1:]) if is_due and found[0] == purpose else None

    def cookie_name(self, root: str) -> str:
        """Of the server under this path: cookies know no ports, so neighbours need other names."""
        if root not in self._cookie_names:
            digest = self._keyed_hash("cookie name", root).hex()[:8]
            self._cookie_names[root] = f"{COOKIE}_{digest}"
        return self._cookie_names[root]

    def new_browser(self, account_id: AuthorId) -> str:
        """What a browser keeps that this account has signed in with; it opens nothing."""
        number = secrets.token_hex(8)
        return f"{number}.{self._browser_mac(account_id, number)}"

    def knows_browser(self, account_id: AuthorId, browser: str) -> bool:
        number, _, mac = browser.partition(".")
        right = self._browser_mac(account_id, number)
        return hmac.compare_digest(mac.encode("utf-8", "replace"), right.encode())

    def _browser_mac(self, account_id: AuthorId, number: str) -> str:
        return self._keyed_hash("browser", f"{account_id}\0{number}").hex()[:32]

    def _keyed_hash(self, purpose: str, value: str) -> bytes:
        keyed = self._hmac.copy()
        keyed.update(f"{purpose}\0{value}".encode())
        return keyed.digest()
