"""The server behind the proxies: it can be killed and come back, and its store stays."""

import signal
import time
from pathlib import Path
from typing import Any

import httpx

from sse_chat.store.embedded import EmbeddedStore
from tests.support.programs import free_port
from tests.support.servers import Launcher, ServerProcess


class Origin:
    def __init__(self, folder: Path, *flags: str, scheme: str = "http") -> None:
        self._launch = Launcher(folder)
        self._folder = folder
        self._scheme = scheme
        self._port = free_port()
        self._store = EmbeddedStore(folder / "store")
        self._store.start()
        self._flags = ("--limits", "off", "--redis", self._store.url, *flags)
        self._server: ServerProcess
        self.start()
        self._client = self.client()

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._server = self._launch(
            *self._flags, port=self._port, data=self._folder / "data", scheme=self._scheme
        )

    def kill(self) -> None:
        self._server.process.kill()
        self._server.process.wait()

    def freeze(self) -> None:
        """It takes connections and answers none, as while it starts."""
        self._server.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._server.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self._client.close()
        self._launch.stop()
        self._store.stop()

    def client(self, **options: Any) -> httpx.Client:
        """Past all proxies."""
        return httpx.Client(base_url=self.url, verify=False, trust_env=False, **options)

    def say(self, room: str, text: str) -> tuple[str, float]:
        """Past the proxy; its id, and the time of the post."""
        began_s = time.time()
        answer = self._client.post(f"/chat/{room}", data={"text": text})
        assert answer.status_code == 201, answer.text
        entry_id: str = answer.json()["id"]
        return entry_id, began_s
