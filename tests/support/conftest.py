"""The names of tests/conftest.py under its former name, until no test uses it."""

from tests.support.programs import Through
from tests.support.servers import Launch, Launcher, ServerProcess, curl

__all__ = ["Launch", "Launcher", "ServerProcess", "Through", "curl"]
