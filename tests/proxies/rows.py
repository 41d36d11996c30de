"""The matrix: each proxy with a config, and what is expected of it."""

from dataclasses import dataclass

from tests.proxies import forward, reverse
from tests.support.programs import Config, lighttpd, privoxy, tinyproxy


@dataclass(frozen=True)
class Row:
    """`step` is where the page settles: 1 sse, 2 ndjson, 3 long-poll."""

    name: str
    config: Config
    step: int = 1
    is_forward: bool = False
    # A program that the proxy asks about each answer.
    scanner: Config | None = None
    # The server behind a forward proxy has TLS, so that the browser asks for a tunnel.
    is_tunnel: bool = False
    # TLS at the proxy.
    is_https: bool = False

    @property
    def streams_sse(self) -> bool:
        return self.step == 1

    @property
    def streams_ndjson(self) -> bool:
        return self.step <= 2


ROWS = (
    Row("nginx", reverse.nginx_plain),
    Row("nginx, gzip of everything", reverse.nginx_gzip),
    Row("nginx, gzip, deaf to X-Accel-Buffering", reverse.nginx_gzip_deaf),
    Row("haproxy", reverse.haproxy()),
    Row("haproxy, gzip", reverse.haproxy_gzip),
    Row("apache, deflate", reverse.apache_deflate),
    Row("apache, ModSecurity", reverse.apache_scanning, step=2),
    Row("varnish", reverse.varnish()),
    Row("varnish, gzip", reverse.varnish_gzip),
    Row("caddy, gzip", reverse.caddy),
    Row("nghttpx, TLS and HTTP/2", reverse.nghttpx, is_https=True),
    Row("lighttpd", lighttpd, step=3),
    Row("squid", forward.squid(), is_forward=True),
    Row("squid, c-icap", forward.squid_with_icap, is_forward=True, scanner=forward.c_icap),
    Row("squid, tunnel to TLS", forward.squid(), is_forward=True, is_tunnel=True),
    Row("tinyproxy", tinyproxy(), is_forward=True),
    Row("privoxy", privoxy, step=2, is_forward=True),
    Row("e2guardian", forward.e2guardian, step=2, is_forward=True),
    Row("mitmproxy", forward.mitmdump, step=3, is_forward=True),
)
