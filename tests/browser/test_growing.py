"""A message that is written word by word, on the page."""

import socket
import threading
from collections.abc import Iterator

import httpx
from playwright.sync_api import expect

from tests.browser.person import WAIT_MS, Meet


def test_it_grows_and_becomes_the_message(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    next_part, rows = threading.Semaphore(0), ann.page.locator("[data-growing]")

    def words() -> Iterator[bytes]:
        for part in ("Looking", " it up", "."):
            yield part.encode()
            assert next_part.acquire(timeout=WAIT_MS / 1000)

    answers: list[httpx.Response] = []

    def write() -> None:
        url, timeout_s = f"{room}?grow=1", WAIT_MS / 1000
        answers.append(httpx.put(url, content=words(), auth=("bot", ""), timeout=timeout_s))

    writer = threading.Thread(target=write)
    writer.start()
    for text in ("Looking", "Looking it up", "Looking it up."):
        expect(rows.locator("[data-part=body]")).to_have_text(text)
        assert ann.messages.count() == 1
        next_part.release()
    ann.sees("Looking it up.")
    expect(rows).to_have_count(0)
    writer.join()
    assert ann.messages.get_attribute("data-id") == answers[0].json()["id"]
    expect(ann.message("Looking").get_by_text("unfinished")).to_be_hidden()


def test_one_that_is_cut_is_called_unfinished_and_a_refused_one_goes(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    url, rows = httpx.URL(room), ann.page.locator("[data-growing]")

    def write(text: bytes, end: bytes) -> None:
        address = (url.host, url.port or 80)
        with socket.create_connection(address, timeout=WAIT_MS / 1000) as connection:
            head = f"PUT {url.path}?grow=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n"
            connection.sendall(head.encode() + text)
            expect(ann.message(text.decode())).to_be_visible()
            if end:
                connection.sendall(end)
                connection.recv(1000)

    write(b"refused", b" too long" * 900)
    expect(ann.message("refused")).to_have_count(0)
    write(b"half of", b"")
    ann.sees("half of")
    for _ in range(2):
        expect(ann.message("half of").get_by_text("unfinished")).to_be_visible()
        expect(rows).to_have_count(0)
        ann.page.reload()
