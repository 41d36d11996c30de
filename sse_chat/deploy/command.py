"""`sse-chat deploy`: prints a file to begin with. A new one is a file here and a row."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).parent
FILES = {
    "systemd": "sse-chat.service",
    "systemd-socket": "sse-chat.socket",
    "backup-timer": "sse-chat-backup.timer",
    "backup-service": "sse-chat-backup.service",
    "docker": "Dockerfile",
    "compose": "compose.yaml",
    "kubernetes": "kubernetes.yaml",
    "nginx": "nginx.conf",
    "haproxy": "haproxy.cfg",
    "caddy": "Caddyfile",
    "traefik": "traefik.yaml",
    "apache": "apache.conf",
    "fail2ban": "fail2ban.conf",
    "alerts": "alerts.yaml",
    "grafana": "grafana.json",
}


def read_file(name: str) -> str:
    return (_FOLDER / FILES[name]).read_text()


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", choices=FILES, metavar="FILE", help=", ".join(FILES))


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    sys.stdout.write(read_file(flags.file))
    return 0
