"""What proxies write about a request, read without trust."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_chat.web.http.forwarded import (
    Hop,
    find_client,
    parse_address,
    parse_forwarded,
    parse_networks,
    parse_x_forwarded,
)

TRUSTED = parse_networks("10.0.0.0/8, 2001:db8::/32")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("192.0.2.1", "192.0.2.1", id="v4"),
        pytest.param("192.0.2.1:4711", "192.0.2.1", id="v4-with-port"),
        pytest.param("2001:db8::1", "2001:db8::1", id="v6"),
        pytest.param("[2001:db8::1]:4711", "2001:db8::1", id="v6-with-port"),
        pytest.param("::ffff:192.0.2.1", "192.0.2.1", id="v4-inside-of-v6"),
        pytest.param("fe80::1%eth0", "None", id="zone"),
        pytest.param("unknown", "None", id="unknown"),
        pytest.param("_hidden", "None", id="obfuscated"),
        pytest.param("192.0.2.1:", "None", id="empty-port"),
        pytest.param("1" * 5000, "None", id="long"),
    ],
)
def test_an_address_is_read_with_or_without_its_port(value: str, expected: str) -> None:
    assert str(parse_address(value)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(
            ['for=192.0.2.60;proto=HTTPS;by=203.0.113.43, For="[2001:db8::17]:4711"'],
            [Hop("192.0.2.60", "https"), Hop("2001:db8::17")],
            id="examples-of-the-rfc",
        ),
        pytest.param(
            ["for=192.0.2.1", 'for=192.0.2.2;host="chat.example:8443"'],
            [Hop("192.0.2.1"), Hop("192.0.2.2", "", "chat.example:8443")],
            id="two-headers",
        ),
        pytest.param(['for="a,b;c";proto=http'], [Hop("", "http")], id="quoted-separators"),
        pytest.param(["for=192.0.2.1;;for=192.0.2.2"], [Hop("192.0.2.1")], id="named-twice"),
        pytest.param(["for=192.0.2.1, for=secret"], [Hop("192.0.2.1"), Hop()], id="obfuscated"),
        pytest.param(['for="192.0.2.1'], [], id="open-quote"),
        pytest.param(["for=192.0.2.1, ???"], [], id="no-pair"),
    ],
)
def test_forwarded_is_read_hop_by_hop(values: list[str], expected: list[Hop]) -> None:
    assert parse_forwarded(values) == expected


@pytest.mark.parametrize(
    ("addresses", "schemes", "hosts", "expected"),
    [
        pytest.param(["192.0.2.1"], [], [], Hop("192.0.2.1"), id="one-hop"),
        pytest.param(["192.0.2.1, 10.0.0.2"], [], [], Hop("192.0.2.1"), id="two-of-ours"),
        pytest.param(["198.51.100.9, 192.0.2.1"], [], [], Hop("192.0.2.1"), id="client-lies"),
        pytest.param(["198.51.100.9", "192.0.2.1"], [], [], Hop("192.0.2.1"), id="two-headers"),
        pytest.param(["10.0.0.3, 10.0.0.2"], [], [], Hop("10.0.0.3"), id="all-ours"),
        pytest.param(["192.0.2.1, junk, 10.0.0.2"], [], [], Hop("10.0.0.2"), id="junk-ends-it"),
        pytest.param(["junk"], ["https"], [], Hop("10.0.0.1", "https"), id="junk-alone"),
        pytest.param(["192.0.2.1"], ["gopher"], ["a b"], Hop("192.0.2.1"), id="junk-elsewhere"),
        pytest.param(
            ["192.0.2.1, 10.0.0.2"],
            ["https, http"],
            ["chat.example, inner"],
            Hop("192.0.2.1", "https", "chat.example"),
            id="lists-in-step",
        ),
        pytest.param(
            ["192.0.2.1, 10.0.0.2"], ["https"], [], Hop("192.0.2.1", "https"), id="one-for-all"
        ),
        pytest.param(
            ["192.0.2.1"], ["http, https"], [], Hop("192.0.2.1", "https"), id="false-scheme"
        ),
        pytest.param([], ["https"], ["h"], Hop("10.0.0.1", "https", "h"), id="no-address"),
    ],
)  # fmt: skip
def test_the_client_is_the_right_most_hop_that_is_not_ours(
    addresses: list[str], schemes: list[str], hosts: list[str], expected: Hop
) -> None:
    hops = parse_x_forwarded(addresses, schemes, hosts)
    assert find_client(hops, "10.0.0.1", TRUSTED) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("chat.example:8443", "chat.example:8443"),
        ("[2001:db8::1]:443", "[2001:db8::1]:443"),
        ("chat.example:99999", ""),
        ("[1.2.3]", ""),
        ("[::::]:80", ""),
        ("a" * 254, ""),
        ("chat.example/path", ""),
        ("chat.example?q", ""),
        ("ann@chat.example", ""),
        ("<b>", ""),
        (".", ""),
    ],
)
def test_a_host_that_cannot_be_one_is_as_if_not_there(value: str, expected: str) -> None:
    assert parse_x_forwarded(["192.0.2.1"], [], [value])[0].host == expected
    assert parse_forwarded([f'for=192.0.2.1;host="{value}"'])[0].host == expected


@given(st.lists(st.text(alphabet='for=",;\\ 1.:[]%ab\t', max_size=40), max_size=3))
def test_whatever_is_sent_names_an_address_or_the_peer(values: list[str]) -> None:
    for hops in (parse_forwarded(values), parse_x_forwarded(values, values, values)):
        found = find_client(hops, "10.0.0.1", TRUSTED)
        assert str(parse_address(found.address)) == found.address
        assert found.scheme in ("", "http", "https")
