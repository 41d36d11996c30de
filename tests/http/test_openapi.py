"""The description of the calls: as the routes are, and errors as they come."""

import httpx
import pytest
from starlette.routing import Route

from sse_chat.web.routes import ROUTES
from sse_chat.web.site.openapi import describe
from tests.support.servers import ServerProcess

# For a browser alone, and what takes any method.
_LEFT_OUT = {
    "/offline", "/sw.js", "/manifest.webmanifest", "/static/{version}/{path:path}",
    "/hooks/{secret}/{rest:path}",
}  # fmt: skip


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


@pytest.mark.parametrize("name", ["Error"])
def test_errors_are_as_described(server: ServerProcess, name: str) -> None:
    answer = httpx.get(f"{server.url}/chat/lobby/messages/x").json()
    assert set(describe()["components"]["schemas"][name]["required"]) <= set(answer)
