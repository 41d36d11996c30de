"""What an owner sees of the server: its feeds, store and settings, and this very request."""

import os
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from sse_chat import __version__
from sse_chat.metrics.families import Family
from sse_chat.metrics.peers import Peers
from sse_chat.settings_view import view_settings
from sse_chat.web.http.forwarded import is_trusted, parse_networks
from sse_chat.web.http.proxied import (
    TrustedProxies,
    base_url,
    client_address,
    forwarded_of,
    is_behind_untrusted,
    root_of,
)
from sse_chat.web.http.requests import services_of

# Of these the largest of all workers counts, of all others the sum.
_LARGEST = {"slowest_cursor_lag_seconds", "disk_free_bytes", "draining", "store_away"}


async def describe_state(request: Request) -> dict[str, Any]:
    """Over all workers of this node."""
    peers: Peers = request.app.state.peers
    workers = await peers.gather()
    found = _sum(workers)
    services = services_of(request)
    return {
        "version": __version__,
        "node": services.hub.server,
        "workers": len(workers),
        "now_s": int(time.time()),
        "feeds": _feeds(found),
        "slow_feeds": int(found.get(("slow_feeds", ()), 0)),
        "lag_s": found.get(("slowest_cursor_lag_seconds", ()), 0.0),
        "memory_bytes": int(found.get(("memory_bytes", ()), 0)),
        "store": {
            "state": "away" if found.get(("store_away", ()), 0) else "connected",
            "kind": "shared" if "redis" in request.app.state.sources else "embedded",
            **await services.store.about(),
        },
        "disk_free_bytes": int(found.get(("disk_free_bytes", ()), 0)),
        "data_folder": str(services.settings.data_folder(os.environ)),
        "limits_hit_last_hour": _by_label(found, "limit_hits_last_hour"),
        "damaged_entries": int(found.get(("damaged_entries_total", ()), 0)),
    }


Labels = tuple[tuple[str, str], ...]


def _sum(workers: Mapping[str, list[Family]]) -> dict[tuple[str, Labels], float]:
    found: dict[tuple[str, Labels], float] = {}
    for families in workers.values():
        for family in families:
            for sample in family.samples:
                key = family.name, tuple(sorted(sample.labels.items()))
                before = found.get(key, 0.0)
                if family.name in _LARGEST:
                    found[key] = max(before, sample.value)
                else:
                    found[key] = before + sample.value
    return found


def _feeds(found: Mapping[tuple[str, Labels], float]) -> list[dict[str, Any]]:
    return [
        {**dict(labels), "count": int(count)}
        for (name, labels), count in found.items()
        if name == "feeds"
    ]


def _by_label(found: Mapping[tuple[str, Labels], float], wanted: str) -> dict[str, int]:
    return {
        labels[0][1]: int(count)
        for (name, labels), count in found.items()
        if name == wanted and count
    }


def describe_settings(request: Request) -> list[dict[str, Any]]:
    """Each as it is and where from; of a secret only whether it is set."""
    views = view_settings(services_of(request).settings, request.app.state.sources)
    return [
        {
            "flag": view.flag,
            "variable": view.variable,
            "value": view.value,
            "source": view.source,
            "meaning": view.meaning,
        }
        for view in views
    ]


def describe_request(request: Request) -> dict[str, Any]:
    """As it came here, and what was made of it."""
    settings = services_of(request).settings
    proxies: TrustedProxies = request.app.state.proxies
    peer, said = forwarded_of(request)
    return {
        "client": client_address(request),
        "scheme": request.url.scheme,
        "host": request.headers.get("host", ""),
        "url": base_url(request, settings.public_url),
        "root_path": root_of(request),
        "http_version": request.scope["http_version"],
        "peer": peer,
        "forwarded": said,
        "is_peer_trusted": is_trusted(peer, parse_networks(settings.trusted_proxies)),
        "has_untrusted_proxy": is_behind_untrusted(request),
        "untrusted_proxies": sorted(proxies.untrusted),
    }
