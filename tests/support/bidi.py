"""A client of WebDriver BiDi, which Firefox speaks itself: https://www.w3.org/TR/webdriver-bidi/"""

import itertools
import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import websocket

from tests.support.waiting import WAIT_S

Message = dict[str, Any]


class BidiError(Exception):
    """What the browser answered instead of a result."""


class Bidi:
    """One session; `events` are those that were subscribed to, in order, until they are taken out.

    One thread at a time. A call that has no answer after WAIT_S raises TimeoutError.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        # Past the proxies that the environment may name.
        self._connection = socket.create_connection((address.hostname, address.port), WAIT_S)
        # A browser takes no session from a page, which would send its origin.
        self._socket = websocket.create_connection(
            f"{url}/session", WAIT_S, suppress_origin=True, socket=self._connection
        )
        self._numbers = itertools.count(1)
        self.events: list[Message] = []
        self.call("session.new", capabilities={})

    def call(self, method: str, **params: Any) -> Message:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        deadline_s = time.monotonic() + WAIT_S
        while time.monotonic() < deadline_s:
            message: Message = json.loads(self._socket.recv())
            if message.get("id") != number:
                self.events.append(message)
            elif message["type"] == "error":
                raise BidiError(f"{method}: {message['error']}: {message['message']}")
            else:
                return dict(message["result"])
        raise TimeoutError(method)

    def close(self) -> None:
        self._socket.close(timeout=1)
        self._connection.close()
