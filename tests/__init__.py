"""Tests with real parts: a store, a server process, curl, a browser, proxies."""

from pathlib import Path

# The modules of `support` under their former names, until no test uses these.
__path__.append(str(Path(__file__).parent / "support"))
