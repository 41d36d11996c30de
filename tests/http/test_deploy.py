"""The files of `sse-chat deploy`, each checked by the program that reads it."""

import gzip
import json
import os
import re
import subprocess
import sys
from argparse import Namespace
from dataclasses import fields
from pathlib import Path

import httpx
import pytest
import yaml

from sse_chat.deploy.command import FILES, read_file
from sse_chat.settings import Settings, read_settings, variable_of
from tests.support.haproxy import aim
from tests.support.places import ROOT
from tests.support.programs import free_port, need, start, stop
from tests.support.servers import Launcher, ServerProcess
from tests.support.stores import run_store
from tests.support.waiting import wait_until

_NGINX = "events {{}} error_log {0}/e; pid {0}/pid; http {{ access_log off; include {0}/file; }}"
_APACHE = """
ServerRoot {0}
ServerName test
PidFile {0}/pid
ErrorLog {0}/error.log
Listen 127.0.0.1:8099
{1}
Include {0}/file
"""
_COMMAND = f"{sys.executable} -m sse_chat"
_APACHE_MODULES = ("mpm_event", "authz_core", "authz_host", "proxy", "proxy_http", "headers")


def check(command: list[str], **options: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout + done.stderr)


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The file under the name `file`."""
    path = tmp_path / "file"
    path.write_text(read_file(request.param))
    return path


@pytest.mark.parametrize("file", ["nginx"], indirect=True)
def test_nginx_takes_its_file(file: Path) -> None:
    config = file.parent / "nginx.conf"
    config.write_text(_NGINX.format(file.parent))
    check([need("nginx"), "-t", "-e", str(file.parent / "e"), "-c", str(config)])


@pytest.mark.parametrize("file", ["haproxy"], indirect=True)
def test_haproxy_takes_its_file(file: Path) -> None:
    check([need("haproxy"), "-c", "-f", str(file)])


def test_behind_haproxy_a_node_answers_while_none_is_ready(
    tmp_path: Path, launch: Launcher
) -> None:
    with run_store(tmp_path / "redis") as store:
        server = launch("--redis", store.url)
        port, config = free_port(), tmp_path / "haproxy.cfg"
        node = server.url.removeprefix("http://")
        config.write_text(aim(read_file("haproxy"), f"127.0.0.1:{port}", [node]))
        process = start([need("haproxy"), "-f", str(config)], port, tmp_path)
        try:
            store.freeze()
            # haproxy has asked, too, by the time that this is answered.
            wait_until(lambda: httpx.get(f"{server.url}/readyz", timeout=60).status_code == 503)
            answer = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=60)
            assert answer.status_code == 200, answer.text
            read = httpx.get(f"http://127.0.0.1:{port}/chat/lobby/messages", timeout=60)
            assert read.json()["error"] == "store_unavailable"
        finally:
            store.thaw()
            stop(process)


@pytest.mark.parametrize("file", ["caddy"], indirect=True)
def test_caddy_takes_its_file(file: Path) -> None:
    check([need("caddy"), "validate", "--adapter", "caddyfile", "--config", str(file)])


@pytest.mark.parametrize("file", ["apache"], indirect=True)
def test_apache_takes_its_file(file: Path) -> None:
    config = file.parent / "apache.conf"
    modules = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
        for name in _APACHE_MODULES
    )
    config.write_text(_APACHE.format(file.parent, modules))
    check([need("apache2"), "-t", "-f", str(config)])


@pytest.mark.parametrize("file", ["systemd"], indirect=True)
def test_systemd_takes_the_unit(file: Path) -> None:
    unit = file.parent / "sse-chat.service"
    # The program that it starts need not be on this machine.
    unit.write_text(file.read_text().replace("/opt/sse-chat/bin/sse-chat", "/bin/true"))
    said = check([need("systemd-analyze"), "verify", "--man=no", str(unit)])
    assert "sse-chat.service" not in said


@pytest.mark.parametrize("file", ["systemd-socket"], indirect=True)
def test_systemd_takes_the_socket_unit(file: Path) -> None:
    unit = file.parent / "sse-chat.socket"
    unit.write_text(file.read_text())
    service = read_file("systemd").replace("/opt/sse-chat/bin/sse-chat", "/bin/true")
    (file.parent / "sse-chat.service").write_text(service)
    said = check([need("systemd-analyze"), "verify", "--man=no", str(unit)])
    assert "sse-chat.socket" not in said


def test_systemd_takes_the_backup_of_each_night(tmp_path: Path) -> None:
    for name in ("backup-timer", "backup-service"):
        written = read_file(name).replace("/opt/sse-chat/bin/sse-chat", "/bin/true")
        (tmp_path / FILES[name]).write_text(written)
    unit = tmp_path / FILES["backup-timer"]
    said = check([need("systemd-analyze"), "verify", "--man=no", str(unit)])
    assert "sse-chat-backup" not in said
    (when,) = re.findall(r"^OnCalendar=(.*)$", unit.read_text(), re.MULTILINE)
    assert "03:30:00" in check([need("systemd-analyze"), "calendar", when])


def test_the_backup_of_each_night_is_made_and_old_ones_go(
    server: ServerProcess, tmp_path: Path
) -> None:
    """The lines that systemd would run, in a folder of this test."""
    written = read_file("backup-service").replace("/opt/sse-chat/bin/sse-chat", _COMMAND)
    written = written.replace("/var/lib/sse-chat-backup", str(tmp_path))
    written = written.replace("/var/lib/sse-chat", str(server.data))
    old = tmp_path / "2020-01-01.ndjson.gz"
    old.touch()
    os.utime(old, (0, 0))
    for line in re.findall(r"^ExecStart=(.*)$", written, re.MULTILINE):
        check(["/bin/sh", "-c", line.replace("%%", "%").replace("$$", "$")])
    (made,) = tmp_path.iterdir()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d\.ndjson\.gz", made.name)
    head, *_ = gzip.decompress(made.read_bytes()).splitlines()
    assert isinstance(json.loads(head), dict)


def test_the_files_of_kubernetes_name_each_other() -> None:
    deployment, service, budget, ingress = yaml.safe_load_all(read_file("kubernetes"))
    kinds = [each["kind"] for each in (deployment, service, budget, ingress)]
    assert kinds == ["Deployment", "Service", "PodDisruptionBudget", "Ingress"]
    template = deployment["spec"]["template"]
    labels = template["metadata"]["labels"]
    for selector in (
        deployment["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        budget["spec"]["selector"]["matchLabels"],
    ):
        assert selector == labels
    (container,) = template["spec"]["containers"]
    (port,) = container["ports"]
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]
    for probe in ("readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] == port["name"]
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == service["metadata"]["name"]
    assert backend["port"]["name"] == service["spec"]["ports"][0]["name"]
    volumes = {each["name"] for each in template["spec"]["volumes"]}
    assert {each["name"] for each in container["volumeMounts"]} == volumes
    values = {each["name"]: each["value"] for each in container["env"]}
    assert (
        read_settings(Namespace(), values).drain_delay
        < (template["spec"]["terminationGracePeriodSeconds"])
    )


def test_the_file_of_traefik_names_what_it_has() -> None:
    http = yaml.safe_load(read_file("traefik"))["http"]
    (router,) = http["routers"].values()
    assert router["service"] in http["services"]
    assert set(router["middlewares"]) <= set(http["middlewares"])
    failover = http["services"][router["service"]]["failover"]
    ready, fallback = (
        http["services"][failover[name]]["loadBalancer"] for name in ("service", "fallback")
    )
    assert ready["healthCheck"]["path"] == "/readyz"
    assert "healthCheck" not in fallback
    for each in (ready, fallback):
        assert each["servers"] == [{"url": "http://127.0.0.1:8000"}]
        assert each["responseForwarding"] == {"flushInterval": "1ms"}


@pytest.mark.parametrize("file", ["systemd"], indirect=True)
def test_the_unit_is_as_closed_as_it_runs(file: Path) -> None:
    unit = file.parent / "sse-chat.service"
    unit.write_text(file.read_text())
    command = [need("systemd-analyze"), "security", "--offline=yes", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    (level,) = re.findall(r"Overall exposure level for sse-chat\.service: ([0-9.]+)", done.stdout)
    assert float(level) < 2


@pytest.mark.parametrize("name", ["nginx", "haproxy", "caddy", "apache", "traefik"])
def test_settings_of_a_proxy_say_what_the_server_needs(name: str) -> None:
    assert "sse-chat serve --trusted-proxies 127.0.0.1 --public-url https://" in read_file(name)


def test_containers_are_closed_and_their_store_has_a_password() -> None:
    written = read_file("compose")
    for line in ("read_only: true", "no-new-privileges:true", 'cap_drop: ["ALL"]'):
        assert line in written
    assert "--requirepass ${STORE_PASSWORD:?" in written
    assert "redis://:${STORE_PASSWORD:?" in written


@pytest.mark.parametrize("file", ["alerts"], indirect=True)
def test_prometheus_takes_the_alerts(file: Path) -> None:
    assert "11 rules found" in check([need("promtool"), "check", "rules", str(file)])


_LIMIT_HITS = """
rule_files: [file]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'sse_chat_limit_hits_total{instance="a", limit="person", worker="1"}'
        values: "0+200x20"
      - series: 'sse_chat_limit_hits_total{instance="a", limit="person", worker="2"}'
        values: "0+200x20"
      - series: 'sse_chat_limit_hits_total{instance="a", limit="room", worker="1"}'
        values: "0+10x20"
    alert_rule_test:
      - eval_time: 15m
        alertname: ChatRefusesMuch
        exp_alerts:
          - exp_labels: {severity: ticket, instance: a, limit: person}
            exp_annotations:
              summary: "The limit person refuses over 5 requests a second; the log says whose"
      - {eval_time: 15m, alertname: ChatPasswordsAreTried, exp_alerts: []}
