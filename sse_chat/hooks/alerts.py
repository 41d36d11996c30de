"""Bodies of monitors: Prometheus's Alertmanager, Grafana, Uptime Kuma.

Sources: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
https://github.com/louislam/uptime-kuma/wiki/Notification-Methods
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sse_chat.hooks.lines import body_of, join, list_of, object_of, text_of

_MAX_ALERTS = 4
_HEARTBEATS = {"0": "down", "1": "up", "2": "pending", "3": "under maintenance"}


def alertmanager(payload: Mapping[str, Any]) -> Iterator[str]:
    """Grafana's alerts are the same with a title and a few links more."""
    alerts = list_of(payload, "alerts")
    name = text_of(payload, "commonLabels", "alertname") or text_of(
        payload, "groupLabels", "alertname"
    )
    status = text_of(payload, "status").upper()
    yield text_of(payload, "title") or f"[{status}:{len(alerts)}] {name or 'alerts'}"
    common = text_of(payload, "commonAnnotations", "summary")
    yield common
    for alert in alerts[:_MAX_ALERTS]:
        summary = text_of(alert, "annotations", "summary")
        told = "" if summary == common else summary
        told = told or text_of(alert, "annotations", "description")
        labels = object_of(alert, "labels")
        which = text_of(labels, "alertname") if not name else ""
        where = join(which, text_of(labels, "instance") or text_of(labels, "job"))
        state = text_of(alert, "status")
        yield join(state, where, text_of(labels, "severity"), told, by=" · ")
    if len(alerts) > _MAX_ALERTS:
        yield f"… and {len(alerts) - _MAX_ALERTS} more"
    link = text_of(alerts, 0, "generatorURL") or text_of(alerts, 0, "panelURL")
    yield link or text_of(payload, "externalURL")


def grafana_legacy(payload: Mapping[str, Any]) -> Iterator[str]:
    """Of versions before 8: one rule, its state, and values."""
    yield join(text_of(payload, "title") or text_of(payload, "ruleName"))
    yield body_of(payload, "message")
    for match in list_of(payload, "evalMatches")[:_MAX_ALERTS]:
        yield join(text_of(match, "metric"), text_of(match, "value"), by=": ")
    yield text_of(payload, "ruleUrl")


def uptime_kuma(payload: Mapping[str, Any]) -> Iterator[str]:
    monitor, beat = object_of(payload, "monitor"), object_of(payload, "heartbeat")
    state = _HEARTBEATS.get(text_of(beat, "status"), "")
    name = text_of(monitor, "name")
    yield join(name, f"is {state}") if name and state else body_of(payload, "msg")
    yield text_of(beat, "msg")
    url = text_of(monitor, "url")
    # What is watched by a host and a port has this as its url.
    host = join(text_of(monitor, "hostname"), text_of(monitor, "port"), by=":")
    yield host if url in ("", "https://") else url
