"""Reading is charged by its size; the clock is passed in."""

import httpx
import pytest

from sse_chat.errors import TooMany
from sse_chat.events import Author
from sse_chat.people.byte_limits import ByteLimits
from sse_chat.people.limit_settings import NO_LIMITS, Limits
from sse_chat.people.limits import ADDRESS_READS, PERSON_READS, READ_BYTES
from sse_chat.people.roles import Person, Role
from tests.support.servers import Launch

ANN = Person(Author("ann", "u_1", False), Role.MEMBER, "192.0.2.1")
BOB = Person(Author("bob", "u_2", False), Role.MEMBER, "192.0.2.1")
NOBODY = Person(Author("guest-abcd", "a_1"), Role.NOBODY, "192.0.2.1")


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_who_read_too_much_waits_and_others_do_not() -> None:
    clock = Clock()
    reads = ByteLimits(limits=Limits(), now_s=clock)
    reads.spend(ANN, READ_BYTES * (PERSON_READS.burst + 1000))
    with pytest.raises(TooMany) as refused:
        reads.check(ANN)
    assert refused.value.retry_after_s == 3
    reads.check(BOB)
    reads.check(NOBODY)
    clock.now_s += 3
    reads.check(ANN)


def test_an_address_has_a_limit_of_its_own() -> None:
    reads = ByteLimits(limits=Limits(), now_s=Clock())
    for number in range(ADDRESS_READS.burst // PERSON_READS.burst + 1):
        author = Author("x", f"u_of_many_{number}", False)
        reads.spend(Person(author, Role.MEMBER, "192.0.2.1"), READ_BYTES * PERSON_READS.burst)
    for person in (BOB, NOBODY):
        with pytest.raises(TooMany):
            reads.check(person)
    reads.check(Person(BOB.author, Role.MEMBER, "192.0.2.2"))


def test_without_limits_nothing_is_counted() -> None:
    reads = ByteLimits(limits=NO_LIMITS)
    reads.spend(ANN, 10**12)
    reads.check(ANN)


def test_pages_of_history_are_charged(launch: Launch) -> None:
    server = launch()
    with httpx.Client(base_url=server.url) as client:
        for _ in range(100):
            client.post("/chat/lobby", content="x" * 4000).raise_for_status()
        # Each answer of 400 KB costs a hundred; what comes back meanwhile is less.
        statuses = {client.get("/chat/lobby/messages?limit=500").status_code for _ in range(1000)}
        assert statuses == {200, 429}
        refused = client.get("/chat/lobby/messages?limit=500")
        assert int(refused.headers["retry-after"]) > 0
        assert client.get("/healthz").status_code == 200
