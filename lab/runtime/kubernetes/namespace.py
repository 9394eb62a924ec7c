"""What is in the namespace: the lab's own, which `down` takes away, and others', which nothing touches."""

import json
from collections.abc import Iterable
from typing import Any

from lab.cluster.kube import Object
from lab.cluster.lab import Lab
from lab.core.errors import PreflightError, ToolError
from lab.core.ownership import NAME, selector
from lab.process.polling import until_none
from lab.process.shell import Command, run
from lab.process.steps import Say
from lab.tools import kubectl

KINDS = (
    "deployments",
    "statefulsets",
    "jobs",
    "pods",
    "services",
    "configmaps",
    "networkpolicies",
    "serviceaccounts",
    "persistentvolumeclaims",
)
"""What the lab makes there whoever scrapes it, and what its controllers make of that."""
OWN_PROMETHEUS = ("roles", "rolebindings")
POD_MONITOR = ("podmonitors.monitoring.coreos.com",)
WORKLOADS = ("deployments", "statefulsets", "jobs", "pods", "services")
"""What others must not have there: it would share the lab's nodes and names, or fall under its traffic rules."""
SHOWN = 5
GONE = 120.0
"""Seconds for all of it to go."""
PAUSE = 1.0


def kinds(lab: Lab) -> tuple[str, ...]:
    """All that the lab makes there: no more than its Role lets it list."""
    others = lab.layout.scraped_by
    if others is None:
        return (*KINDS, *OWN_PROMETHEUS)
    return KINDS if others.pod_monitor is None else (*KINDS, *POD_MONITOR)


def objects(lab: Lab, *, selector: str = "") -> list[Object]:
    """What is in the namespace of all these kinds.

    Raises:
        ToolError: The cluster doesn't answer.
    """
    chosen = ("--selector", selector) if selector else ()
    told = run(_kubectl(lab, "get", ",".join(kinds(lab)), *chosen, "--output", "json"))
    found: list[Object] = json.loads(told.stdout)["items"]
    return found


def own(lab: Lab) -> list[Object]:
    """What of it is the lab's."""
    return objects(lab, selector=_selector(lab))


def refuse_foreign(found: Iterable[Object], wanted: Iterable[Object], lab: Lab) -> None:
    """Do nothing where nobody else has workloads, or anything of a name that the lab is to give.

    Args:
        found: What is in the namespace.
        wanted: What is to be applied.
        lab: The lab.

    Raises:
        PreflightError: Somebody has; some are named.
    """
    names = kubectl.names_in(wanted)
    others = [one for one in found if not _is_own(one, lab) and not one["metadata"].get("ownerReferences")]
    in_the_way = [
        str(name)
        for one in others
        for name in kubectl.names_in([one])
        if f"{one['kind'].lower()}s" in WORKLOADS or name in names
    ]
    if in_the_way:
        shown = ", ".join(sorted(in_the_way)[:SHOWN]) + (" and more" if len(in_the_way) > SHOWN else "")
        raise PreflightError(
            f"namespace {lab.access.namespaces.workloads} has what is not this lab's: {shown}; "
            "name one without others' workloads in kubernetes.namespace"
        )


def take_away(lab: Lab, say: Say) -> list[str]:
    """Delete what is the lab's in the namespace, which stays; a line of what was done. It says that it takes a while.

    Raises:
        ToolError: Something does not go.
    """
    found = own(lab)
    if not found:
        return []
    say(f"deleting {len(found)} objects from namespace {lab.access.namespaces.workloads}")
    run(delete_command(lab))
    if left := until_none(lambda: own(lab), deadline=GONE, pause=PAUSE):
        names = ", ".join(sorted(map(str, kubectl.names_in(left)))[:SHOWN])
        raise ToolError(f"{names} is left {GONE:g} s after it was deleted; run './invokew down' again")
    return [f"{len(found)} objects deleted from namespace {lab.access.namespaces.workloads}, which stays"]


def delete_command(lab: Lab) -> Command:
    """Deletes what is the lab's: without kubectl's own waiting, which takes the right to watch every kind."""
    words = ("delete", ",".join(kinds(lab)), "--selector", _selector(lab), "--wait=false", "--ignore-not-found")
    return _kubectl(lab, *words)


def _kubectl(lab: Lab, *words: str) -> Command:
    where = ("--namespace", lab.access.namespaces.workloads)
    argv = lab.access.kubectl(words[0], *where, *words[1:], kubectl=lab.tools.path("kubectl"))
    return Command(argv=argv, deadline=60)


def _selector(lab: Lab) -> str:
    """Also selects what is kept of a run, which `up` leaves alone."""
    return selector({NAME: lab.settings.name})


def _is_own(one: Object, lab: Lab) -> bool:
    found: dict[str, Any] = one["metadata"].get("labels") or {}
    return found.get(NAME) == lab.settings.name
