"""Forward proxies as configs: what stands before a browser."""

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.support.programs import Config, need


def squid(lines: str = "") -> Config:
    def write(folder: Path, port: int, origin: str) -> list[str]:
        config = folder / "squid.conf"
        config.write_text(
            f"http_port 127.0.0.1:{port}\nhttp_access allow all\ncache deny all\n"
            "access_log none\ncache_log /dev/null\nnetdb_filename none\n"
            "pid_filename none\nshutdown_lifetime 0 seconds\npinger_enable off\n"
            f"max_filedescriptors 1024\nvisible_hostname localhost\n{lines}\n"
        )
        return [need("squid"), "-N", "-f", str(config)]

    return write


def squid_with_icap(folder: Path, port: int, scanner: str) -> list[str]:
    """Every answer passes through a scanner, which asks for the first KB before it lets go."""
    config = squid(
        "icap_enable on\nicap_preview_enable on\nicap_preview_size 1024\n"
        f"icap_service echo respmod_precache {scanner.replace('http:', 'icap:')}/echo\n"
        "adaptation_access echo allow all"
    )
    return config(folder, port, scanner)


def c_icap(folder: Path, port: int, origin: str) -> list[str]:
    """The scanner: its own echo service."""
    modules = next(Path("/usr/lib").glob("*/c_icap"), Path("/usr/lib"))
    config = folder / "c-icap.conf"
    config.write_text(
        f"Port 127.0.0.1:{port}\nPidFile {folder}/pid\nCommandsSocket {folder}/ctl\n"
        "StartServers 1\nMaxServers 2\nThreadsPerChild 20\nTmpDir /tmp\n"
        f"ServerLog {folder}/server.log\nAccessLog {folder}/access.log\n"
        f"ModulesDir {modules}\nServicesDir {modules}\n"
        "LoadMagicFile /etc/c-icap/c-icap.magic\nService echo srv_echo.so\n"
    )
    return [need("c-icap"), "-N", "-f", str(config)]


def e2guardian(folder: Path, port: int, origin: str) -> list[str]:
    """Debian's config, on this port and in this folder."""
    program, debian = need("e2guardian"), Path("/etc/e2guardian")
    text = (debian / "e2guardian.conf").read_text()
    for name, value in {"filterip": "127.0.0.1", "filterports": port, "httpworkers": 60}.items():
        text = re.sub(rf"^{name} =.*$", f"{name} = {value}", text, flags=re.MULTILINE)
    text = re.sub(r"^transparenthttpsport.*$", "", text, flags=re.MULTILINE)
    owner = "root" if os.geteuid() == 0 else os.environ.get("USER", "nobody")
    config = folder / "e2guardian.conf"
    config.write_text(
        f"{text}\nloglocation = '{folder}/access.log'\npidfilename = '{folder}/pid'\n"
        f"daemonuser = '{owner}'\ndaemongroup = '{owner}'\n"
    )
    shutil.copy(debian / "e2guardianf1.conf", folder)
    return [program, "-N", "-c", str(config)]


def mitmdump(folder: Path, port: int, origin: str) -> list[str]:
    """From PyPI in a venv of its own, whose folder CHAT_TESTS_MITMPROXY names."""
    program = Path(os.environ.get("CHAT_TESTS_MITMPROXY", "/nonexistent")) / "bin" / "mitmdump"
    if not program.exists():
        if os.environ.get("CHAT_TESTS_REQUIRE") == "all":
            pytest.fail("mitmdump is required: CHAT_TESTS_MITMPROXY must name its venv")
        pytest.skip("CHAT_TESTS_MITMPROXY names no venv with mitmproxy")
    listen = ["--listen-host", "127.0.0.1", "--listen-port", str(port)]
    return [str(program), "-q", "--set", f"confdir={folder}", *listen]
