"""One server for all tests of conversations."""

import contextlib
from collections.abc import Iterator

import pytest

from tests.http.direct.people import Account, Site
from tests.support.servers import Launcher


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    launcher = Launcher(tmp_path_factory.mktemp("direct"))
    server = launcher("--accounts", "open", "--limits", "off")
    with contextlib.closing(Site(server, server.owner_code())) as found:
        yield found
    launcher.stop()


@pytest.fixture(scope="module")
def pair(site: Site) -> tuple[Account, Account]:
    """For what does not mind that there was talk before."""
    return site.account(), site.account()
