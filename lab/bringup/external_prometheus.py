"""The Prometheus that a cluster has: how it is asked, and whether it scrapes as a measurement of the lab needs it."""

import time
from collections.abc import Collection
from itertools import pairwise
from statistics import median

from lab.cluster.lab import Lab
from lab.cluster.rollout import is_leaving
from lab.core import part_labels
from lab.core.causes import MONITORING_SILENT
from lab.core.errors import LabError, PreflightError, ToolError, UsageError
from lab.core.figures import counted, seconds
from lab.core.paths import from_root
from lab.measure.counters import Series
from lab.measure.metrics import HANDLERS, SCRAPE_SECONDS, Metrics
from lab.measure.prometheus import OfNamespace, Prometheus
from lab.process.polling import until_none
from lab.process.steps import Say
from lab.settings.loading import where
from lab.settings.settings import PrometheusSettings

LOOK = 60.0
"""Seconds of scrapes that are looked at."""
DEADLINE = 120.0
"""Seconds for an operator to take a PodMonitor up, and for three scrapes."""
PAUSE = 2.0
ENOUGH = 3
"""Scrapes in a row that show how often there is one."""
LATEST = 1.5 * SCRAPE_SECONDS
"""Seconds between two scrapes that still count as the lab's interval: a scrape may be late."""


def metrics(lab: Lab) -> OfNamespace | None:
    """What it has of the lab's namespace; None where the lab brings a Prometheus.

    Raises:
        UsageError: The file of its token can't be read.
    """
    if lab.layout.scraped_by is None or lab.settings.kubernetes is None or lab.settings.kubernetes.prometheus is None:
        return None
    chosen = lab.settings.kubernetes.prometheus
    prometheus = Prometheus(chosen.url, token=_token(chosen))
    return OfNamespace(prometheus=prometheus, namespace=lab.access.namespaces.workloads)


def handlers(lab: Lab) -> list[str]:
    """The names of the pods that handle orders, but those on their way out.

    Raises:
        ApiError: The cluster doesn't answer.
    """
    pods = lab.kube.items("Pod", namespace=lab.access.namespaces.workloads, labels=part_labels.HANDLERS)
    return [pod["metadata"]["name"] for pod in pods if not is_leaving(pod)]


def require_answer(found: Metrics) -> None:
    """Do nothing when it answers.

    Raises:
        PreflightError: It doesn't, or refuses its token; the message has the setting's file and line.
    """
    try:
        found.now()
    except ToolError as error:
        place = where("kubernetes", "prometheus", "url")
        raise PreflightError(f"{place}: kubernetes.prometheus.url: {error.summary}", cause=MONITORING_SILENT) from error


def await_scraped(
    found: Metrics, pods: Collection[str], say: Say, *, deadline: float = DEADLINE, pause: float = PAUSE
) -> None:
    """Wait until it scrapes each of the pods as often as the lab does, once.

    Args:
        found: Its metrics of the namespace.
        pods: The names of those that handle orders.
        say: Told what is lacking still.
        deadline: Seconds.
        pause: Seconds between two looks.

    Raises:
        ToolError: It doesn't in time; the message says what is lacking.
    """

    def waits_for() -> str:
        if lacking := problem(found, pods):
            say(lacking)
        return lacking

    if lacking := until_none(waits_for, deadline=deadline, pause=pause):
        raise ToolError(
            f"the cluster's Prometheus measures too little: {lacking} (waited {seconds(deadline)}); "
            "see docs/kubernetes.md, or leave kubernetes.prometheus out for one of the lab's own",
            cause=MONITORING_SILENT,
        )


def problem(found: Metrics, pods: Collection[str]) -> str:
    """What the scraping of the pods lacks for a measurement; empty when it lacks nothing."""
    try:
        now = found.now() or time.time() * 1000
        seen = found.points(HANDLERS, since=now - LOOK * 1000, until=now)
    except LabError as error:
        return error.summary
    by_pod: dict[str, list[Series]] = {}
    for one in seen:
        by_pod.setdefault(one.labels.get("pod", ""), []).append(one)
    return next((lacking for pod in pods if (lacking := _lacking(pod, by_pod.get(pod, [])))), "")


def _lacking(pod: str, found: list[Series]) -> str:
    if not found:
        return f"{pod} is not scraped: there is no series up with the labels namespace and pod of it"
    if len(found) > 1:
        jobs = ", ".join(sorted(one.labels.get("job", "?") for one in found))
        return f"{pod} is scraped {len(found)} times over (jobs {jobs}), which counts everything as often"
    instants = [instant / 1000 for instant, _ in found[0].points]
    if found[0].points[-1][1] != 1:
        return f"{pod} gives it no answer"
    gaps = [later - earlier for earlier, later in pairwise(instants[-ENOUGH:])]
    if gaps and median(gaps) > LATEST:
        return f"{pod} is scraped every {seconds(median(gaps))}; must be every {SCRAPE_SECONDS} s"
    if len(instants) < ENOUGH:
        times = counted(len(instants), "time")
        return f"{pod} was scraped {times} in the last {LOOK:g} s; must be every {SCRAPE_SECONDS} s"
    return ""


def _token(chosen: PrometheusSettings) -> str:
    if chosen.bearer_token_file is None:
        return ""
    path = from_root(chosen.bearer_token_file)
    try:
        words = path.read_text(encoding="utf-8").split()
        why = f"it has {len(words)} words"
    except (OSError, ValueError) as error:
        words, why = [], getattr(error, "strerror", None) or str(error)
    if len(words) != 1:
        setting = "kubernetes.prometheus.bearer_token_file"
        raise UsageError(
            f"{where('kubernetes', 'prometheus', 'bearer_token_file')}: {setting} must be a file with a token and no "
            f"more; {path}: {why}"
        )
    return words[0]
