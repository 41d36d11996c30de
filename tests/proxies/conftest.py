"""One server for the whole matrix, one proxy at a time, and the table of what each did."""

import secrets
from collections.abc import Iterator

import pytest
import trustme
from playwright.sync_api import Browser, BrowserContext

from tests.browser.conftest import chromium, playwright
from tests.proxies.origin import Origin
from tests.proxies.route import Route
from tests.proxies.rows import ROWS, Row
from tests.proxies.table import Table
from tests.proxies.watched import OpenPage, WatchedPage

__all__ = ["chromium", "playwright"]

_TABLE = pytest.StashKey[Table]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TABLE] = Table()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    table = config.stash[_TABLE]
    if table.rows:
        terminalreporter.section("proxies")
        terminalreporter.write_line(table.as_markdown())


@pytest.fixture(scope="session")
def table(pytestconfig: pytest.Config) -> Table:
    return pytestconfig.stash[_TABLE]


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    origin = Origin(tmp_path_factory.mktemp("origin"))
    yield origin
    origin.close()


@pytest.fixture(scope="session")
def tls_origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    folder = tmp_path_factory.mktemp("tls")
    certificate = folder / "server.pem"
    issued = trustme.CA().issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
    origin = Origin(folder, "--ssl-certfile", str(certificate), scheme="https")
    yield origin
    origin.close()


# One of each step of the ladder; the whole matrix is run by `pytest -m long`.
_AT_ONCE = ("nginx, gzip of everything", "privoxy", "lighttpd")
_PARAMS = [
    pytest.param(row, id=row.name, marks=() if row.name in _AT_ONCE else pytest.mark.long)
    for row in ROWS
]


@pytest.fixture(scope="module", params=_PARAMS)
def route(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Route]:
    """The way through one proxy, started once for all tests of a module."""
    row: Row = request.param
    origin = request.getfixturevalue("tls_origin" if row.is_tunnel else "origin")
    route = Route(row, origin, tmp_path_factory.mktemp("route"))
    yield route
    route.close()


@pytest.fixture
def room_name() -> str:
    return f"t{secrets.token_hex(6)}"


@pytest.fixture
def page_at(chromium: Browser) -> Iterator[OpenPage]:
    """A signed-in page of a browser profile of its own, by this way."""
    opened: list[WatchedPage] = []

    def open_page(route: Route, room: str) -> WatchedPage:
        opened.append(WatchedPage(chromium, route, room))
        return opened[-1]

    yield open_page
    for page in opened:
        page.close()
    assert not [problem for page in opened for problem in page.problems]


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    yield context
    context.close()
