"""Limits: all of them in one table, and what a request is charged. No I/O.

An address is the /64 of an IPv6 one. Numbers are high, as an office of hundreds behind one address
is the common case here; those who made no account have less between them, and those who prove
nothing least, so that none of them pushes the history of a room out in minutes.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from sse_chat.author_ids import AuthorId
from sse_chat.errors import TooMany, rate_limit_headers
from sse_chat.people.networks import network_of
from sse_chat.people.roles import Grant, Person, Role
from sse_chat.people.rules import PUBLIC, RoomRules
from sse_chat.store.charges import Charge, Charges, too_many, window_s


@dataclass(frozen=True, slots=True)
class Limit:
    """At once up to `burst`, then `per_s` each second."""

    name: str
    meaning: str
    burst: int
    per_s: float

    def charge(self, who: str) -> Charge:
        return Charge(self.name, who, 1000 / self.per_s, self.burst, self.meaning)

    def refusal(self, wait_s: float) -> TooMany:
        return too_many(self.name, self.meaning, self.burst, 1000 / self.per_s, wait_s)

    def headers(self, used_s: float) -> dict[str, str]:
        """For whom all of it comes back in `used_s`."""
        left = max(math.floor(self.burst - used_s * self.per_s), 0)
        window = window_s(self.burst, 1000 / self.per_s)
        rest_s = math.ceil(used_s)
        return rate_limit_headers(self.name, self.burst, window, left=left, rest_s=rest_s)


_RATE = re.compile(r"([1-9]\d{0,8})/(\d{1,9}(?:\.\d{1,3})?)", re.ASCII)


def parse_rate(value: str) -> tuple[int, float]:
    """From how many at once, a slash, and how many a minute: the first, and how many a second."""
    match = _RATE.fullmatch(value)
    if not match or not float(match[2]):
        raise ValueError("how many at once, a slash, and how many a minute")
    return int(match[1]), float(match[2]) / 60


# Whom a limit counts, and under which one.
Payers = tuple[tuple[Limit, str], ...]


@dataclass(frozen=True, slots=True)
class CountLimit:
    """How many may be there at the same time, of one worker."""

    name: str
    meaning: str
    count: int


PERSON_POSTS = Limit("person", "posts of one person", burst=200, per_s=20)
ADDRESS_POSTS = Limit("address", "posts of accounts from one address", burst=1000, per_s=100)
GUEST_POSTS = Limit("guests", "posts of guests from one address", burst=2000, per_s=5)
NAMELESS_POSTS = Limit(
    "nameless", "posts of guests who prove nothing (curl without a password) from one address",
    burst=1500, per_s=2,
)  # fmt: skip
ROOM_POSTS = Limit("room", "posts to one room", burst=2000, per_s=200)
ADDRESS_SIGN_INS = Limit("sign-ins", "passwords tried from one address", burst=200, per_s=0.5)
# A network or a browser that has signed in to the account has only these against it, each its own:
# whoever tries passwords from elsewhere does not shut its owner out.
PLACE_SIGN_INS = Limit(
    "sign-ins-place",
    "passwords tried for one name from one network, or by one browser that it signed in with",
    burst=30,
    per_s=1 / 30,
)
NAME_SIGN_INS = Limit(
    "sign-ins-name",
    "passwords tried for one name from networks that it never signed in from",
    burst=100,
    per_s=1 / 6,
)
# A code has six digits, and three of a million are right at a time.
PLACE_CODES = Limit(
    "codes-place",
    "codes tried for one account from one network, or by one browser that it signed in with",
    burst=10,
    per_s=1 / 60,
)
ACCOUNT_CODES = Limit(
    "codes",
    "codes tried for one account from networks that it never signed in from",
    burst=30,
    per_s=1 / 300,
)
ADDRESS_ACCOUNTS = Limit("accounts", "accounts made from one address", burst=100, per_s=1 / 60)
PERSON_ROOMS = Limit("rooms", "rooms opened by one person", burst=200, per_s=0.1)
ADDRESS_ROOMS = Limit("rooms-address", "rooms opened from one address", burst=1000, per_s=0.5)
GUEST_ROOMS = Limit("rooms-guests", "rooms opened by guests of one address", burst=200, per_s=0.05)
PERSON_NAMES = Limit("names", "changes of name by one person", burst=20, per_s=1 / 30)
ADDRESS_NAMES = Limit("names-address", "names taken from one address", burst=600, per_s=2)
# Edits and the like are told to all who read, like posts, and a search reads thousands of entries.
PERSON_CHANGES = Limit(
    "changes", "edits, deletions, reactions, topics, typing of one person", burst=200, per_s=5
)
ADDRESS_CHANGES = Limit("changes-address", "the same from one address", burst=2000, per_s=50)
GUEST_CHANGES = Limit(
    "changes-guests", "edits, deletions, reactions, topics, answers of guests from one address",
    burst=1000, per_s=5,
)  # fmt: skip
NAMELESS_CHANGES = Limit(
    "changes-nameless", "the same of guests who prove nothing, from one address",
    burst=500, per_s=2,
)  # fmt: skip
PERSON_SEARCHES = Limit("searches", "searches of one person", burst=60, per_s=1)
ADDRESS_SEARCHES = Limit("searches-address", "searches from one address", burst=600, per_s=10)
# Counted by each worker, for an answer begun and for each 4 KB of it: a page of 500 long messages
# costs as much as 500 that are short.
READ_BYTES = 4096
PERSON_READS = Limit("reads", "answers read by one person, each 4 KB", burst=5000, per_s=500)
ADDRESS_READS = Limit("reads-address", "answers read from one address", burst=20_000, per_s=1000)
# Counted by each worker: what is sent to a hook is read before it is known whether it is a message.
HOOK_BODIES = Limit("hook-bodies", "bodies sent to one hook, each 4 KB", burst=5000, per_s=500)
ADDRESS_HOOK_BODIES = Limit(
    "hook-bodies-address", "bodies sent to hooks from one address", burst=20_000, per_s=1000
)
ADDRESS_HOOK_GUESSES = Limit("hooks", "unknown hooks from one address", burst=30, per_s=0.5)
# What a person does to rooms and accounts of their own, each of it noted in the audit log.
PERSON_ACTS = Limit("acts", "acts of one person in the audit log", burst=500, per_s=0.1)
ADDRESS_ACTS = Limit("acts-address", "such acts from one address", burst=2000, per_s=0.5)

LIMITS = (
    PERSON_POSTS, ADDRESS_POSTS, GUEST_POSTS, NAMELESS_POSTS, ROOM_POSTS, PERSON_CHANGES,
    ADDRESS_CHANGES, GUEST_CHANGES, NAMELESS_CHANGES, PERSON_SEARCHES, ADDRESS_SEARCHES,
    ADDRESS_SIGN_INS, PLACE_SIGN_INS, NAME_SIGN_INS, PLACE_CODES, ACCOUNT_CODES,
    ADDRESS_ACCOUNTS, PERSON_ROOMS, ADDRESS_ROOMS, GUEST_ROOMS, PERSON_NAMES, ADDRESS_NAMES,
    PERSON_READS, ADDRESS_READS, HOOK_BODIES, ADDRESS_HOOK_BODIES, ADDRESS_HOOK_GUESSES,
    PERSON_ACTS, ADDRESS_ACTS,
)  # fmt: skip

# As so many people the guests of one address count in a slow room.
_SLOW_GUESTS = 20

PERSON_FEEDS = CountLimit("feeds", "open feeds of one person", 200)
ADDRESS_FEEDS = CountLimit("feeds-address", "open feeds from one address", 10_000)

COUNT_LIMITS = (PERSON_FEEDS, ADDRESS_FEEDS)
# Of those who set them: the rules of a room, and of tokens.
OTHERS = ("slow", "slow-address", "token")


def charges_of_post(
    room: str, person: Person, rules: RoomRules = PUBLIC, *, has_limits: bool = True
) -> Charges:
    """Of the room alone. Its slow mode is a limit of its own, for those who do not moderate it."""
    charges = _charges_of_room(room) if has_limits else ()
    if rules.slow_s and rules.role_of(person) < Role.MODERATOR:
        return (*charges, *_charges_of_slow(room, person, rules.slow_s * 1000))
    return charges


@lru_cache(maxsize=8192)
def _charges_of_room(room: str) -> Charges:
    return (ROOM_POSTS.charge(room),)


# Who posts once posts again.
@lru_cache(maxsize=8192)
def payers_of_post(author_id: AuthorId, role: Role, address: str, is_proven: bool) -> Payers:
    """A guest is another person under another name, so their address counts them together."""
    network = network_of(address)
    own = (PERSON_POSTS, author_id)
    if role > Role.GUEST:
        return own, (ADDRESS_POSTS, network)
    shared = (GUEST_POSTS, network)
    return (own, shared) if is_proven else (own, (NAMELESS_POSTS, network), shared)


def payers_of_token(grant: Grant) -> Payers:
    """Beside the limits of its account, where it has one of its own."""
    if not grant.limit:
        return ()
    burst, per_s = parse_rate(grant.limit)
    return ((Limit("token", "posts of one token", burst, per_s), grant.token_id),)


def _charges_of_slow(room: str, person: Person, every_ms: int) -> Charges:
    """A guest is another person under another name, so their address counts as some people."""
    meaning = f"messages in {room}, which is slow"
    own = Charge("slow", f"{room}\0{person.author.author_id}", every_ms, 1, meaning)
    if person.is_account:
        return (own,)
    who = f"{room}\0{network_of(person.address)}"
    return own, Charge("slow-address", who, every_ms / _SLOW_GUESTS, _SLOW_GUESTS, meaning)


def charges_of(person: Person, for_person: Limit, for_address: Limit) -> Charges:
    """Those without any name are as many as are behind the address."""
    by_address = for_address.charge(network_of(person.address))
    if person.role is Role.NOBODY:
        return (by_address,)
    return for_person.charge(person.author.author_id), by_address


def charges_of_change(person: Person) -> Charges:
    """Of what is kept in the room, and takes a place of its history as a message does."""
    charges = charges_of(person, PERSON_CHANGES, ADDRESS_CHANGES)
    network = network_of(person.address)
    if person.role <= Role.GUEST:
        charges += (GUEST_CHANGES.charge(network),)
    return charges if person.is_proven else (*charges, NAMELESS_CHANGES.charge(network))


def charges_of_room(person: Person) -> Charges:
    """Of a new one."""
    charges = charges_of(person, PERSON_ROOMS, ADDRESS_ROOMS)
    if person.role <= Role.GUEST:
        charges += (GUEST_ROOMS.charge(network_of(person.address)),)
    return charges
