"""What Prometheus recorded of a case, by the metric's name, whatever the version that kept it called its parts."""

from collections.abc import Callable, Sequence
from typing import Any

from lab.measure.counters import Series
from lab.store import loose

POINT = 2
"""An instant and a value."""


class Recorded:
    """The series of one case."""

    def __init__(self, series: Sequence[Series]) -> None:
        self._by_name: dict[str, list[Series]] = {}
        for one in series:
            self._by_name.setdefault(one.labels.get("__name__", ""), []).append(one)

    def __bool__(self) -> bool:
        """Whether there is any series."""
        return bool(self._by_name)

    def named(self, name: str, belongs: Callable[[Series], bool] = lambda _: True) -> tuple[Series, ...]:
        """The series of a metric that belong to something."""
        return tuple(one for one in self._by_name.get(name, ()) if belongs(one))


def recorded(extract: Any) -> Recorded:
    """The series in a `prometheus.json`; what has no such form is left out."""
    return Recorded(
        [
            series
            for part in loose.table(extract).values()
            for one in loose.items(loose.at(part, "series"))
            if (series := _series(one)).points
        ]
    )


def _series(one: Any) -> Series:
    labels = {str(name): loose.text(value) for name, value in loose.table(loose.at(one, "labels")).items()}
    points = (point for point in loose.items(loose.at(one, "points")) if isinstance(point, list))
    return Series(
        labels=labels,
        points=tuple(
            (instant, value)
            for instant, value in (
                (loose.number(point[0]), loose.number(point[1])) for point in points if len(point) == POINT
            )
            if instant is not None and value is not None
        ),
    )


def of_shard(shard: str) -> Callable[[Series], bool]:
    """Whether a workload's own series is a shard's."""
    return lambda series: series.labels.get("shard") == shard
