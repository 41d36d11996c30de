"""The settings that the help pages show for reverse proxies, each in the real program."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.http.test_help import blocks_of
from tests.support.client import environment, run, running
from tests.support.programs import Config, Through, free_port, need, nginx
from tests.support.servers import Launcher, ServerProcess

pytestmark = pytest.mark.long

_APACHE_MODULES = ("mpm_event", "authz_core", "proxy", "proxy_http", "headers")


def shown(language: str, page: str = "reverse-proxies", number: int = 0) -> str:
    return blocks_of(page, language)[number]


def aimed(lines: str, port: int, origin: str) -> str:
    """With the ports of this test instead of those that are shown."""
    upstream = httpx.URL(origin).port
    lines = lines.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    lines = lines.replace('.port = "8000"', f'.port = "{upstream}"').replace(
        "8000 0", f"{upstream} 0"
    )
    return lines.replace("bind :80\n", f"bind 127.0.0.1:{port}\n").replace(
        ":80 {", f"http://127.0.0.1:{port} {{"
    )


def haproxy(folder: Path, port: int, origin: str) -> list[str]:
    config = folder / "haproxy.cfg"
    config.write_text(aimed(shown("haproxy"), port, origin))
    return [need("haproxy"), "-db", "-f", str(config)]


def apache(folder: Path, port: int, origin: str) -> list[str]:
    modules = Path("/usr/lib/apache2/modules")
    loads = "".join(
        f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in _APACHE_MODULES
    )
    config = folder / "apache.conf"
    config.write_text(
        f"ServerRoot {folder}\nServerName localhost\nListen 127.0.0.1:{port}\n"
        f"PidFile {folder}/pid\nErrorLog {folder}/error.log\n{loads}"
        + aimed(shown("apache"), port, origin)
    )
    return [need("apache2"), "-D", "FOREGROUND", "-f", str(config)]


def caddy(folder: Path, port: int, origin: str) -> list[str]:
    config = folder / "Caddyfile"
    config.write_text("{\nadmin off\n}\n" + aimed(shown("caddy"), port, origin))
    return [need("caddy"), "run", "--adapter", "caddyfile", "--config", str(config)]


def varnish(folder: Path, port: int, origin: str) -> list[str]:
    config = folder / "chat.vcl"
    config.write_text(aimed(shown("vcl"), port, origin))
    listen = ["-a", f"127.0.0.1:{port}", "-n", str(folder / "work")]
    return [need("varnishd"), "-F", "-f", str(config), "-j", "none", "-s", "malloc,10m", *listen]


def squid(folder: Path, port: int, origin: str) -> list[str]:
    folder.chmod(0o777)
    config = folder / "squid.conf"
    lines = aimed(shown("squid"), port, origin).replace(
        "http_port 80", f"http_port 127.0.0.1:{port}"
    )
    config.write_text(
        f"{lines}\npid_filename {folder}/pid\naccess_log none\ncache_log {folder}/cache.log\n"
        f"coredump_dir {folder}\nnetdb_filename none\nshutdown_lifetime 0 seconds\n"
    )
    return [need("squid"), "-N", "-f", str(config)]


def lighttpd_that_streams(folder: Path, port: int, origin: str) -> list[str]:
    upstream = httpx.URL(origin).port
    config = folder / "lighttpd.conf"
    config.write_text(
        f'server.document-root = "{folder}"\nserver.port = {port}\nserver.bind = "127.0.0.1"\n'
        f'server.modules = ("mod_proxy")\n{shown("lighttpd")}'
        f'proxy.server = ("" => (("host" => "127.0.0.1", "port" => {upstream})))\n'
    )
    return [need("lighttpd"), "-D", "-f", str(config)]


NGINX = nginx(shown("nginx").replace("http://127.0.0.1:8000", "$origin"))
PROXIES = [
    pytest.param(NGINX, id="nginx"),
    pytest.param(haproxy, id="haproxy"),
    pytest.param(apache, id="apache"),
    pytest.param(caddy, id="caddy"),
    pytest.param(varnish, id="varnish"),
    pytest.param(squid, id="squid"),
]


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    launcher = Launcher(tmp_path_factory.mktemp("behind"))
    yield launcher("--trusted-proxies", "127.0.0.1", "--limits", "off")
    launcher.stop()


@pytest.mark.parametrize("config", PROXIES)
def test_the_settings_do_what_is_said(
    behind: ServerProcess, through: Through, config: Config
) -> None:
    front = through(config, behind.url)
    done = run("doctor", front, "--wait", "1")
    report = done.stdout.decode()
    assert done.returncode == 0, report
    # How late each comes is the machine's affair here, with several proxies at a time.
    assert "This path lets server-sent events through." in report
    assert "--trusted-proxies" not in report
    # The address that people use is shown, and a browser without Sec-Fetch-Site may sign in.
    assert f"curl -N {front}/chat/lobby" in httpx.get(front).text
    signed_in = httpx.post(f"{front}/session", data={"name": "ann"}, headers={"Origin": front})
    assert signed_in.status_code == 200
    # So is the name that it was asked for, or a rebound one would be served.
    foreign = httpx.get(f"{front}/rooms", headers={"Host": "evil.example"})
    # Caddy answers for a name that it has no site for by itself, with nothing.
    assert foreign.status_code == 421 or not foreign.content
    said = {"X-Forwarded-For": "192.0.2.77"}
    # A client whose address is not that of the proxy.
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as client:
        author = client.post(f"{front}/chat/lobby", content="hi", headers=said).json()["author"]
        direct = client.post(f"{behind.url}/chat/lobby", content="hi").json()["author"]
    assert author == direct, "a client must not choose its address"


@pytest.mark.parametrize("config", PROXIES)
def test_a_pipe_comes_through_line_by_line(
    behind: ServerProcess, through: Through, config: Config
) -> None:
    room = f"{through(config, behind.url)}/chat/t{free_port()}"
    command = ["curl", "-sS", "--max-time", "30", "-u", "ann:", "-T", "-", room]
    with running("tail", room, "--after", "0") as tail:
        curl = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert curl.stdin is not None
        try:
            for number in range(3):
                curl.stdin.write(b"line %d\n" % number)
                curl.stdin.flush()
                tail.wait_line(f": line {number}")
            answer, _ = curl.communicate(timeout=60)
        finally:
            curl.kill()
            curl.wait()
    assert b'"count":3' in answer


def test_lighttpd_streams_when_told_to(behind: ServerProcess, through: Through) -> None:
    done = run("doctor", through(lighttpd_that_streams, behind.url), "--wait", "1")
    assert done.returncode == 0, done.stdout.decode()


def test_squid_takes_the_lines_for_an_allow_list(tmp_path: Path) -> None:
    config = tmp_path / "squid.conf"
    config.write_text(
        "http_port 3128\nicap_enable on\n"
        "icap_service scanner respmod_precache icap://127.0.0.1:1344/echo\n"
        + shown("squid", "networks")
    )
    command = [need("squid"), "-k", "parse", "-f", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    assert "unrecognized" not in done.stderr
