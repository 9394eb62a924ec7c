"""Series as OpenMetrics text, of which promtool makes Prometheus' own files."""

import math
from collections.abc import Iterable, Iterator, Sequence

from lab.measure.counters import Point, Series

END = "# EOF\n"
"""What the text ends with: without it promtool takes it for cut."""
ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def merged(series: Iterable[Series]) -> tuple[Series, ...]:
    """Each series once, its points in the order of time: those of two cases overlap where one follows the other."""
    points: dict[tuple[tuple[str, str], ...], dict[float, float]] = {}
    for one in series:
        points.setdefault(tuple(sorted(one.labels.items())), {}).update(one.points)
    return tuple(Series(labels=dict(labels), points=tuple(sorted(found.items()))) for labels, found in points.items())


def lines(series: Sequence[Series]) -> Iterator[str]:
    """The text, a line a point."""
    for one in series:
        labels = {name: value for name, value in one.labels.items() if name != "__name__"}
        told = ",".join(f'{name}="{value.translate(ESCAPED)}"' for name, value in labels.items())
        name = one.labels["__name__"] + (f"{{{told}}}" if told else "")
        yield from (f"{name} {_value(value)} {instant / 1000:.3f}\n" for instant, value in one.points)
    yield END


def span(series: Iterable[Series]) -> tuple[float, float]:
    """The first and the last instant (epoch ms) of series, of which one at least has a point."""
    ends: list[Point] = [point for one in series if one.points for point in (one.points[0], one.points[-1])]
    return min(ends)[0], max(ends)[0]


def _value(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return repr(value) if math.isfinite(value) else ("+Inf" if value > 0 else "-Inf")
