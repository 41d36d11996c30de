"""The description of the calls: as the routes are, and as the server answers."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance
from starlette.routing import Route

from sse_chat.web.routes import ROUTES
from sse_chat.web.site.openapi import describe
from tests.support.servers import ServerProcess

# For a browser alone, and what takes any method.
_LEFT_OUT = {
    "/offline", "/sw.js", "/manifest.webmanifest", "/static/{version}/{path:path}",
    "/hooks/{secret}/{rest:path}",
}  # fmt: skip
_FUZZED = (
    schemathesis.openapi.from_dict(describe())
    .exclude(
        # Feeds and reports that last; bodies that are not fields; what is measured, not answered.
        path_regex=r"^/doctor|^/static|/feed$|^/chat$|^/help"
    )
    .exclude(method="PUT")
    .exclude(path="/chat/{room}", method="GET")
)


def test_every_route_is_described_and_no_other() -> None:
    described = {
        (path, method.upper()) for path, calls in describe()["paths"].items() for method in calls
    }
    routes = {
        (route.path, method)
        for route in ROUTES
        if isinstance(route, Route) and route.path not in _LEFT_OUT
        for method in (route.methods or set()) - {"HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"}
    }
    assert {each for each in described if each[1] != "PUT"} == routes


def test_it_is_served(server: ServerProcess) -> None:
    answer = httpx.get(f"{server.url}/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == describe()


@pytest.mark.long
@_FUZZED.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_fits_the_description_is_answered(
    case: schemathesis.Case, server: ServerProcess
) -> None:
    # A poll, and a question, that nobody answers lasts as long as it says.
    for fields in (case.query, case.body):
        if isinstance(fields, dict) and str(fields.get("wait", "")).isdigit():
            fields["wait"] = 0
    case.call_and_validate(
        base_url=server.url, checks=[not_a_server_error, response_schema_conformance]
    )


@pytest.mark.parametrize("name", ["Error"])
def test_errors_are_as_described(server: ServerProcess, name: str) -> None:
    answer = httpx.get(f"{server.url}/chat/lobby/messages/x").json()
    assert set(describe()["components"]["schemas"][name]["required"]) <= set(answer)
