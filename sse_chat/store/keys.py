"""Every key in the store. Keys of one room share its partition's hash tag, so that scripts
work on a cluster."""

import hashlib
from binascii import crc_hqx
from dataclasses import dataclass
from functools import lru_cache

from sse_chat.author_ids import AuthorId
from sse_chat.room_names import is_direct

# Fixed when the data is created; kept in the store and checked at start.
PARTITIONS = 16


@lru_cache(maxsize=4096)
def partition_of(room: str) -> int:
    """CRC16 (XMODEM, as Redis Cluster uses) modulo the number of partitions."""
    return crc_hqx(room.encode(), 0) % PARTITIONS


@dataclass(frozen=True, slots=True)
class Keys:
    prefix: str = "sse-chat"

    def _of(self, partition: int, *parts: str) -> str:
        return ":".join((self.prefix, f"{{p{partition:02d}}}", *parts))

    def kind_of(self, key: str) -> str:
        """The word that tells keys apart, as in the methods below: room, live, meta …"""
        rest = key.removeprefix(f"{self.prefix}:").split(":")
        return rest[1] if rest[0].startswith("{") and len(rest) > 1 else rest[0]

    def room_of(self, key: str) -> str | None:
        """The room whose entries are there."""
        return key.rpartition(":")[2] if self.kind_of(key) == "room" else None

    def ruled_room(self, key: str) -> str | None:
        """The room whose rules are there."""
        return key.rpartition(":")[2] if self.kind_of(key) == "rules" else None

    def layout(self) -> str:
        """Hash: what must stay as it was when the data was created."""
        return f"{self.prefix}:layout"

    def room(self, room: str) -> str:
        """Stream: the entries of one room."""
        return self._of(partition_of(room), "room", room)

    def changes(self, partition: int) -> str:
        """Stream, short: whatever happens in the partition's rooms, in order; tails read it."""
        return self._of(partition, "live")

    def epoch(self, partition: int) -> str:
        """String: a random mark of this store; another one, or none, is another store."""
        return self._of(partition, "born")

    def rooms(self, partition: int) -> str:
        """Hash: room -> id of its newest entry; without direct rooms, which no list shows."""
        return self._of(partition, "rooms")

    def direct_rooms(self, partition: int) -> str:
        """Hash: the same of direct rooms alone."""
        return self._of(partition, "direct-rooms")

    def newest(self, room: str) -> str:
        """The hash in which the id of the room's newest entry is."""
        partition = partition_of(room)
        return self.direct_rooms(partition) if is_direct(room) else self.rooms(partition)

    def meta(self, room: str) -> str:
        """Hash: the room's first id, how many entries were deleted, its topic."""
        return self._of(partition_of(room), "meta", room)

    def edits(self, room: str) -> str:
        """Hash: id of a message -> ids of its edits, oldest first, with blanks between."""
        return self._of(partition_of(room), "edits", room)

    def reactions(self, room: str) -> str:
        """Hash: id of a message -> JSON [{emoji, authors, author_ids}]."""
        return self._of(partition_of(room), "reactions", room)

    def answers(self, room: str) -> str:
        """Hash: id of a question -> id of the entry that answered it, and JSON of the answer."""
        return self._of(partition_of(room), "answers", room)

    def update(self, room: str, author_id: AuthorId, update_key: str) -> str:
        """String: the message that its author updates under a key, when it last changed, and a
        digest of its text."""
        digest = hashlib.blake2b(f"{author_id}\0{update_key}".encode(), digest_size=16).hexdigest()
        return self._of(partition_of(room), "update", room, digest)

    def pending(self, partition: int) -> str:
        """Sorted set: room and update key, by the millisecond at which a text becomes an edit."""
        return self._of(partition, "pending")

    def pending_texts(self, partition: int) -> str:
        """Hash: room and update key -> JSON of the message's id and the fields of its edit."""
        return self._of(partition, "pending-texts")

    def names(self, room: str) -> str:
        """Hash: author_id of who was there lately -> "g" for a guest, "m" for a member, and the
        last name."""
        return self._of(partition_of(room), "names", room)

    def seen(self, room: str) -> str:
        """Sorted set: author_id of who was there lately, scored by the second of the last sign."""
        return self._of(partition_of(room), "seen", room)

    def mentions(self, author_id: AuthorId) -> str:
        """List: room and id of the messages that name this person, the newest first."""
        return self._of(partition_of(author_id), "mentions", author_id)

    def reads(self, author_id: AuthorId) -> str:
        """Hash: room -> id up to which this person has read."""
        return self._of(partition_of(author_id), "reads", author_id)

    def limit(self, room: str, name: str, who: str) -> str:
        """String: when this limit is used up no more, in milliseconds. `who` is anyone's input."""
        digest = hashlib.blake2b(who.encode(), digest_size=12).hexdigest()
        return self._of(partition_of(room), "limit", name, digest)

    def present(self, room: str) -> str:
        """Sorted set: author_id, scored by the second at which the presence expires."""
        return self._of(partition_of(room), "present", room)

    def idempotency(self, room: str, author_id: AuthorId, key: str) -> str:
        """String: what a post with this key came to. Hashed: the parts are anyone's input."""
        digest = hashlib.blake2b(f"{author_id}\0{key}".encode(), digest_size=16).hexdigest()
        return self._of(partition_of(room), "once", room, digest)

    def people(self, *parts: str) -> str:
        """Accounts, sessions, tokens, rules of rooms: hashes, all under one tag of their own."""
        return ":".join((self.prefix, "{people}", *parts))
