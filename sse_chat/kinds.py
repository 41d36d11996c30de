"""The kinds of events: a kind is a class and a row in KINDS. No I/O.

What takes entries of every kind (formats, filters, records, windows, pages, OpenAPI, the client)
asks this table. The page has its own, static/js/log/kinds.js; a test holds both, and the table of
docs/api.md, against each other.
"""

import shlex
from typing import Protocol

from sse_chat.extras import Extra, Quote
from sse_chat.ids import EntryId, format_ms
from sse_chat.questions import Answer as GivenAnswer
from sse_chat.room_names import room_path
from sse_chat.visible import ends_name


class Entry(Protocol):
    """An entry, as far as its kind looks at it; `events` has the whole of it."""

    @property
    def id(self) -> EntryId: ...
    @property
    def room(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def target(self) -> EntryId | None: ...
    @property
    def extra(self) -> Extra: ...
    @property
    def is_edited(self) -> bool: ...
    @property
    def quote(self) -> Quote | None: ...
    @property
    def answer(self) -> GivenAnswer | None: ...


class Kind:
    """What an entry of this kind is to whoever keeps, reads or shows it."""

    name: str
    is_row = False
    """It is a row of its own in the page's log, and not only a change of another."""
    is_undoable = False
    """It has `removed`: true in an entry that takes an earlier one back."""
    has_markup = False
    """Its text is Markdown."""
    edits_target = False
    """The message at `target` has its text from then on."""
    deletes_target = False
    """The message at `target` is gone, and so are its edits."""

    def describe(self, entry: Entry) -> str:
        """What follows the author's name in the text format; may be several lines."""
        target = "" if entry.target is None else f" {entry.target}"
        return f" ({entry.kind}{target})" + (f": {entry.text}" if entry.text else "")

    def notice(self, entry: Entry) -> str:
        """What its row says in place of its text; "" where the text itself is shown."""
        return ""


class Message(Kind):
    name = "message"
    is_row = True
    has_markup = True

    def describe(self, entry: Entry) -> str:
        text = entry.text
        # `/me ann: hi` of Mary must not read as a line of Mary Ann.
        if text.startswith("/me ") and not ends_name(text.partition("\n")[0]):
            return f" {text[4:]}"
        quote = "" if entry.quote is None else f"> {entry.quote.author}: {entry.quote.text}\n"
        unfinished = " (unfinished)" if entry.extra.unfinished and not entry.is_edited else ""
        return f": {quote}{text}{unfinished}{_describe_ask(entry)}"


class Edit(Kind):
    name = "edit"
    has_markup = True
    edits_target = True


class Delete(Kind):
    name = "delete"
    deletes_target = True


class Reaction(Kind):
    name = "reaction"
    is_undoable = True

    def describe(self, entry: Entry) -> str:
        said = "took back {} from" if entry.extra.removed else "reacted {} to"
        return f" {said.format(entry.text)} {entry.target}"


class Answer(Kind):
    name = "answer"

    def describe(self, entry: Entry) -> str:
        verb = f"answered {entry.text!r} to" if entry.text else "took back the question"
        return f" {verb} {entry.target}"


class Topic(Kind):
    name = "topic"
    is_row = True

    def describe(self, entry: Entry) -> str:
        return f" {self.notice(entry)}"

    def notice(self, entry: Entry) -> str:
        return f"set the topic: {entry.text}" if entry.text else "removed the topic"


class Pin(Kind):
    name = "pin"
    is_undoable = True

    def describe(self, entry: Entry) -> str:
        return f" {'unpinned' if entry.extra.removed else 'pinned'} {entry.target}"


KINDS: dict[str, Kind] = {
    each.name: each for each in (Message(), Edit(), Delete(), Reaction(), Answer(), Topic(), Pin())
}
_UNKNOWN = Kind()


def kind_of(name: str) -> Kind:
    """Its row; a plain Kind for one that a newer version has put into the store."""
    return KINDS.get(name, _UNKNOWN)


def _describe_ask(entry: Entry) -> str:
    """The choices of a question, and how one of them is chosen."""
    ask, answer = entry.extra.ask, entry.answer
    if ask is None:
        return ""
    who = f" by {', '.join(person.name for person in ask.who)}" if ask.who else ""
    choices = f"\nchoices: {', '.join(ask.choices)}, until {format_ms(ask.until_ms)}{who}"
    if answer is not None:
        chosen = f"answered {answer.choice!r} by {answer.author}" if answer.choice else "taken back"
        return f"{choices}\n{chosen}"
    url = f"URL{room_path(entry.room)}/messages/{entry.id}/answer"
    chosen = shlex.quote(f"choice={ask.choices[0]}")
    return f"{choices}\nanswer: curl -u NAME: --data-urlencode {chosen} {url}"
