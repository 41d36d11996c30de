"""A changed bit in the append-only file: the entry says so, and all else goes on."""

import asyncio
from pathlib import Path

import httpx

from sse_chat.store.damage import find_damaged
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from tests.support.servers import Launch

_LOST = b"Pay 100 to Ann"


def _flip(folder: Path, text: bytes, at: int, bit: int) -> None:
    """In every file that has the text: the room's entry, and the copy that tails read."""
    found = [path for path in folder.rglob("*") if path.is_file() and text in path.read_bytes()]
    assert found
    for path in found:
        data = path.read_bytes()
        changed = bytearray(text)
        changed[at] ^= 1 << bit
        path.write_bytes(data.replace(text, bytes(changed)))


def test_a_changed_bit_is_shown_counted_and_logged(launch: Launch) -> None:
    server = launch()
    for text in ("before", _LOST.decode(), "after"):
        httpx.post(server.room, content=text, auth=("ann", "")).raise_for_status()
    httpx.post(f"{server.url}/chat/other", content="é" + "x" * 9).raise_for_status()
    server.stop()
    _flip(server.data, _LOST, at=4, bit=0)
    # What is no UTF-8 any more must not end the connection to the store.
    _flip(server.data, b"\xc3\xa9xxxxxxxxx", at=1, bit=7)
    server = launch(data=server.data)

    events = httpx.get(f"{server.room}/messages").json()["events"]
    assert [each.get("damaged") for each in events] == [None, True, None]
    assert [events[0]["text"], events[2]["text"]] == ["before", "after"]
    assert events[1]["author"] == "damaged"
    assert "Ann" not in str(events)
    for fmt in ("text", "sse", "ndjson"):
        shown = httpx.get(f"{server.room}/feed?format={fmt}&after=0&follow=0").text
        assert "This message is damaged" in shown
        assert "Ann" not in shown
    assert httpx.get(f"{server.url}/chat/other/messages").json()["events"][0]["damaged"] is True
    page = httpx.get(server.room, headers={"Accept": "text/html"}).text
    assert "This message is damaged" in page
    metrics = httpx.get(f"{server.url}/metrics").text
    assert "sse_chat_damaged_entries_total{" in metrics
    counted = next(each for each in metrics.splitlines() if each.startswith("sse_chat_damaged_e"))
    assert counted.endswith(" 2.0")
    assert server.output.read_text().count("is not as it was written") == 2

    async def check() -> list[str]:
        link = Links(f"unix://{next(server.data.rglob('*.sock'))}").make()
        try:
            found = find_damaged(link, Keys(), ["lobby", "other"])
            return [f"{each.room} {each.id}" async for each in found]
        finally:
            await link.close()

    assert len(asyncio.run(check())) == 2
