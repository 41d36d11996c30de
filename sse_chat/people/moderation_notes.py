"""Notes on a mute, a kick, a ban or the end of a room: who did it and why, and how that is told.
No I/O."""

from typing import Any

from sse_chat.errors import BadText, Forbidden
from sse_chat.ids import format_ms
from sse_chat.people.records import ModerationNote, decode

MAX_REASON = 200


def check_reason(reason: str) -> None:
    """Raises BadText."""
    if len(reason) > MAX_REASON:
        raise BadText(f"reason is up to {MAX_REASON} characters; this one has {len(reason):,}")
    if not reason.isprintable():
        raise BadText("reason is one line, without control characters")


def make_refusal(act: str, where: str, *, until_s: int, note: str) -> Forbidden:
    """`act`: mute or ban; `until_s` 0: without an end; `note` "" from before there were any."""
    kept = decode(ModerationNote, note) if note else ModerationNote(act)
    by, reason = kept.by, kept.reason
    fields: dict[str, Any] = {"act": kept.act, "by": by, "reason": reason}
    fields["until"] = format_ms(until_s * 1000) if until_s else None
    detail = f"you {_STATES[kept.act]} {where}"
    detail += f" by {by}" if by else ""
    detail += f" until {fields['until'][:16].replace('T', ' ')} UTC" if until_s else ""
    return Forbidden(f"{detail}: {reason}" if reason else detail, **fields)


def describe_note(note: str) -> str:
    """As far as it is known, to go on with: ` by ann: we moved`."""
    kept = decode(ModerationNote, note) if note else ModerationNote("")
    by = f" by {kept.by}" if kept.by else ""
    return f"{by}: {kept.reason}" if kept.reason else by


_STATES = {
    "mute": "are muted in",
    "ban": "are banned from",
    "kick": "were kicked from",
}
