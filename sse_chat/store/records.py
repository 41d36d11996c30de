"""How an entry is kept in a stream: its fields, both ways. No I/O."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sse_chat.events import Author, Draft, Entry, StreamEnds
from sse_chat.ids import ZERO, EntryId

# The one field of what is put into a live stream only to see it come out again.
PROBE = "probe"


def to_fields(draft: Draft) -> list[str]:
    """Name, value, name, value …; what is the usual case is left out."""
    fields = [
        "author", draft.author.name,
        "author_id", draft.author.author_id,
        "text", draft.text,
    ]  # fmt: skip
    if draft.author.guest:
        fields += ["guest", "1"]
    if draft.key is not None:
        fields += ["key", draft.key]
    if draft.kind != "message":
        fields += ["kind", draft.kind]
    if draft.target is not None:
        fields += ["target", str(draft.target)]
    return fields


def pair(flat: Sequence[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def read_id(stored: str) -> EntryId:
    """From the store itself, so its form is not checked."""
    ms, _, seq = stored.partition("-")
    return EntryId(int(ms), int(seq))


def to_entry(room: str, stored_id: str, fields: dict[str, str]) -> Entry:
    target = fields.get("target")
    return Entry(
        id=read_id(stored_id),
        room=room,
        author=Author(fields["author"], fields["author_id"], "guest" in fields),
        text=fields["text"],
        key=fields.get("key"),
        kind=fields.get("kind", "message"),
        target=None if target is None else read_id(target),
    )


def to_ends(info: Sequence[Any], first: str | None, deleted: str | None) -> StreamEnds:
    """From the flat reply of XINFO STREAM, and what the room's meta says."""
    facts = dict(zip(info[::2], info[1::2], strict=True))
    oldest = facts["first-entry"]
    return StreamEnds(
        oldest=read_id(oldest[0]) if oldest else None,
        newest=read_id(facts["last-generated-id"]),
        trimmed=facts["entries-added"] - facts["length"] - int(deleted or 0),
        first=read_id(first) if first else ZERO,
    )


def with_newest_texts(entries: list[Entry], texts: Sequence[str]) -> list[Entry]:
    """Edited messages with the text of their last edit; `texts` is id, text, id, text …"""
    newest = pair(texts)
    return [
        replace(entry, text=newest[str(entry.id)], is_edited=True)
        if str(entry.id) in newest
        else entry
        for entry in entries
    ]


NO_STREAM = StreamEnds(oldest=None, newest=ZERO, trimmed=0)
