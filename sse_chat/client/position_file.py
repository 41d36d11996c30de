"""A position kept in a file, so that a reader that is started again goes on where it was."""

import asyncio
import os
from pathlib import Path

from sse_chat.client.exits import Exit
from sse_chat.client.position import Cursor
from sse_chat.client.problems import Problem
from sse_chat.errors import SettingsError

_SAVE_EVERY_S = 1.0
_MAX_BYTES = 65_536


class PositionFile:
    """At least once: what was shown within a second before a kill may come again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beside = path.with_name(f".{path.name}.{os.getpid()}")
        self._saved = ""

    def read(self) -> str | None:
        """As `after` takes it, None where there is none yet; raises SettingsError, also for a file
        that could not be written later: what was shown by then would come again."""
        try:
            self._beside.touch()
            self._beside.unlink()
        except OSError as exc:
            raise SettingsError(
                f"--position {self._path} cannot be written: {exc.strerror or exc}"
            ) from exc
        try:
            with self._path.open(encoding="ascii") as file:
                self._saved = file.read(_MAX_BYTES).strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as exc:
            raise SettingsError(f"--position {self._path} cannot be read: {exc}") from exc
        return self._saved or None

    def save(self, position: Cursor) -> None:
        """Whole or not at all; raises Problem."""
        after = position.after
        if after == self._saved:
            return
        try:
            self._beside.write_text(f"{after}\n", encoding="ascii")
            self._beside.replace(self._path)
        except OSError as exc:
            raise Problem(Exit.FAILED, f"--position {self._path} is not written: {exc}") from exc
        self._saved = after

    async def keep(self, position: Cursor) -> None:
        """Runs until cancelled; raises Problem."""
        while True:
            await asyncio.sleep(_SAVE_EVERY_S)
            self.save(position)