"""


@pytest.mark.parametrize("file", ["alerts"], indirect=True)
def test_the_alert_names_the_limit_that_is_hit(file: Path) -> None:
    tests = file.parent / "tests.yaml"
    tests.write_text(_LIMIT_HITS)
    check([need("promtool"), "test", "rules", str(tests)])


@pytest.mark.parametrize("name", ["alerts", "grafana"])
def test_alerts_and_board_name_series_that_the_server_has(server: ServerProcess, name: str) -> None:
    said = httpx.get(f"{server.url}/metrics").text
    known = set(re.findall(r"^# TYPE (sse_chat_\w+)", said, re.MULTILINE))
    named = set(re.findall(r"sse_chat_\w+", read_file(name)))
    assert len(named) >= 6
    assert {each.removesuffix("_bucket") for each in named} <= known


def test_the_health_check_of_the_dockerfile_tells_a_ready_server(server: ServerProcess) -> None:
    written = read_file("docker").replace("\\\n", "")
    (command,) = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", written, re.MULTILINE)
    _, flag, program = json.loads(command)
    here = program.replace("http://127.0.0.1:8000", server.url)
    assert here != program
    check([sys.executable, flag, here])
    nowhere = program.replace("127.0.0.1:8000", f"127.0.0.1:{free_port()}")
    assert subprocess.run([sys.executable, flag, nowhere], capture_output=True).returncode != 0


@pytest.mark.parametrize("name", ["docker", "compose", "kubernetes"])
def test_what_is_set_in_containers_is_a_setting(name: str) -> None:
    named = set(re.findall(r"\bSSE_CHAT_\w+", read_file(name)))
    assert named
    assert named <= {variable_of(each) for each in fields(Settings)}


def test_every_file_is_printed_and_none_is_left_out() -> None:
    folder = ROOT / "sse_chat" / "deploy"
    others = {path.name for path in folder.iterdir() if path.suffix not in (".py", ".pyc")}
    assert others - {"__pycache__"} == set(FILES.values())
    json.loads(read_file("grafana"))
