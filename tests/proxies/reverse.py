"""Reverse proxies as configs: what stands before a server."""

from pathlib import Path

import trustme

from tests.support.programs import Config, need, nginx

_PASS = "proxy_pass $origin; proxy_http_version 1.1; proxy_set_header Host $http_host;"

nginx_plain = nginx("location / { proxy_pass $origin; }")
nginx_gzip = nginx(f"location / {{ {_PASS} }}", "gzip on; gzip_types *; gzip_min_length 20;")
nginx_gzip_deaf = nginx(
    f"location / {{ {_PASS} proxy_ignore_headers X-Accel-Buffering; }}",
    "gzip on; gzip_types *; gzip_min_length 20;",
)


def haproxy(lines: str = "", timeout: str = "50s") -> Config:
    """With Debian's time-outs."""

    def write(folder: Path, port: int, origin: str) -> list[str]:
        config = folder / "haproxy.cfg"
        config.write_text(
            "defaults\n mode http\n timeout connect 5s\n"
            f" timeout client {timeout}\n timeout server {timeout}\n"
            f"listen front\n bind 127.0.0.1:{port}\n {lines}\n"
            f" server origin {origin.removeprefix('http://')}\n"
        )
        return [need("haproxy"), "-db", "-f", str(config)]

    return write


haproxy_gzip = haproxy(
    "compression algo gzip\n compression type text/event-stream application/json text/html"
)

_APACHE_MODULES = ("mpm_event", "authz_core", "proxy", "proxy_http")


def apache(lines: str, *modules: str) -> Config:
    def write(folder: Path, port: int, origin: str) -> list[str]:
        program, home = need("apache2"), Path("/usr/lib/apache2/modules")
        loads = []
        for name in (*_APACHE_MODULES, *modules):
            file = home / f"mod_{name}.so"
            if not file.exists():
                need(file.name)
            loads.append(f"LoadModule {name}_module {file}")
        config = folder / "apache.conf"
        config.write_text(
            "\n".join(loads)
            + f"\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
            f"ErrorLog {folder}/error.log\nDefaultRuntimeDir {folder}\n"
            f"ProxyPass / {origin}/ retry=0\n{lines.format(folder=folder)}\n"
        )
        return [program, "-DFOREGROUND", "-d", str(folder), "-f", str(config)]

    return write


apache_deflate = apache(
    "AddOutputFilterByType DEFLATE text/html application/json text/event-stream",
    "deflate",
    "filter",
)
apache_scanning = apache(
    "SecRuleEngine On\nSecRequestBodyAccess On\nSecResponseBodyAccess On\n"
    "SecResponseBodyMimeType text/plain text/html text/event-stream\n"
    "SecTmpDir {folder}\nSecDataDir {folder}",
    "unique_id",
    "security2",
)


def varnish(vcl: str = "", *flags: str) -> Config:
    def write(folder: Path, port: int, origin: str) -> list[str]:
        config = folder / "default.vcl"
        upstream = origin.rpartition(":")[2]
        config.write_text(
            f'vcl 4.1;\nbackend default {{ .host = "127.0.0.1"; .port = "{upstream}"; }}\n{vcl}\n'
        )
        listen = ["-a", f"127.0.0.1:{port}", "-n", str(folder / "work"), "-f", str(config)]
        # No jail: its users may not read a folder of a test.
        return [need("varnishd"), "-F", "-j", "none", "-s", "default,16m", *listen, *flags]

    return write


varnish_gzip = varnish("sub vcl_backend_response { set beresp.do_gzip = true; }")


def caddy(folder: Path, port: int, origin: str) -> list[str]:
    config = folder / "Caddyfile"
    config.write_text(
        "{\n admin off\n auto_https off\n}\n"
        f"http://127.0.0.1:{port} {{\n bind 127.0.0.1\n encode gzip\n"
        f" reverse_proxy {origin.removeprefix('http://')}\n}}\n"
    )
    return [need("caddy"), "run", "--adapter", "caddyfile", "--config", str(config)]


def nghttpx(folder: Path, port: int, origin: str, *, max_requests: int = 0) -> list[str]:
    """TLS and HTTP/2 in front. `max_requests`: of one connection, then GOAWAY; 0 for any number."""
    program = need("nghttpx")
    certificate, config = folder / "server.pem", folder / "nghttpx.conf"
    config.write_text("")
    issued = trustme.CA().issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
    upstream = origin.rpartition(":")[2]
    ends = [f"--frontend=127.0.0.1,{port}", f"--backend=127.0.0.1,{upstream}"]
    files = [str(certificate), str(certificate)]
    most = [f"--frontend-max-requests={max_requests}"] if max_requests else []
    return [program, f"--conf={config}", "--workers=1", "--no-ocsp", *most, *ends, *files]
