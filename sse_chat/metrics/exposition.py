"""Families of all workers as Prometheus reads them, by prometheus-client."""

from collections.abc import Iterator, Mapping

from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from sse_chat.metrics.families import Family

PREFIX = "sse_chat_"


class _Families(Collector):
    def __init__(self, of_workers: Mapping[str, list[Family]]) -> None:
        self._of_workers = of_workers

    def collect(self) -> Iterator[Metric]:
        metrics: dict[str, Metric] = {}
        for worker, families in self._of_workers.items():
            for family in families:
                metric = metrics.get(family.name)
                if metric is None:
                    metric = metrics[family.name] = _to_metric(family)
                for sample in family.samples:
                    labels = {**sample.labels, "worker": worker}
                    metric.add_sample(PREFIX + family.name + sample.suffix, labels, sample.value)
        yield from metrics.values()


def _to_metric(family: Family) -> Metric:
    # prometheus-client adds the ending of counters itself.
    return Metric(PREFIX + family.name.removesuffix("_total"), family.meaning, family.kind)


def expose(of_workers: Mapping[str, list[Family]], accept: str) -> tuple[bytes, str]:
    """The body in the format that the scraper asks for, and its content type."""
    encode, content_type = choose_encoder(accept)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(of_workers))
    body: bytes = encode(registry)
    return body, content_type
