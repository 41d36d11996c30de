"""URLs of stores that are several machines."""

import pytest

from sse_chat.store.address import StoreAddress, parse_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        pytest.param("redis://h", None, id="single"),
        pytest.param("unix:///run/store.sock", None, id="socket"),
        pytest.param(
            "redis+sentinel://a,b:1/chat/2",
            StoreAddress("sentinel", (("a", 26379), ("b", 1)), "chat", 2),
            id="sentinel",
        ),
        pytest.param(
            "rediss+sentinel://ann:p%40ss@[::1]:7/chat",
            StoreAddress("sentinel", (("::1", 7),), "chat", 0, "ann", "p@ss", True),
            id="sentinel-with-password",
        ),
        pytest.param(
            "redis+cluster://a:1,b/",
            StoreAddress("cluster", (("a", 1), ("b", 6379))),
            id="cluster",
        ),
        pytest.param(
            "rediss+cluster://a:1",
            StoreAddress("cluster", (("a", 1),), is_tls=True),
            id="cluster-over-tls",
        ),
    ],
)
def test_an_address_is_read(url: str, address: StoreAddress | None) -> None:
    assert parse_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("redis+sentinel://a", id="no-service"),
        pytest.param("redis+cluster://a/1", id="cluster-with-database"),
        pytest.param("redis+cluster://", id="no-host"),
        pytest.param("redis+cluster://a:x", id="port-is-no-number"),
        pytest.param("redis+other://a", id="unknown"),
        pytest.param("redis://a/rooms", id="database-is-no-number"),
        pytest.param("redis+sentinel://a/service/rooms", id="sentinel-database-is-no-number"),
        pytest.param("redis://a?protocol=3", id="another-protocol"),
    ],
)
def test_a_bad_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_address(url)
