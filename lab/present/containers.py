"""CPU, memory and throttling of each container over the load, by cAdvisor's figures."""

import re
from collections.abc import Sequence
from itertools import pairwise

from lab.core.part_labels import GATEWAY
from lab.core.quantity import amount
from lab.core.windows import Window
from lab.measure import counters
from lab.measure.counters import Point, Series
from lab.measure.extract import SeriesByName
from lab.present.case_document import ContainerReport, Usage
from lab.settings.settings import Amounts, Resources, ResourcesSettings

CPU, MEMORY = "container_cpu_usage_seconds_total", "container_memory_working_set_bytes"
PERIODS, THROTTLED = "container_cpu_cfs_periods_total", "container_cpu_cfs_throttled_periods_total"
"""Named as the kubelets' cAdvisor does; whoever reads containers without it names them so too."""
POD_SUFFIX = re.compile(r"-[a-f0-9]{6,10}-[a-z0-9]{5}$|-\d+$")
"""What a Deployment or a StatefulSet puts behind its own name."""
RESOURCES = (("me-shard-", "engine"), (GATEWAY, "gateway"))
"""Whose name begins so has the limits of this key of `resources`; any other has those of its own name."""


def containers(
    recorded: SeriesByName, load: Window, resources: ResourcesSettings | None, *, limited: bool = True
) -> tuple[ContainerReport, ...]:
    """What each container used; those that were away during the load are left out."""
    cpu = [series for series in recorded.named(CPU) if _touches(series, load)]
    names = {pod: POD_SUFFIX.sub("", pod) for pod in sorted({_pod(series) for series in cpu})}
    twice = len(set(names.values())) < len(names)
    found = (
        _container(
            recorded, series, load, _limits(names[_pod(series)], resources), twice=twice, name=names[_pod(series)]
        )
        for series in sorted(cpu, key=_pod)
    )
    free = {"limited": False, "cores_limit": None, "memory_limit": None}
    return tuple(one if limited else one.model_copy(update=free) for one in found)


def _container(  # noqa: PLR0913 - private
    recorded: SeriesByName, cpu: Series, load: Window, limits: Amounts | None, *, twice: bool, name: str
) -> ContainerReport:
    def same(metric: str) -> Sequence[Point]:
        found = recorded.named(metric, lambda one: _key(one) == _key(cpu))
        return found[0].points if found else ()

    usage = _usage(cpu.points, same(MEMORY), same(PERIODS), same(THROTTLED), load)
    periods, throttled = _rise(same(PERIODS), load), _rise(same(THROTTLED), load)
    return ContainerReport(
        name=_pod(cpu) if twice else name,
        pod=_pod(cpu),
        cores=_rise(cpu.points, load) / load.seconds if load.seconds else None,
        most_cores=max((one.cores for one in usage if one.cores is not None), default=None),
        cores_limit=amount(limits.cpu) if limits else None,
        memory=max((one.memory for one in usage if one.memory is not None), default=None),
        memory_limit=amount(limits.memory) if limits else None,
        throttled=throttled / periods if periods > 0 else None,
        usage=usage,
    )


def _usage(
    cpu: Sequence[Point], memory: Sequence[Point], periods: Sequence[Point], throttled: Sequence[Point], load: Window
) -> tuple[Usage, ...]:
    """Between two of cAdvisor's own figures: Prometheus may scrape one of them twice."""
    fresh = [point for n, point in enumerate(cpu) if n == 0 or point[1] != cpu[n - 1][1]]
    return tuple(
        Usage(
            at=(right - load.start) / 1000,
            cores=(high - low) * 1000 / (right - left),
            memory=counters.at(memory, right) if memory else None,
            throttled=_share(Window(name="", start=left, end=right), periods, throttled),
        )
        for (left, low), (right, high) in pairwise(fresh)
        if right > left and left < load.end and right > load.start
    )


def _share(window: Window, periods: Sequence[Point], throttled: Sequence[Point]) -> float | None:
    ran = _rise(periods, window)
    return _rise(throttled, window) / ran if ran > 0 else None


def _rise(points: Sequence[Point], window: Window) -> float:
    return counters.at(points, window.end) - counters.at(points, window.start)


def _touches(series: Series, load: Window) -> bool:
    return series.points[0][0] < load.end and series.points[-1][0] > load.start


def _pod(series: Series) -> str:
    return series.labels.get("pod", "")


def _key(series: Series) -> tuple[str, str, str]:
    return series.labels.get("id", ""), _pod(series), series.labels.get("container", "")


def _limits(name: str, resources: ResourcesSettings | None) -> Amounts | None:
    key = next((key for prefix, key in RESOURCES if name.startswith(prefix)), name)
    found = getattr(resources, key, None)
    return found.limits if isinstance(found, Resources) else None
