"""Bans: who is kept out of a room or of the server, by their id or by where they are. No I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sse_chat.author_ids import AuthorId, is_person
from sse_chat.people.networks import network_of
from sse_chat.people.roles import Person


@dataclass(frozen=True, slots=True)
class Bans:
    """`ban:<author_id or network>` -> when it ends, in seconds; 0: never.

    `networks`: author_id -> the networks that are banned with that person; `names`: the name that
    they had, where it was known; `notes`: who banned or kicked them, and why, as JSON.
    """

    until_s: Mapping[str, int] = field(default_factory=dict)
    networks: Mapping[AuthorId, list[str]] = field(default_factory=dict)
    names: Mapping[AuthorId, str] = field(default_factory=dict)
    notes: Mapping[AuthorId, str] = field(default_factory=dict)

    def has(self, person: Person, now_s: float) -> bool:
        if not self.until_s:
            return False
        return any(lasts(self.until_s.get(name), now_s) for name in _names_of(person))

    def lasting(self, now_s: float) -> list[tuple[AuthorId, int]]:
        """Each person who is banned still, and until when; 0: without an end."""
        people = self.people_until_s().items()
        return [(who, end) for who, end in people if lasts(end, now_s)]

    def people_until_s(self) -> dict[AuthorId, int]:
        """Without the networks, which say where someone is."""
        return {AuthorId(who): end for who, end in self.until_s.items() if is_person(who)}

    def until_of(self, person: Person, now_s: float) -> int:
        """Of one who is banned, the second in which it ends; 0: without an end."""
        ends = [end for name in _names_of(person) if lasts(end := self.until_s.get(name), now_s)]
        return 0 if 0 in ends else max((end for end in ends if end), default=0)

    def note_of(self, person: Person) -> str:
        """ "" where it is not known, or the ban was another person's at the same address."""
        return self.notes.get(person.author.author_id, "")


NO_BANS = Bans()


def _names_of(person: Person) -> tuple[str, str]:
    return person.author.author_id, network_of(person.address)


def lasts(until_s: int | None, now_s: float) -> bool:
    return until_s is not None and (until_s == 0 or now_s < until_s)


def read_bans(fields: Mapping[str, str]) -> Bans:
    return bans_of(group_by_prefix(fields))


Prefixed = Callable[[str], dict[str, str]]


def bans_of(of: Prefixed) -> Bans:
    until_s = {name: int(value) for name, value in of("ban").items()}
    networks = {who: value.split() for who, value in by_author(of("from")).items()}
    return Bans(until_s, networks, by_author(of("name")), by_author(of("ban-note")))


def by_author(fields: Mapping[str, str]) -> dict[AuthorId, str]:
    return {AuthorId(who): value for who, value in fields.items()}


def group_by_prefix(fields: Mapping[str, str]) -> Prefixed:
    """What stands before the first colon of a name -> the rest of it -> the value. In one round,
    as there may be thousands."""
    found: dict[str, dict[str, str]] = {}
    for name, value in fields.items():
        prefix, colon, rest = name.partition(":")
        if colon:
            found.setdefault(prefix, {})[rest] = value
    return lambda prefix: found.get(prefix, {})
