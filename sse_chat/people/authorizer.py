"""Authorizer: who reads which feed; ends the feeds of those who may no longer read the room."""

import asyncio
import logging
import time

from sse_chat.errors import Forbidden, TooMany, Unauthorized, Unavailable
from sse_chat.events import EphemeralEvent
from sse_chat.feed.broadcast import wake
from sse_chat.feed.feed import Feed
from sse_chat.feed.hub import Hub
from sse_chat.feed.schedule import make_bye
from sse_chat.people.cache import PeopleCache
from sse_chat.people.identity import Identities
from sse_chat.people.limit_settings import Limits
from sse_chat.people.limits import ADDRESS_FEEDS, PERSON_FEEDS
from sse_chat.people.networks import network_of
from sse_chat.people.permissions import Permissions
from sse_chat.people.roles import Action, Person

_log = logging.getLogger("sse_chat.people")
# Rights that end by the clock (a token's) are looked at this often.
_LOOK_AGAIN_S = 1.0
_BUSY_RETRY_S = 10
# Between two slices of the feeds, posts and broadcasts have their turn.
_SLICE = 200


class FeedReader:
    """A person with a feed open; `muted_until_s` None: not muted, as far as they were told."""

    __slots__ = ("checked", "muted_until_s", "person")

    def __init__(self, person: Person, checked: int, *, muted_until_s: int | None = None) -> None:
        self.person = person
        self.checked = checked
        self.muted_until_s = muted_until_s

    @property
    def counts_for(self) -> tuple[str, ...]:
        network = network_of(self.person.address)
        # Those without a name are as many as are behind their address.
        return (network, self.person.author.author_id) if self.person.is_named else (network,)


class _Counted:
    """While it lasts. For thousands of polls a second, a generator would cost as much again."""

    __slots__ = ("_hub", "_reader")

    def __init__(self, hub: Hub, reader: FeedReader) -> None:
        self._hub = hub
        self._reader = reader

    def __enter__(self) -> None:
        self._hub.count_reader(self._reader)

    def __exit__(self, *problem: object) -> None:
        self._hub.forget_reader(self._reader)


