"""Every error that a caller can meet, with its HTTP status and stable code. No I/O."""

from collections.abc import Mapping
from typing import Any, ClassVar


class ChatError(Exception):
    """The root. `detail` says what was wrong and what is allowed; `fields` join the JSON."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(self, detail: str, *, retry_after_s: int | None = None, **fields: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.fields = dict(fields)

    @property
    def headers(self) -> Mapping[str, str]:
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}

    def as_json(self) -> dict[str, Any]:
        return {"error": self.code, "detail": self.detail, **self.fields}


class Failure(ChatError):
    def __init__(self) -> None:
        super().__init__("internal error; see the server log")


class Malformed(ChatError):
    status = 400
    code = "malformed"


class BadId(Malformed):
    code = "bad_id"


class BadName(Malformed):
    code = "bad_name"


class BadText(Malformed):
    code = "bad_text"


class BadKey(Malformed):
    code = "bad_key"


class BadLine(Malformed):
    """A line of a pipe cannot be a message; `count` says how many before it were kept."""

    code = "bad_line"


class Unauthorized(ChatError):
    status = 401
    code = "unauthorized"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Basic realm="sse-chat", charset="UTF-8"'}


class CodeNeeded(Unauthorized):
    """The password was right; the second factor is missing, or was not."""

    code = "code_needed"


class Forbidden(ChatError):
    status = 403
    code = "forbidden"


class FactorNeeded(Forbidden):
    code = "second_factor_needed"


class CrossSite(Forbidden):
    code = "cross_site"


class Unproven(Forbidden):
    """A name that anyone may say does not change what someone of that name wrote."""

    code = "unproven"


class Blocked(Forbidden):
    """One of two people has blocked the other."""

    code = "blocked"


class PasswordNeeded(Forbidden):
    """What a session left open must not do: the act asks for the password again."""

    code = "password_needed"


class OtherAuthor(Forbidden):
    """A page that shows one person was about to act as another: the browser has changed hands."""

    code = "other_author"


class NotFound(ChatError):
    status = 404
    code = "not_found"


def no_entry(room: str, entry_id: object) -> NotFound:
    return NotFound(
        f"room {room} has no entry {entry_id}; it may be no longer kept. "
        "GET …/messages of the room lists those that are"
    )


class MethodNotAllowed(ChatError):
    status = 405
    code = "method_not_allowed"


class BodyTimeout(ChatError):
    status = 408
    code = "body_timeout"


class Answered(ChatError):
    """The question has an answer; `answer` is the one that counts."""

    status = 409
    code = "answered"


class Full(ChatError):
    """There is as much of it as there may be."""

    status = 409
    code = "full"


class Expired(ChatError):
    """The time to answer is over, or the question was taken back."""

    status = 410
    code = "expired"


class RoomClosed(ChatError):
    """The room was closed or deleted: what was there is not read here, and nothing is added."""

    status = 410
    code = "room_closed"


class TooLarge(ChatError):
    status = 413
    code = "too_large"


class UnsupportedType(ChatError):
    status = 415
    code = "unsupported_type"


class CompressedBody(UnsupportedType):
    @property
    def headers(self) -> Mapping[str, str]:
        return {"Accept-Encoding": "identity"}


class UnknownHost(ChatError):
    """The request was sent to a name that is not ours: it may be a rebound one."""

    status = 421
    code = "unknown_host"


class KeyReused(ChatError):
    status = 422
    code = "key_reused"

    def __init__(self) -> None:
        super().__init__(
            "this idempotency key was used with another text in this room; "
            "give each new text a new key"
        )


class TooMany(ChatError):
    """A rate limit; `retry_after_s` says when the same request will pass, `limit` which it is: so
    many (`quota`) at once, all of which come back in `window_s`, where the limit is of a rate."""

    status = 429
    code = "too_many"

    def __init__(
        self, detail: str, *, retry_after_s: int, limit: str, quota: int, window_s: int = 0
    ) -> None:
        super().__init__(detail, retry_after_s=retry_after_s, limit=limit)
        self._quota = quota
        self._window_s = window_s

    @property
    def headers(self) -> Mapping[str, str]:
        assert self.retry_after_s is not None
        told = rate_limit_headers(
            self.fields["limit"], self._quota, self._window_s, left=0, rest_s=self.retry_after_s
        )
        return {**super().headers, **told}


def rate_limit_headers(
    limit: str, quota: int, window_s: int, *, left: int, rest_s: int
) -> dict[str, str]:
    """Of draft-ietf-httpapi-ratelimit-headers: the limit, what is left of it, and in how many
    seconds there is more of it."""
    window = f";w={window_s}" if window_s else ""
    return {
        "RateLimit-Policy": f'"{limit}";q={quota}{window}',
        "RateLimit": f'"{limit}";r={left};t={rest_s}',
    }


class Unavailable(ChatError):
    """The caller did nothing wrong; the same request may work later."""

    status = 503
    code = "unavailable"


class StoreUnavailable(Unavailable):
    code = "store_unavailable"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after_s=2)


class StoreFull(Unavailable):
    """The store answers and keeps what it has, but has no room, in memory or on disk, for more."""

    code = "store_full"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after_s=10)


class Busy(Unavailable):
    code = "busy"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after_s=2)


class Draining(Unavailable):
    code = "draining"

    def __init__(self, detail: str, **fields: str | int) -> None:
        super().__init__(detail, retry_after_s=1, **fields)


class SettingsError(Exception):
    """A wrong flag or environment variable: one line for the person who starts the server."""


def codes(of: type[ChatError] = ChatError) -> frozenset[str]:
    """All that there are."""
    return frozenset({of.code}).union(*map(codes, of.__subclasses__()))
