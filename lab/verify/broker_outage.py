"""AC14: the broker goes and comes back, and the engines take orders all the while."""

import time
from collections.abc import Mapping, Sequence

from lab.cluster.fault import outage_of
from lab.cluster.kube import Object
from lab.core.figures import ms, seconds
from lab.core.part_labels import APPS
from lab.verify.finding import Finding, judged
from lab.verify.site import Site
from lab.verify.traffic import Sent, Traffic

AWAY = 5.0
"""Seconds for which no broker is there."""
LONGEST = 300.0
"""Seconds after which a watchdog brings it back, whatever became of the check."""


def check(site: Site) -> Finding:
    """Take the broker away while orders flow, and bring it back."""
    before = restarts(site.pods(site.namespaces.workloads))
    outage = outage_of(site.lab.kube, site.settings.topics, longest=LONGEST)
    with Traffic(site.urls["orders"], site.topology) as traffic, outage:
        outage.inject()
        time.sleep(AWAY)
        outage.recover()
    at = outage.instants
    during = traffic.between(at.asked, at.ready)
    return judge(during, before, restarts(site.pods(site.namespaces.workloads)), away=(at.ready - at.gone) / 1000)


def judge(during: Sequence[Sent], before: Mapping[str, int], after: Mapping[str, int], *, away: float) -> Finding:
    """Every order was accepted and no engine restarted; that the broker is back with its topics, the outage proves.

    Args:
        during: What was sent from when the broker was told to go until it was ready again.
        before: Restarts of each pod that handles orders, before the outage.
        after: The same after it.
        away: Seconds without a broker.
    """
    failed = [one.problem for one in during if one.problem]
    problems = [] if during else ["no order was sent while the broker was away"]
    problems += [f"{len(failed)} of {len(during)} orders failed meanwhile, the first: {failed[0]}"] if failed else []
    problems += [] if before == after else [f"what handles orders restarted: {_shown(before)} became {_shown(after)}"]
    slowest = max((one.seconds for one in during), default=0.0) * 1000
    return judged(
        problems,
        f"broker away for {seconds(away)}: {len(during)} of {len(during)} orders accepted meanwhile (slowest "
        f"{ms(slowest)} with its seed), then its topics were written again",
    )


def restarts(found: Sequence[Object]) -> dict[str, int]:
    """How often each pod that handles orders has restarted."""
    return {
        pod["metadata"]["name"]: sum(status["restartCount"] for status in pod["status"].get("containerStatuses") or ())
        for pod in found
        if pod["metadata"].get("labels", {}).get("app") in set(APPS)
    }


def _shown(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
