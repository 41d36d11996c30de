"""Every kind of the table passes through all that takes entries, without a place of its own."""

import json
import re

import httpx
import pytest

from sse_chat.client.frames import NdjsonFrames, SseFrames
from sse_chat.events import Author, Draft, Entry
from sse_chat.filters import parse_filter
from sse_chat.formats import FORMATS
from sse_chat.ids import EntryId
from sse_chat.kinds import KINDS, kind_of
from sse_chat.store.records import pair, to_entry, to_fields
from sse_chat.web.rooms.rows import to_rows
from sse_chat.web.site.openapi import describe
from tests.support.entries import append_every_kind
from tests.support.places import ROOT
from tests.support.servers import ServerProcess

_ID, _TARGET = EntryId(1_795_455_188_779, 3), EntryId(1_795_455_188_000, 0)
_DOCS = ROOT / "sse_chat" / "docs" / "api.md"
every_kind = pytest.mark.parametrize("kind", [*KINDS, "one-of-a-newer-version"])


def _entry(kind: str) -> Entry:
    draft = Draft("lobby", Author("ann", "u_1", False), "hi", kind=kind, target=_TARGET)
    return to_entry("lobby", str(_ID), pair(to_fields(draft)))


@every_kind
def test_a_kind_is_kept_and_read_back(kind: str) -> None:
    entry = _entry(kind)
    assert (entry.kind, entry.target, entry.text) == (kind, _TARGET, "hi")
    assert not entry.is_damaged
    assert entry.as_json()["kind"] == kind


@every_kind
def test_a_kind_passes_through_every_format(kind: str) -> None:
    entry = _entry(kind)
    for name, frames in (("sse", SseFrames()), ("ndjson", NdjsonFrames())):
        [event] = frames.feed(FORMATS[name].entry(entry, None))
        assert (event.kind, event.payload) == (kind, entry.as_json())
    [line] = FORMATS["text"].entry(entry, _ID).decode().splitlines()
    assert re.match(r"\[\d\d:\d\d\] ann\b", line)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_a_filter_and_described(kind: str) -> None:
    wanted = parse_filter({"kind": kind})
    assert wanted is not None
    assert [each for each in KINDS if wanted.matches(_entry(each))] == [kind]
    messages = describe()["paths"]["/chat/{room}/messages"]["get"]["parameters"]
    [parameter] = [each for each in messages if each["name"] == "kind"]
    assert kind in parameter["schema"]["enum"]
    assert f"| `{kind}` |" in _DOCS.read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_a_row_of_the_page_or_is_not(kind: str) -> None:
    assert [each["kind"] for each in to_rows([_entry(kind)])] == [kind] * kind_of(kind).is_row


def test_every_kind_comes_by_feeds_and_polls(server: ServerProcess, room: str) -> None:
    name = room.rpartition("/")[2]
    ids = append_every_kind(server, name)
    history = httpx.get(f"{room}/messages?after=0").json()["events"]
    assert [each["kind"] for each in history] == list(KINDS)
    assert [each["id"] for each in history] == ids
    ndjson = httpx.get(f"{room}/feed?format=ndjson&after=0&follow=0").text
    events = [json.loads(line) for line in ndjson.splitlines()]
    assert [each for each in events if "id" in each] == history
    sse = httpx.get(f"{room}/feed?format=sse&after=0&follow=0").content
    named = [(each.kind, each.payload) for each in SseFrames().feed(sse) if "id" in each.payload]
    assert named == [(each["kind"], each) for each in history]
    many = httpx.get(f"{server.url}/feed?rooms={name}&format=ndjson&after=0&follow=0").text
    events = [json.loads(line) for line in many.splitlines()]
    assert [each["kind"] for each in events if "id" in each] == list(KINDS)
    text = httpx.get(f"{room}/feed?format=text&after=0&follow=0").text
    assert len(re.findall(r"^\[\d\d:\d\d\] ann", text, re.M)) == len(KINDS)
