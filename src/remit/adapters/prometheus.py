"""Counts and gauges for Prometheus. Where several processes serve, any of them tells of all.

`remit serve` names a folder in ``PROMETHEUS_MULTIPROC_DIR``, in which each of its processes keeps its counts. Labels
have few values: packs, decisions, statuses, route templates, codes of errors.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client import Gauge as PrometheusGauge
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from remit.core.telemetry import Gauge

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# When each count began is of no use to anybody, and doubles what is shown.
disable_created_metrics()  # type: ignore[no-untyped-call]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Meters:
    """What this process counts, and how all of it is shown."""

    def __init__(self) -> None:
        self._shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "remit_http_requests", "Requests that were answered.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "remit_http_request_seconds",
            "How long answers took.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._serving = PrometheusGauge(
            "remit_http_requests_serving",
            "Requests that are under way.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._limited = Counter("remit_http_rate_limited", "Requests beyond a rate.", ["rate"], registry=registry)
        self._failures = Counter(
            "remit_failures",
            "Requests for which the database, the ledger or another part failed.",
            ["code"],
            registry=registry,
        )
        self._decisions = Counter(
            "remit_decisions",
            "Runs of decisions, by what they came to.",
            ["pack", "decision", "status"],
            registry=registry,
        )

    def began(self) -> None:
        """A request has come."""
        self._serving.inc()

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; status 0: the caller went away first."""
        self._serving.dec()
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def limited(self, rate: str) -> None:
        """A request was beyond a rate."""
        self._limited.labels(rate).inc()

    def failed(self, code: str) -> None:
        """A request could not be served, by an error's code."""
        self._failures.labels(code).inc()

    def decided(self, pack: str, decision: str, status: str) -> None:
        """A run of a decision has come to this status."""
        self._decisions.labels(pack, decision, status).inc()

    def shown(self, gauges: Iterable[Gauge], version: str, database: str) -> bytes:
        """Everything as Prometheus reads it, with what was gauged by now."""
        counted = self._registry
        if self._shared:
            counted = CollectorRegistry()
            MultiProcessCollector(counted, path=self._shared)  # type: ignore[no-untyped-call]
        build = {"version": version, "python": platform.python_version(), "database": database}
        built = Gauge("remit_build_info", "What this is.", 1.0, build)
        gauged = CollectorRegistry()
        gauged.register(_Gauged([built, *gauges]))
        return generate_latest(counted) + generate_latest(gauged)


class _Gauged:
    """Gauges as prometheus-client collects them."""

    def __init__(self, gauges: list[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._gauges:
            family = families.get(gauge.name)
            if family is None:
                family = families[gauge.name] = GaugeMetricFamily(gauge.name, gauge.help, labels=list(gauge.labels))
            family.add_metric(list(gauge.labels.values()), gauge.value)
        yield from families.values()
