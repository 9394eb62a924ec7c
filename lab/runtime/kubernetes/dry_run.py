"""Everything once as a dry run by the server: admission, policies and quotas refuse before anything is made."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lab.cluster.kube import Object
from lab.cluster.lab import Lab
from lab.core.causes import REFUSED
from lab.core.errors import PreflightError
from lab.core.quantity import amount
from lab.process.shell import Command, run
from lab.tools import kubectl

CONTROLLERS = ("Deployment", "StatefulSet", "Job")
SUMS = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "pods")
"""What of a quota is added up: each pod alone may fit and all together not."""


def command(lab: Lab, verb: tuple[str, ...], documents: Sequence[Object]) -> Command:
    """Has the server judge objects, and make none of them."""
    words = (*verb, "--dry-run=server", "--filename", "-")
    argv = lab.access.kubectl(*words, kubectl=lab.tools.path("kubectl"))
    listed = {"apiVersion": "v1", "kind": "List", "items": list(documents)}
    return Command(argv=argv, stdin=json.dumps(listed), deadline=120)


def require_admitted(lab: Lab, documents: Sequence[Object]) -> str:
    """Have the server judge all objects, and each pod that comes of them.

    Raises:
        PreflightError: It refuses one, in its own words.
    """
    # A binding is refused while its Role is not there, and no dry run makes one.
    objects = [one for one in documents if one["kind"] != "RoleBinding"]
    pods = list(pods_of(documents))
    for verb, judged in ((("apply", *kubectl.SERVER_SIDE), objects), (("create",), pods)):
        result = run(command(lab, verb, judged), check=False)
        if not result.ok:
            raise PreflightError(
                f"the cluster refuses a dry run: {result.last_lines[-1] if result.last_lines else '?'}; "
                "correct the settings, or ask the cluster's admin",
                details=result.last_lines,
                cause=REFUSED,
            )
    return f"{len(objects)} objects and {len(pods)} pods would be admitted"


def pods_of(documents: Iterable[Object]) -> Iterator[Object]:
    """A pod of each workload, and each of a Job, as its controller would make it."""
    for one in documents:
        if one["kind"] in CONTROLLERS:
            template = one["spec"]["template"]
            # Its service account may not be there yet either.
            spec = {key: value for key, value in template["spec"].items() if key != "serviceAccountName"}
            claims = [claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates") or ()]
            mounted = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
            spec["volumes"] = [*spec.get("volumes", ()), *mounted]
            metadata = {**template["metadata"], "namespace": one["metadata"]["namespace"]}
            for number in range(one["spec"].get("completions", 1)):
                named = {**metadata, "name": f"{one['metadata']['name']}-dry-run-{number}"}
                yield {"apiVersion": "v1", "kind": "Pod", "metadata": named, "spec": spec}


def over_quota(quotas: Iterable[Object], wanted: Iterable[Object], running: Iterable[Object]) -> list[str]:
    """What a quota has no room for, a line each.

    Args:
        quotas: The namespace's.
        wanted: The pods that there will be.
        running: The lab's pods that are there, which the quotas count already.
    """
    needs, has = _sums(wanted), _sums(running)
    found = []
    for quota in quotas:
        status = quota.get("status") or {}
        for key, hard in (status.get("hard") or {}).items():
            what = f"requests.{key}" if key in {"cpu", "memory"} else key
            if what not in SUMS:
                continue
            free = amount(str(hard)) - amount(str((status.get("used") or {}).get(key, "0")))
            more = needs.get(what, 0.0) - has.get(what, 0.0)
            if more > free:
                found.append(
                    f"quota {quota['metadata']['name']} has {free:g} of {key} left; the lab needs {more:g} more"
                )
    return found


def _sums(pods: Iterable[Object]) -> Mapping[str, float]:
    sums: dict[str, float] = {}
    for pod in pods:
        sums["pods"] = sums.get("pods", 0.0) + 1
        for container in pod["spec"]["containers"]:
            for kind, amounts in (container.get("resources") or {}).items():
                for name, value in (amounts or {}).items() if kind in {"requests", "limits"} else ():
                    key = f"{kind}.{name}"
                    sums[key] = sums.get(key, 0.0) + amount(str(value))
    return sums
