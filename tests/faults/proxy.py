"""haproxy before the nodes of a site, with the config that `sse-chat deploy haproxy` prints."""

import subprocess
from pathlib import Path

from sse_chat.deploy.command import read_file
from tests.support.haproxy import aim
from tests.support.programs import free_port, need, start


class Proxy:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder / "proxy"
        self._config = self._folder / "haproxy.cfg"
        self._process: subprocess.Popen[bytes] | None = None

    def set_nodes(self, ports: list[int]) -> None:
        """The printed file, for this machine's ports."""
        self._folder.mkdir()
        nodes = [f"127.0.0.1:{port}" for port in ports]
        self._config.write_text(aim(read_file("haproxy"), f"127.0.0.1:{self.port}", nodes))

    def start(self) -> None:
        command = [need("haproxy"), "-f", str(self._config)]
        self._process = start(command, self.port, self._folder)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
