"""Rate limits: all of them in one table, and what a post is charged. No I/O.

A person's and an address's limits hold for the rooms of one of the store's 16 partitions, so
that a post and its limits are one script call: who writes to many rooms has more in all.
"""

from dataclasses import dataclass

from sse_chat.store.rooms import Charge


@dataclass(frozen=True, slots=True)
class Limit:
    """At once up to `burst`, then `per_s` each second."""

    name: str
    meaning: str
    burst: int
    per_s: float

    def charge(self, who: str) -> Charge:
        return Charge(self.name, who, 1000 / self.per_s, self.burst)


# An office of hundreds behind one address is the common case here.
PERSON_POSTS = Limit("person", "posts of one person", burst=200, per_s=20)
ADDRESS_POSTS = Limit("address", "posts from one address", burst=1000, per_s=100)
ROOM_POSTS = Limit("room", "posts to one room", burst=2000, per_s=200)

LIMITS = (PERSON_POSTS, ADDRESS_POSTS, ROOM_POSTS)


def charges_of_post(room: str, author_id: str, address: str) -> tuple[Charge, ...]:
    return (
        PERSON_POSTS.charge(author_id),
        ADDRESS_POSTS.charge(address),
        ROOM_POSTS.charge(room),
    )
