"""What the settings say together: certificates, proxies, the public address."""

import ssl
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from sse_chat.check.findings import Finding, fatal, note, ok, wrong
from sse_chat.settings import Settings

_SOON = timedelta(days=14)


def check_given(settings: Settings, now: datetime) -> Iterator[Finding]:
    yield from _check_certificate(settings, now)
    yield from _check_proxies(settings)


def _check_certificate(settings: Settings, now: datetime) -> Iterator[Finding]:
    what, path = "certificate", settings.ssl_certfile
    if not path:
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path, settings.ssl_keyfile or None)
        found = x509.load_pem_x509_certificates(Path(path).read_bytes())[0]
    except (OSError, ValueError, IndexError) as exc:
        yield fatal(
            what,
            f"{path} cannot be used: {exc}",
            "--ssl-certfile is the chain, the server's own first; --ssl-keyfile is its key",
        )
        return
    yield _check_dates(what, path, found, now)
    host = urlsplit(settings.public_url).hostname or ""
    names = _names_of(found)
    if host and not any(_covers(name, host) for name in names):
        shown = ", ".join(names) or "no name"
        yield wrong(
            what,
            f"it is for {shown}, not for {host}",
            f"get one for {host}, or correct --public-url",
        )
    key = Path(settings.ssl_keyfile or path)
    if stat.S_IMODE(key.stat().st_mode) & 0o007:
        yield wrong(what, f"everybody on this machine can read {key}", f"chmod o= {key}")


def _check_dates(what: str, path: str, found: x509.Certificate, now: datetime) -> Finding:
    begins, ends = found.not_valid_before_utc, found.not_valid_after_utc
    if now < begins:
        return wrong(what, f"{path} is valid from {begins:%Y-%m-%d} on", "is the clock right?")
    if now >= ends:
        return wrong(what, f"{path} ended on {ends:%Y-%m-%d}", "renew it, then reload the server")
    if ends - now < _SOON:
        return note(what, f"{path} ends on {ends:%Y-%m-%d}", "renew it, then reload the server")
    return ok(what, f"{path}, until {ends:%Y-%m-%d}")


def _names_of(found: x509.Certificate) -> list[str]:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = names.get_values_for_type(x509.IPAddress)
    return [*names.get_values_for_type(x509.DNSName), *map(str, addresses)]


def _covers(name: str, host: str) -> bool:
    """A star stands for one label. Source: RFC 6125, section 6.4.3."""
    name, host = name.lower(), host.lower()
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2])


def _check_proxies(settings: Settings) -> Iterator[Finding]:
    what = "proxies"
    networks = [ip_network(part.strip()) for part in settings.trusted_proxies.split(",") if part]
    wide = [str(network) for network in networks if network.prefixlen == 0]
    if wide:
        yield wrong(
            what,
            f"--trusted-proxies {', '.join(wide)} lets everybody forge their address",
            "list only the addresses of your own proxies",
        )
    elif networks:
        yield ok(what, f"{settings.trusted_proxies} may set the address of a client")
        if not settings.public_url and not settings.hosts:
            yield note(
                what,
                "any host name that such a proxy passes on is accepted, also a foreign one that "
                "resolves to it",
                "--public-url https://chat.example.org, or --hosts chat.example.org",
            )
    elif settings.public_url.startswith("https://") and not settings.ssl_certfile:
        yield note(
            what,
            "--public-url is https, so a proxy terminates TLS, but none is trusted: everyone "
            "would share its address",
            "--trusted-proxies ADDRESS, as the printed settings of the proxy say",
        )
    else:
        yield ok(what, "none is trusted, so each connection counts as the client's own")
