"""Syntax colours for the code of messages that somebody looks at."""

import re
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sse_chat.errors import Malformed, TooLarge
from sse_chat.highlighting.highlighter import Block
from sse_chat.people.roles import Action
from sse_chat.web.http.authentication import charge_sign, person_and_fields
from sse_chat.web.http.requests import room_of, services_of
from sse_chat.web.http.responses import json_response

MAX_BLOCKS = 20
_SURROGATE = re.compile("[\ud800-\udfff]")
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}", re.ASCII)


async def post_highlight(request: Request) -> Response:
    """For who may read there; it is kept nowhere but in memory."""
    services = services_of(request)
    person, fields = await person_and_fields(request, Action.READ, room_of(request))
    blocks = list(_blocks_of(fields, services.settings.max_text))
    await charge_sign(request, person)
    spans = await services.highlighter.highlight(blocks)
    return json_response(b'{"blocks":[' + b",".join(spans) + b"]}")


def _blocks_of(fields: dict[str, Any], max_bytes: int) -> Iterator[Block]:
    given = fields.get("blocks")
    if not isinstance(given, list):
        raise Malformed('blocks is a list, as in {"blocks": [{"language": "python", "code": "x"}]}')
    if len(given) > MAX_BLOCKS:
        raise TooLarge(f"blocks are {len(given):,}; the limit is {MAX_BLOCKS}")
    yield from (_block_of(each, max_bytes) for each in given)


def _block_of(given: object, max_bytes: int) -> Block:
    if not isinstance(given, dict):
        raise Malformed("each of the blocks has language and code")
    language, code = given.get("language"), given.get("code")
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        raise Malformed("language is the word after the backticks, as in python")
    if not isinstance(code, str) or (not code.isascii() and _SURROGATE.search(code)):
        raise Malformed("code is text, in quotes")
    if len(code.encode()) > max_bytes + len("\n"):
        raise TooLarge(f"code is over {max_bytes:,} bytes, the limit of a message")
    return Block(language.lower(), code)
