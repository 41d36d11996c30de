"""How an entry is kept in a stream: its fields, both ways. No I/O."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any

import orjson

from sse_chat.author_ids import NOBODY, AuthorId
from sse_chat.events import Author, Draft, Entry, StreamEnds
from sse_chat.extras import NOTHING_MORE, Extra, Reaction
from sse_chat.ids import ZERO, EntryId
from sse_chat.kinds import kind_of
from sse_chat.questions import Answer, Ask
from sse_chat.rendering import html_of
from sse_chat.store.resp import Packed
from sse_chat.turns import Turn

# The one field of what is put into a live stream only to see it come out again.
PROBE = "probe"
# The third field of an entry of a live stream that is an ephemeral event.
EPHEMERAL = "note"

_AUTHOR, _AUTHOR_ID, _TEXT, _KEY = map(Packed, ("author", "author_id", "text", "key"))
_IS_GUEST = [Packed("guest"), Packed("1")]
_HTML, _SUM = Packed("html"), Packed("sum")
# The live stream has room, id and before in front of the fields of the entry.
_OF_LIVE = 6
# All that entries had before they had a sum.
_WITHOUT_SUM = {
    "author", "author_id", "text", "guest", "key", "kind", "target", "reply_to", "mentions",
    "removed", "ask", "unfinished", "html", "room", "id", "before",
}  # fmt: skip
_MAX_NAMES = 10
# Who posts, posts again.
_pack = lru_cache(maxsize=4096)(Packed)
_DAMAGED = "This message is damaged in the store, and cannot be shown."


def to_fields(draft: Draft) -> list[str]:
    """Name, value, name, value …; what is the usual case is left out."""
    fields = to_base_fields(draft)
    if draft.key is not None:
        fields += [_KEY, draft.key]
    if draft.kind != "message":
        fields += ["kind", draft.kind]
    if draft.target is not None:
        fields += ["target", str(draft.target)]
    if draft.extra is not NOTHING_MORE:
        fields += _extra_fields(draft.extra)
    fields += [_SUM, sum_of(draft.room, fields)]
    return fields


def to_base_fields(draft: Draft) -> list[str]:
    """Those that a message and its edits share, without a sum."""
    fields = [
        _AUTHOR, _pack(draft.author.name),
        _AUTHOR_ID, _pack(draft.author.author_id),
        _TEXT, draft.text,
    ]  # fmt: skip
    if draft.author.guest:
        fields += _IS_GUEST
    if kind_of(draft.kind).has_markup and (html := html_of(draft.text)):
        fields += [_HTML, html]
    return fields


def sum_of(room: str, flat: Sequence[str]) -> str:
    """CRC-32 of the room and of names and values in their order: it shows any one changed bit."""
    return f"{zlib.crc32(chr(0).join(flat).encode(errors='replace'), _seed_of(room)):08x}"


@lru_cache(maxsize=4096)
def _seed_of(room: str) -> int:
    return zlib.crc32(room.encode())


def is_intact(room: str, fields: Mapping[str, str]) -> bool:
    """Whether the fields are as they were written; an entry from before there were sums passes."""
    found = fields.get("sum")
    if found is None:
        return _WITHOUT_SUM.issuperset(fields) and {"author", "author_id", "text"} <= fields.keys()
    # The sum is the last field, and those of the live stream are the first.
    flat = list(chain.from_iterable(fields.items()))
    begin = _OF_LIVE if "before" in fields else 0
    return flat[-1] is found and found == sum_of(room, flat[begin:-2])


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
        mentions=tuple(map(AuthorId, fields.get("mentions", "").split())),
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
    """The entry; in place of one that is not as it was written, one that says so."""
    if not is_intact(room, fields):
        return damaged_entry(room, stored_id)
    target = fields.get("target")
    return Entry(
        id=read_id(stored_id),
        room=room,
        author=Author(fields["author"], AuthorId(fields["author_id"]), "guest" in fields),
        text=fields["text"],
        key=fields.get("key"),
        kind=fields.get("kind", "message"),
        target=None if target is None else read_id(target),
        extra=_to_extra(fields),
        html=fields.get("html", "" if "sum" in fields else None),
    )


def damaged_entry(room: str, stored_id: str) -> Entry:
    """Nothing of it is told: whoever wrote it did not write this."""
    return Entry(
        read_id(stored_id), room, Author("damaged", NOBODY), _DAMAGED, html="", is_damaged=True
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


async def with_changes(
    entries: list[Entry],
    edits: Sequence[Any],
    reactions: Sequence[str],
    answers: Sequence[str] = (),
) -> list[Entry]:
    """Messages with the text of their last edit, with their reactions and answers.

    All come as id, value, id, value …: the fields of the last edit; reactions and answers as the
    scripts keep them.
    """
    if not edits and not reactions and not answers:
        return entries
    newest = dict(zip(edits[::2], edits[1::2], strict=True))
    reacted, answered = pair(reactions), pair(answers)
    turn = Turn()
    changed = []
    for entry in entries:
        changed.append(_with_change(entry, newest, reacted, answered))
        await turn.give_way()
    return changed


def _with_change(
    entry: Entry,
    newest: Mapping[str, Sequence[str]],
    reacted: Mapping[str, str],
    answered: Mapping[str, str],
) -> Entry:
    stored_id = str(entry.id)
    if stored_id in newest and not entry.is_damaged:
        edit = to_entry(entry.room, stored_id, pair(newest[stored_id]))
        if edit.is_damaged:
            return edit
        entry = replace(entry, text=edit.text, html=edit.html, is_edited=True)
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
    return Answer(found["choice"], found["author"], AuthorId(found["author_id"]), at_ms)


def to_reactions(stored: str) -> tuple[Reaction, ...]:
    """As the script keeps them; of many people the first are told."""
    return tuple(
        Reaction(
            each["emoji"],
            len(each["author_ids"]),
            tuple(each["authors"][:_MAX_NAMES]),
            tuple(each["author_ids"][:_MAX_NAMES]),
        )
        for each in orjson.loads(stored)
    )


_EXTRA = {"reply_to", "mentions", "removed", "ask", "unfinished"}
NO_STREAM = StreamEnds(oldest=None, newest=ZERO, trimmed=0)
