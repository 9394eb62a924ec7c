"""What went on inside: where the latency goes, and what each container used, as figures."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from lab.core.figures import MEBIBYTE, NOT_LIMITED, clock, ms, number, share, size
from lab.present import bars
from lab.present.bars import Bar
from lab.present.breakdown import REST
from lab.present.case_document import Breakdown, CaseReport, ContainerReport, Part, Usage
from lab.present.course import bands
from lab.present.figure import HALF, NARROW, WIDE, Figure, Table, small
from lab.present.plot import Limit, Line, Plot, Tip

NEAR = 0.5
"""A container that used this share of its limit is shown with it; below that the limit would flatten its course."""


def breakdown(case: CaseReport) -> Figure | None:
    """Where the latency goes, by shard or by window."""
    if not case.breakdowns:
        return None
    rows = [
        Bar(label=_label(case, one), parts=tuple(_piece(n, part) for n, part in enumerate(one.parts)))
        for one in case.breakdowns
    ]
    title = f"{case.case}: Where the latency goes in the engine"
    told = "; ".join(f"{_label(case, one)}: {_told(one)}" for one in case.breakdowns)
    caption = (
        "Mean of all orders: means add up to the whole, percentiles don't. Those in the table are as coarse as the "
        "engine's buckets."
    )
    longest = max(case.breakdowns, key=lambda one: len(one.parts))
    legend = tuple((_style(n, part), part.name) for n, part in enumerate(longest.parts))
    drawn = [bars.draw(title, told, rows, width=one.width, format_=ms) for one in (WIDE, NARROW)]
    return Figure(title=title, caption=caption, wide=drawn[0], narrow=drawn[1], table=_parts(case), legend=legend)


def usage(case: CaseReport) -> list[Figure]:
    """CPU and memory of each container over time."""
    found = []
    for container in case.containers:
        found += [_cpu(case, container), _memory(case, container)]
    return [one for one in found if one]


def containers(case: CaseReport) -> Table | None:
    """What each container used over the load."""
    if not case.containers:
        return None
    return Table(
        head=("container", "CPU, mean", "CPU, most", "CPU limit", "memory, most", "memory limit", "throttled"),
        rows=tuple(
            (
                one.name,
                *(number(value, "cores") for value in (one.cores, one.most_cores)),
                number(one.cores_limit, "cores") if one.limited else NOT_LIMITED,
                size(one.memory),
                size(one.memory_limit) if one.limited else NOT_LIMITED,
                share(one.throttled) if one.limited else NOT_LIMITED,
            )
            for one in case.containers
        ),
    )


def _label(case: CaseReport, one: Breakdown) -> str:
    return f"shard {one.shard}" if len(case.shards) > 1 else one.window


def _piece(number_: int, part: Part) -> tuple[float, str, str]:
    return part.mean, _style(number_, part), f"{part.name}: {ms(part.mean)}"


def _style(number_: int, part: Part) -> str:
    return "part-rest" if part.name == REST else f"part-{number_}"


def _told(one: Breakdown) -> str:
    return ", ".join(f"{part.name} {ms(part.mean)}" for part in one.parts)


def _parts(case: CaseReport) -> Table:
    return Table(
        head=("part", "mean", "share", "p50", "p99"),
        rows=tuple(
            (
                f"{_label(case, one)}: {part.name}",
                ms(part.mean),
                _share(one, part),
                ms(part.p50),
                _p99(part),
            )
            for one in case.breakdowns
            for part in one.parts
        ),
    )


def _share(one: Breakdown, part: Part) -> str:
    whole = one.total or sum(part.mean for part in one.parts)
    return share(part.mean / whole) if whole else share(None)


def _p99(part: Part) -> str:
    return ms(part.p99, is_beyond=part.beyond)


def _cpu(case: CaseReport, container: ContainerReport) -> Figure | None:
    points = tuple((one.at, one.cores) for one in container.usage)
    limit = _near(container.most_cores, container.cores_limit, f"limit {number(container.cores_limit)} cores")
    used = f"mean {number(container.cores, 'cores')}, most {number(container.most_cores, 'cores')}"
    throttled = f"throttled in {share(container.throttled)} of its CPU periods" if container.limited else NOT_LIMITED
    told = f"{used}, {throttled}"
    plot = Plot(
        title=f"{case.case}: {container.name}, CPU in cores",
        description=told,
        seconds=case.duration or 0.0,
        lines=(Line(label="", points=points, style="p99"),),
        limits=limit,
        bands=bands(case),
        tips=_tips(
            container.usage, lambda one: f"{number(one.cores, 'cores')}\nthrottled  {_throttled(one, container)}"
        ),
        format=number,
    )
    rows = tuple((clock(one.at), number(one.cores, "cores"), _throttled(one, container)) for one in container.usage)
    return small(plot, HALF, Table(head=("time", "CPU", "throttled"), rows=rows), plot.description) if plot else None


def _throttled(one: Usage, container: ContainerReport) -> str:
    return share(one.throttled) if container.limited else NOT_LIMITED


def _memory(case: CaseReport, container: ContainerReport) -> Figure | None:
    points = tuple((one.at, one.memory / MEBIBYTE if one.memory is not None else None) for one in container.usage)
    limit = container.memory_limit / MEBIBYTE if container.memory_limit else None
    most = container.memory / MEBIBYTE if container.memory else None
    plot = Plot(
        title=f"{case.case}: {container.name}, memory in MiB",
        description=f"most {size(container.memory)}, "
        + (f"limit {size(container.memory_limit)}" if container.limited else NOT_LIMITED),
        seconds=case.duration or 0.0,
        lines=(Line(label="", points=points, style="p99"),),
        limits=_near(most, limit, f"limit {size(container.memory_limit)}"),
        bands=bands(case),
        tips=_tips(container.usage, lambda one: size(one.memory)),
        format=number,
    )
    rows = tuple((clock(one.at), size(one.memory)) for one in container.usage)
    return small(plot, HALF, Table(head=("time", "memory"), rows=rows), plot.description) if plot else None


def _near(most: float | None, limit: float | None, label: str) -> tuple[Limit, ...]:
    return (Limit(label=label, value=limit),) if most and limit and most >= NEAR * limit else ()


def _tips(usage_: Sequence[Usage], told: Callable[[Usage], str]) -> tuple[Tip, ...]:
    """Each from half-way to the one before it to half-way to the one after it."""
    ats = [one.at for one in usage_]
    edges = [ats[0], *((left + right) / 2 for left, right in pairwise(ats)), ats[-1]] if ats else []
    return tuple(
        Tip(start=edges[n], end=edges[n + 1], text=f"{clock(one.at)}\n{told(one)}") for n, one in enumerate(usage_)
    )
