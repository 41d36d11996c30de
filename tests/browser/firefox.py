"""Debian's Firefox, headless, in a profile of its own, and what somebody does in its tabs."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.bidi import Bidi, BidiError
from tests.support.waiting import WAIT_S, wait_until

# What a profile needs beside what Firefox sets by itself for a browser that is driven.
_PREFERENCES = {
    "app.update.disabledForTesting": True,
    "browser.startup.page": 0,
    "network.proxy.type": 0,
    # Loaded in the background, where nobody asked for it.
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
_SPECIAL = {"Enter": "\ue007", "ArrowUp": "\ue013", "Escape": "\ue00c", "Tab": "\ue004"}
_MIDDLE = """(() => {
    const found = [...document.querySelectorAll(SELECTOR)].find((each) => each.checkVisibility());
    if (!found) return null;
    found.scrollIntoView({ block: "nearest", behavior: "instant" });
    const { x, y, width, height } = found.getBoundingClientRect();
    const [middleX, middleY] = [Math.floor(x + width / 2), Math.floor(y + height / 2)];
    const top = document.elementFromPoint(middleX, middleY);
    return top && (found.contains(top) || top.contains(found)) ? [middleX, middleY] : null;
})()"""


class Firefox:
    """`open_profile` is to a person what a window of a private browser is."""

    def __init__(self, bidi: Bidi) -> None:
        self._bidi = bidi
        bidi.call("session.subscribe", events=["log.entryAdded"])

    def open_profile(self) -> str:
        return str(self._bidi.call("browser.createUserContext")["userContext"])

    def open_tab(self, profile: str, url: str, *, width: int = 1280, height: int = 800) -> "Tab":
        # A tab in the background would show and time things as one that nobody sees.
        options = {"type": "window", "userContext": profile}
        context = self._bidi.call("browsingContext.create", **options)["context"]
        tab = Tab(self._bidi, context)
        tab.resize(width, height)
        tab.go_to(url)
        return tab

    def close_all(self) -> None:
        """All tabs but one, without which Firefox would end."""
        contexts = self._bidi.call("browsingContext.getTree")["contexts"]
        for each in contexts[1:]:
            self._bidi.call("browsingContext.close", context=each["context"])

    def take_errors(self) -> list[str]:
        """What a console has shown as an error since this was asked last."""
        self._bidi.call("session.status")
        logged = [
            each["params"] for each in self._bidi.events if each["method"] == "log.entryAdded"
        ]
        self._bidi.events.clear()
        return [f"{each['type']}: {each['text']}" for each in logged if each["level"] == "error"]


class Tab:
    def __init__(self, bidi: Bidi, context: str) -> None:
        self._bidi = bidi
        self._context = context

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._bidi.call(method, context=self._context, **params)

    def go_to(self, url: str) -> None:
        self._call("browsingContext.navigate", url=url, wait="complete")

    def reload(self) -> None:
        self._call("browsingContext.reload", wait="complete")

    def close(self) -> None:
        self._call("browsingContext.close")

    def resize(self, width: int, height: int) -> None:
        self._call("browsingContext.setViewport", viewport={"width": width, "height": height})

    def take_screenshot(self) -> str:
        """A PNG, in base64."""
        return str(self._call("browsingContext.captureScreenshot")["data"])

    def evaluate(self, expression: str) -> Any:
        """The value of this JavaScript, once its promise is kept."""
        answer = self._bidi.call(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})) ?? 'null')()",
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def wait_for(self, expression: str, wanted: Any = True) -> None:
        """Until this JavaScript has this value; the page may be loading meanwhile."""
        deadline_s = time.monotonic() + WAIT_S
        found: Any = None
        while time.monotonic() < deadline_s:
            with contextlib.suppress(BidiError, AssertionError):
                found = self.evaluate(expression)
                if found == wanted:
                    return
            time.sleep(0.02)
        assert found == wanted, expression

    def hover(self, selector: str) -> None:
        self._point(selector)

    def click(self, selector: str) -> None:
        down, up = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        self._point(selector, down, up)

    def _point(self, selector: str, *then: dict[str, Any]) -> None:
        """At the first that can be seen, once nothing lies above it."""
        at = wait_until(lambda: self.evaluate(_MIDDLE.replace("SELECTOR", json.dumps(selector))))
        move = {"type": "pointerMove", "x": at[0], "y": at[1]}
        self._perform({"type": "pointer", "id": "mouse", "actions": [move, *then]})

    def type(self, text: str) -> None:
        """Into what has the focus."""
        actions = [{"type": kind, "value": each} for each in text for kind in ("keyDown", "keyUp")]
        self._perform({"type": "key", "id": "keyboard", "actions": actions})

    def press(self, key: str) -> None:
        self.type(_SPECIAL[key])

    def _perform(self, source: dict[str, Any]) -> None:
        self._call("input.performActions", actions=[source])


@contextlib.contextmanager
def open_firefox(path: str, folder: Path) -> Iterator[Firefox]:
    """`folder` is new, and holds the profile and what Firefox writes."""
    profile = folder / "profile"
    profile.mkdir(parents=True)
    lines = (f'user_pref("{name}", {json.dumps(value)});' for name, value in _PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines))
    # A port of 0 is any; the profile says which it is.
    flags = ("--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0")
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            [path, *flags],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": str(folder), "MOZ_DISABLE_AUTO_SAFE_MODE": "1"},
            start_new_session=True,
        )
    try:
        address = wait_until(lambda: _find_address(process, profile, folder / "output.txt"))
        bidi = Bidi(address)
        try:
            yield Firefox(bidi)
        finally:
            bidi.close()
    finally:
        _end(process)


def _find_address(process: "subprocess.Popen[bytes]", profile: Path, output: Path) -> str | None:
    assert process.poll() is None, output.read_text(errors="replace")
    try:
        server = json.loads((profile / "WebDriverBiDiServer.json").read_text())
    except (OSError, ValueError):
        return None
    return f"ws://{server['ws_host']}:{server['ws_port']}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """With the processes of its tabs, which are of its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
