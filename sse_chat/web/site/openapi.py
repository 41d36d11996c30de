"""`/openapi.json`: the calls as OpenAPI 3.1 describes them, from one table.

What a feed carries, which OpenAPI has no words for, is in the help pages.
"""

import re
from collections.abc import Iterator
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from sse_chat import __version__
from sse_chat.web.calls import ALL_CALLS
from sse_chat.web.calls.schemas import HISTORY, PATH_PARAMETERS, STRING, Call, Schema
from sse_chat.web.http.responses import json_response

_NAME = re.compile(r"{(\w+)(?::\w+)?}")


async def get_openapi(request: Request) -> Response:
    return json_response(describe())


@cache
def describe() -> Schema:
    paths: dict[str, Schema] = {}
    for call in ALL_CALLS:
        paths.setdefault(call.path, {})[call.method] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {"title": "sse-chat", "version": __version__, "license": {"name": "MIT"}},
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "sse_chat_session"},
            },
        },
        "security": [{}, {"basic": []}, {"token": []}, {"session": []}],
    }


_ERROR: Schema = {
    "type": "object",
    "required": ["error", "detail"],
    "properties": {
        "error": {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"},
        "detail": STRING,
    },
}


def _operation(call: Call) -> Schema:
    statuses = (200, call.status) if call.replays else (call.status,)
    operation: Schema = {
        "summary": call.summary,
        "parameters": list(_parameters(call)),
        "responses": {
            **{str(status): {"description": call.summary} for status in statuses},
            "default": {
                "description": "what was wrong and what is allowed",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if call.fields:
        schema = {"type": "object", "properties": call.fields, "required": list(call.needed)}
        kinds = ("application/json", "application/x-www-form-urlencoded")
        operation["requestBody"] = {
            "required": bool(call.needed),
            "content": {kind: {"schema": schema} for kind in kinds},
        }
    return operation


def _parameters(call: Call) -> Iterator[Schema]:
    for name in _NAME.findall(call.path):
        yield {"name": name, "in": "path", "required": True, "schema": PATH_PARAMETERS[name]}
    for name, schema in call.query.items():
        yield {"name": name, "in": "query", "required": name in call.needed, "schema": schema}
    if "lastEventId" in call.query:
        yield {
            "name": "Last-Event-ID",
            "in": "header",
            "required": False,
            "schema": HISTORY["after"],
        }
