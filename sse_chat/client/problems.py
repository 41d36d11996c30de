"""What went wrong, as one sentence and an exit code: from answers and from failed connections."""

import json
import re
import ssl
from typing import Any

import httpx

from sse_chat.client.exits import Exit
from sse_chat.visible import make_terminal_safe


class Problem(Exception):
    """`is_passing`: the same request may work later."""

    def __init__(
        self, code: Exit, detail: str, *, is_passing: bool = False, retry_after_s: float = 0
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = make_terminal_safe(detail)
        self.is_passing = is_passing
        self.retry_after_s = retry_after_s
        self.kept = 0


_CODES = {
    401: Exit.SIGN_IN,
    403: Exit.FORBIDDEN,
    404: Exit.NOT_FOUND,
    429: Exit.BUSY,
    503: Exit.BUSY,
}
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_TITLE = re.compile(r"<title[^>]*>\s*([^<]{1,80})", re.IGNORECASE)


def problem_of_answer(answer: httpx.Response, body: bytes) -> Problem:
    """Of an answer that is not what was asked for, with as much of its body as has been read."""
    retry_after_s = _retry_after_s(answer)
    if answer.status_code == 407:
        return Problem(
            Exit.PROXY,
            f"the proxy wants you to sign in (407, {_who(answer, body)}): "
            "give it as -x http://NAME:PASSWORD@HOST:PORT or in HTTPS_PROXY",
            is_passing=True,
            retry_after_s=max(5, retry_after_s),
        )
    is_passing = answer.status_code in _PASSING
    ours = _error_payload(answer, body)
    if ours is not None:
        default = Exit.REFUSED if answer.status_code < 500 else Exit.FAILED
        code = _CODES.get(answer.status_code, default)
        return Problem(code, ours, is_passing=is_passing, retry_after_s=retry_after_s)
    if is_passing:
        code = Exit.BUSY if answer.status_code == 429 else Exit.UNREACHABLE
        detail = f"the server is not reached: {_who(answer, body)} answered"
        return Problem(code, detail, is_passing=True, retry_after_s=retry_after_s)
    return Problem(Exit.NOT_SSE_CHAT, f"this is not sse-chat: {_who(answer, body)} answered")


def _error_payload(answer: httpx.Response, body: bytes) -> str | None:
    """The sentence of our own errors, None for anybody else's answer."""
    payload = json_of(answer, body)
    if not isinstance(payload, dict) or answer.status_code < 400:
        return None
    detail = payload.get("detail")
    return detail if isinstance(detail, str) and isinstance(payload.get("error"), str) else None


def json_of(answer: httpx.Response, body: bytes) -> Any:
    """The body's JSON, None when it is something else."""
    if answer.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _who(answer: httpx.Response, body: bytes) -> str:
    words = [str(answer.status_code)]
    for name in ("server", "via", "location"):
        if name in answer.headers:
            words.append(f"{name}: {answer.headers[name][:80]}")
    if title := _TITLE.search(body[:4096].decode(errors="replace")):
        words.append(f"titled {title[1].strip()!r}")
    elif "content-type" in answer.headers:
        words.append(answer.headers["content-type"][:40])
    return f"something with {', '.join(words)}"


def _retry_after_s(answer: httpx.Response) -> float:
    value = answer.headers.get("retry-after", "")
    return min(float(value), 3600) if value.isascii() and value.isdigit() else 0


def problem_of_failure(exc: Exception) -> Problem:
    """Of a request that got no answer."""
    if isinstance(exc, httpx.ProxyError):
        advice = ": give NAME:PASSWORD in -x or HTTPS_PROXY" if "407" in str(exc) else ""
        return Problem(
            Exit.PROXY, f"the proxy refuses: {exc}{advice}", is_passing=True, retry_after_s=5
        )
    if isinstance(exc, httpx.TimeoutException):
        return Problem(Exit.UNREACHABLE, f"no answer in time ({_name(exc)})", is_passing=True)
    if isinstance(exc, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return Problem(Exit.USAGE, f"this is not an address: {exc}")
    if (cause := _certificate_problem(exc)) is not None:
        return Problem(
            Exit.UNREACHABLE,
            f"the certificate is not trusted: {cause}. If your network opens TLS, give its "
            "certificate authority: --cacert FILE",
        )
    return Problem(
        Exit.UNREACHABLE, f"no connection{_to(exc)}: {exc or _name(exc)}", is_passing=True
    )


def _to(exc: Exception) -> str:
    if not isinstance(exc, httpx.RequestError):
        return ""
    try:
        url = exc.request.url
    except RuntimeError:
        return ""
    # Never with a password that the address had.
    return f" to {url.scheme}://{url.netloc.decode('ascii')}"


def _name(exc: Exception) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(exc).__name__).lower()


def _certificate_problem(exc: BaseException | None) -> str | None:
    while exc is not None:
        if isinstance(exc, ssl.SSLCertVerificationError):
            return exc.verify_message
        exc = exc.__cause__ or exc.__context__
    return None
