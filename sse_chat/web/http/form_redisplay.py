"""Forms that are refused: the page once more, with what was typed and the reason beside the field.

For pages whose forms work without JavaScript. Passwords are never given back.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import BadName, ChatError, NotFound, PasswordNeeded, Unauthorized
from sse_chat.web.http.negotiation import accepts_html
from sse_chat.web.http.requests import FIELDS
from sse_chat.web.http.responses import count_refusal
from sse_chat.web.http.templating import REFUSED

Handler = Callable[[Request], Awaitable[Response]]

_WORD = re.compile(r"\w+")
# `minutes='x': a whole number …` stands beside its field.
_LABEL = re.compile(r"\A\w+='[^']*': ")
# Of these a page has a form for each.
_OF_EACH = {"people": "who", "rooms": "room"}
_OF_EACH_ADDRESS = ("revoke", "rename", "remove")
# What `a password has 8 to 256 characters` is said of.
_PASSWORDS = ("new", "password")


@dataclass(slots=True)
class Refused:
    """`form`: as `form_of`; `field`: the one to blame, "" where that is not known."""

    form: str
    field: str
    detail: str
    fields: Mapping[str, Any]
    was_shown: bool = False

    def reason(self) -> str:
        self.was_shown = True
        return self.detail

    def typed(self, form: str, name: str) -> str | None:
        """What was typed, None if it is another form or has no such field."""
        value = self.fields.get(name)
        return str(value) if form == self.form and value is not None else None


def redisplayed_on(show: Handler) -> Callable[[Handler], Handler]:
    """For a handler of forms: `show` is the page that they stand on."""

    def decorate(handle: Handler) -> Handler:
        @wraps(handle)
        async def handle_form(request: Request) -> Response:
            try:
                return await handle(request)
            except ChatError as error:
                fields = request.scope.get(FIELDS)
                is_form = accepts_html(request.headers.get("accept", ""))
                if fields is None or not is_form or error.status >= 500:
                    raise
                return await _redisplay(request, show, error, fields)

        return handle_form

    return decorate


async def _redisplay(
    request: Request, show: Handler, error: ChatError, fields: Mapping[str, Any]
) -> Response:
    field = _field_of(error, fields)
    detail = _LABEL.sub("", error.detail, count=1)
    refused = Refused(form_of(request.url.path, fields), field, detail, fields)
    request.scope[REFUSED] = refused
    try:
        response = await show(request)
    except ChatError:
        # Who may not see the page either.
        raise error from None
    if not refused.was_shown:
        # Or not this form.
        raise error
    count_refusal(request, error)
    response.status_code = error.status
    response.headers.update({"Vary": "Accept", **error.headers})
    if "WWW-Authenticate" in response.headers:
        del response.headers["WWW-Authenticate"]
    return response


def form_of(path: str, fields: Mapping[str, Any]) -> str:
    """The last part of its address, and of which row or kind it is where there are several."""
    *_, before, name = path.rsplit("/", 2)
    if name in _OF_EACH_ADDRESS:
        return f"{name} {before}"
    if name == "hooks" and "url" in fields:
        return "hooks out"
    return f"{name} {fields.get(_OF_EACH[name], '')}" if name in _OF_EACH else name


def _field_of(error: ChatError, fields: Mapping[str, Any]) -> str:
    if isinstance(error, PasswordNeeded | Unauthorized):
        return "old" if "old" in fields else "password"
    if isinstance(error, BadName) and "name" in fields:
        return "name"
    if isinstance(error, NotFound | BadName) and (found := {"who", "rooms"} & set(fields)):
        return found.pop()
    # Most say which one they mean.
    words = (each for word in _WORD.findall(error.detail) for each in _names_of(word))
    return next((word for word in words if word in fields), "")


def _names_of(word: str) -> tuple[str, ...]:
    return (word, *_PASSWORDS) if word in ("password", "passwords") else (word,)
