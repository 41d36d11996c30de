"""Stores of several machines for the tests of failovers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.replicas import Cluster, Guarded


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    stores = Guarded(tmp_path)
    try:
        stores.start()
        yield stores
    finally:
        stores.stop()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    stores = Cluster(tmp_path)
    try:
        stores.start()
        yield stores
    finally:
        stores.stop()
