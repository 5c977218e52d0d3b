"""What is counted, of one application, and nothing in it is of a client: numbers, made into text when asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The bounds of the histogram of times, in seconds."""


class _Times:
    """The times of one path: how many fell between two bounds, and their sum."""

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.sum = 0.0


class Metrics(Collector):
    """The counts. All are counted by the thread that the requests come to, so that none is lost between two.

    Attributes:
        answers: answers to single requests and to lines, by what they were: ``answered``, or the kind of error.
        feedback: cards of which the user's answer was told, by that answer.
        at_once: requests that are being answered.
        is_ready: whether rulebooks are loaded.
    """

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        self.feedback: Counter[str] = Counter()
        self.at_once = 0
        self.is_ready = False
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._times: dict[str, _Times] = {}

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            route: the path as it is declared.
            method: the method of HTTP.
            status: the status of the answer.
            seconds: until it was sent.
        """
        self._requests[route, method, status] += 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = _Times()
        times.counts[bisect_left(SECONDS, seconds)] += 1
        times.sum += seconds

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """All of it, as prometheus_client asks for it."""
        labels = ("route", "method", "status")
        requests = CounterMetricFamily("aava_rules_requests", "Requests that were answered.", labels=labels)
        for (route, method, status), count in self._requests.items():
            requests.add_metric((route, method, str(status)), count)
        yield requests
        seconds = HistogramMetricFamily(
            "aava_rules_request_seconds", "Seconds until the answer was sent.", labels=("route",)
        )
        for route, times in self._times.items():
            bounds = (*map(str, SECONDS), "+Inf")
            seconds.add_metric((route,), list(zip(bounds, accumulate(times.counts), strict=True)), times.sum)
        yield seconds
        yield _counter("aava_rules_answers", "Answers to single requests and to lines.", "result", self.answers)
        yield _counter("aava_rules_cards", "Cards of which the user's answer was told.", "outcome", self.feedback)
        yield GaugeMetricFamily("aava_rules_requests_at_once", "Requests that are being answered.", self.at_once)
        yield GaugeMetricFamily("aava_rules_ready", "1 if rulebooks are loaded.", self.is_ready)


def _counter(name: str, what: str, label: str, counts: Counter[str]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, what, labels=(label,))
    for value, count in counts.items():
        family.add_metric((value,), count)
    return family
