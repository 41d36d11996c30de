"""How an entry is kept in a stream: its fields, both ways. No I/O."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sse_chat.events import NOTHING_MORE, Author, Draft, Entry, Extra, Reaction, StreamEnds
from sse_chat.ids import ZERO, EntryId
from sse_chat.questions import Answer, Ask
from sse_chat.store.resp import Packed

# The one field of what is put into a live stream only to see it come out again.
PROBE = "probe"
# The third field of an entry of a live stream that is a note, not an event.
NOTE = "note"

_AUTHOR, _AUTHOR_ID, _TEXT, _KEY = map(Packed, ("author", "author_id", "text", "key"))
_IS_GUEST = [Packed("guest"), Packed("1")]


def to_fields(draft: Draft) -> list[str]:
    """Name, value, name, value …; what is the usual case is left out."""
    fields = [
        _AUTHOR, draft.author.name,
        _AUTHOR_ID, draft.author.author_id,
        _TEXT, draft.text,
    ]  # fmt: skip
    if draft.author.guest:
        fields += _IS_GUEST
    if draft.key is not None:
        fields += [_KEY, draft.key]
    if draft.kind != "message":
        fields += ["kind", draft.kind]
    if draft.target is not None:
        fields += ["target", str(draft.target)]
    if draft.extra is not NOTHING_MORE:
        fields += _extra_fields(draft.extra)
    return fields


def _extra_fields(extra: Extra) -> list[str]:
    fields = []
    if extra.reply_to is not None:
        fields += ["reply_to", str(extra.reply_to)]
    if extra.mentions:
        fields += ["mentions", " ".join(extra.mentions)]
    if extra.removed:
        fields += ["removed", "1"]
    if extra.ask is not None:
        fields += ["ask", json.dumps(extra.ask.to_record(), ensure_ascii=False)]
    if extra.unfinished:
        fields += ["unfinished", "1"]
    return fields


def _to_extra(fields: dict[str, str]) -> Extra:
    if fields.keys().isdisjoint(_EXTRA):
        return NOTHING_MORE
    reply_to = fields.get("reply_to")
    return Extra(
        reply_to=None if reply_to is None else read_id(reply_to),
        mentions=tuple(fields.get("mentions", "").split()),
        removed="removed" in fields,
        ask=Ask.of_record(json.loads(fields["ask"])) if "ask" in fields else None,
        unfinished="unfinished" in fields,
    )


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
        extra=_to_extra(fields),
    )


def to_ends(
    info: Sequence[Any],
    first: str | None,
    deleted: str | None,
    newest_trimmed: str | None = None,
    trimmed_count: str | None = None,
) -> StreamEnds:
    """From the flat reply of XINFO STREAM, and what the room's meta says."""
    facts = dict(zip(info[::2], info[1::2], strict=True))
    oldest = facts["first-entry"]
    trimmed = facts["entries-added"] - facts["length"] - int(deleted or 0)
    is_noted = newest_trimmed is not None and trimmed_count == str(trimmed)
    return StreamEnds(
        oldest=read_id(oldest[0]) if oldest else None,
        newest=read_id(facts["last-generated-id"]),
        trimmed=trimmed,
        first=read_id(first) if first else ZERO,
        newest_trimmed=read_id(newest_trimmed) if newest_trimmed and is_noted else None,
    )


def with_changes(
    entries: list[Entry],
    texts: Sequence[str],
    reactions: Sequence[str],
    answers: Sequence[str] = (),
) -> list[Entry]:
    """Messages with the text of their last edit, with their reactions and answers.

    All come as id, value, id, value …; reactions and answers as the scripts keep them.
    """
    if not texts and not reactions and not answers:
        return entries
    newest, reacted, answered = pair(texts), pair(reactions), pair(answers)
    return [_with_change(entry, newest, reacted, answered) for entry in entries]


def _with_change(
    entry: Entry, newest: dict[str, str], reacted: dict[str, str], answered: dict[str, str]
) -> Entry:
    stored_id = str(entry.id)
    if stored_id in newest:
        entry = replace(entry, text=newest[stored_id], is_edited=True)
    if stored_id in reacted:
        entry = replace(entry, reactions=to_reactions(reacted[stored_id]))
    if stored_id in answered:
        entry = replace(entry, answer=to_answer(answered[stored_id]))
    return entry


def to_answer(stored: str) -> Answer:
    """From the id of the entry that answered, and what the script was given with it."""
    answer_id, _, record = stored.partition(" ")
    found = json.loads(record)
    at_ms = read_id(answer_id).ms
    return Answer(found["choice"], found["author"], found["author_id"], at_ms)


def to_reactions(stored: str) -> tuple[Reaction, ...]:
    return tuple(
        Reaction(each["emoji"], tuple(each["authors"]), tuple(each["author_ids"]))
        for each in json.loads(stored)
    )


_EXTRA = {"reply_to", "mentions", "removed", "ask", "unfinished"}
NO_STREAM = StreamEnds(oldest=None, newest=ZERO, trimmed=0)