class Authorizer:
    """One a worker, used from its event loop alone.

    `admit`, `counted` and `require_still` may be called by any task, any number of times: they
    keep nothing, and where they raise nothing was done. `check` runs in one task, again and again
    (see PeopleCache.watch); it ends feeds by `Feed.end`, never their connections, and raises
    Unavailable where the store cannot say who may still read: then they go on.
    """

    def __init__(
        self,
        hub: Hub,
        cache: PeopleCache,
        permissions: Permissions,
        identities: Identities,
        *,
        limits: Limits,
    ) -> None:
        self._hub = hub
        self._cache = cache
        self._permissions = permissions
        self._identities = identities
        self._limits = limits
        self._looked_at_s = 0.0
        # What the last look at all feeds was at, and whether some had a right that ends.
        self._checked = (-1, -1)
        self._has_grants = False

    async def admit(self, person: Person, room: str) -> FeedReader:
        """Whoever may read the room and has not too many feeds; raises like `require`, TooMany."""
        # Taken first: what changes from here on is checked again.
        reader = FeedReader(person, self._cache.generation)
        await self._permissions.require(person, Action.READ, room)
        reader.muted_until_s = self._muted_until_s(person, room)
        if self._limits.is_on:
            self._check_count(reader)
        return reader

    def _muted_until_s(self, person: Person, room: str) -> int | None:
        # Known by now, as it was asked for just before.
        rules = self._cache.known_rules(room)
        return rules.muted_until_s.get(person.author.author_id) if rules else None

    def _check_count(self, reader: FeedReader) -> None:
        for name, usual in zip(reader.counts_for, (ADDRESS_FEEDS, PERSON_FEEDS), strict=False):
            most = self._limits.count_of(usual)
            if self._hub.feeds_of[name] >= most.count:
                raise TooMany(
                    f"{most.count} feeds are open already: {most.meaning}",
                    retry_after_s=_BUSY_RETRY_S,
                    limit=most.name,
                    quota=most.count,
                )

    def counted(self, person: Person) -> "_Counted":
        """A long-poll or a pipe: it lasts, and counts as an open feed; raises TooMany."""
        return _Counted(self._hub, self.admit_wait(person))

    def admit_wait(self, person: Person) -> FeedReader:
        """For what is counted by hand; raises TooMany."""
        reader = FeedReader(person, self._cache.generation)
        if self._limits.is_on:
            self._check_count(reader)
        return reader

    async def check(self) -> None:
        """Looks at every feed after a change, or where one has come since, whose reader was
        admitted before it; else at those whose right has an end."""
        generation = self._cache.generation
        now_s = time.monotonic()
        is_by_clock = now_s - self._looked_at_s >= _LOOK_AGAIN_S
        if is_by_clock:
            self._looked_at_s = now_s
        looked_at = (generation, self._hub.attached_count)
        if looked_at == self._checked and not (is_by_clock and self._has_grants):
            return
        has_grants = False
        for channel in list(self._hub.channels.values()):
            for count, feed in enumerate(list(channel.feeds)):
                if count % _SLICE == _SLICE - 1:
                    await asyncio.sleep(0)
                reader = feed.reader
                if not isinstance(reader, FeedReader) or feed.is_revoked:
                    continue
                has_grants |= reader.person.grant is not None
                if reader.checked != generation or (is_by_clock and reader.person.grant):
                    await self._check(feed, reader, generation)
        # Only now: where the store was away in between, all are looked at again.
        self._checked, self._has_grants = looked_at, has_grants

    async def _check(self, feed: Feed, reader: FeedReader, generation: int) -> None:
        renewed = await self._renew(feed, reader)
        if renewed is not None:
            # What the feed hears of other rooms goes by the role of now.
            reader.person = renewed
            await self._tell_of_mute(feed, reader)
            reader.checked = generation
            return
        # Known by now, as it was asked for just before.
        rules = self._cache.known_rules(feed.channel.room)
        detail = rules.describe_end(feed.channel.room, time.time()) if rules else ""
        feed.end(make_bye("revoked", detail))
        wake(feed)

    async def _tell_of_mute(self, feed: Feed, reader: FeedReader) -> None:
        room = feed.channel.room
        until_s = self._muted_until_s(reader.person, room)
        if until_s == reader.muted_until_s:
            return
        kind, payload = "unmuted", {"detail": f"you can post in {room} again"}
        try:
            await self._permissions.require(reader.person, Action.POST, room)
        except (Forbidden, Unauthorized) as exc:
            kind, payload = "muted", {"detail": exc.detail, **exc.fields}
        reader.muted_until_s = until_s
        # What else may keep them from posting is not news.
        if kind == "muted" and payload.get("act") != "mute":
            return
        feed.add_ephemeral(EphemeralEvent(room, kind, payload))
        wake(feed)

    async def _renew(self, feed: Feed, reader: FeedReader) -> Person | None:
        """The reader as of now, who may still read; raises Unavailable while that is not known."""
        try:
            renewed = await self._identities.renew(reader.person)
            if renewed is None:
                return None
            may_read = await self._permissions.allows(renewed, Action.READ, feed.channel.room)
            return renewed if may_read else None
        except Unavailable:
            raise
        except Exception:
            # One record that cannot be read must not keep the rights of all others.
            _log.exception("the rights of %r are not known; it ends", feed)
            return None

    async def require_still(self, person: Person, action: Action, room: str) -> Person:
        """For what takes long: the person as of now; raises like `require`, or Unauthorized."""
        renewed = await self._identities.renew(person)
        if renewed is None:
            raise Unauthorized("this account, session or token has ended")
        await self._permissions.require(renewed, action, room)
        return renewed
