"""Tests with real parts: a store, a server process, curl, a browser, proxies."""
