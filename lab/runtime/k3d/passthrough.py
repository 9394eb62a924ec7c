"""Commands that hand the terminal to another program: logs, and the environment for one's own shell."""

import shlex
from collections.abc import Iterator

from lab.bringup.entry import urls
from lab.cluster.lab import Lab
from lab.core.errors import ToolError, UsageError
from lab.core.part_labels import SELECTORS, SHARDS, namespace_of
from lab.process import shell
from lab.process.shell import Command

LINES = 200
"""Lines of each container that are shown first."""
A_DAY = 86400.0


def selector(lab: Lab, name: str) -> tuple[str, str]:
    """Where the pods of a part are and how they are labelled; all shards when no name is given.

    Raises:
        UsageError: There is no part of this name.
    """
    namespace = namespace_of(name, lab.access.namespaces)
    if not name:
        return namespace, SHARDS
    if name in SELECTORS:
        return namespace, SELECTORS[name]
    shards = {shard for topology in lab.settings.topologies.values() for shard in topology.shards}
    if name in shards:
        return namespace, f"{SHARDS},shard={name}"
    raise UsageError(f"name must be one of {', '.join((*SELECTORS, *sorted(shards)))}; got {name!r}")


def logs_command(lab: Lab, name: str, *, follow: bool, previous: bool) -> Command:
    """Shows the logs of a part of the lab."""
    namespace, labels = selector(lab, name)
    words = ("logs", "--namespace", namespace, "--selector", labels, f"--tail={LINES}", "--prefix", "--all-containers")
    flags = (*(("--follow",) if follow else ()), *(("--previous",) if previous else ()))
    argv = lab.access.kubectl(*words, *flags, kubectl=lab.tools.path("kubectl"))
    return Command(argv=argv, deadline=A_DAY if follow else 60)


def logs(lab: Lab, name: str, *, follow: bool, previous: bool) -> None:
    """Show the logs of a part of the lab on the terminal.

    Raises:
        ToolError: kubectl failed.
    """
    command = logs_command(lab, name, follow=follow, previous=previous)
    lab.access.require()
    code = shell.attach(command)
    if code > 0:
        raise ToolError(f"kubectl ended with {code}; run './invokew status'")


def env(lab: Lab) -> Iterator[str]:
    """Lines for a shell: kubectl, helm and k6 then act on the lab, and on nothing else."""
    lab.access.require()
    folders = dict.fromkeys(str(lab.tools.tool(name).path.parent) for name in lab.tools.specs)
    places = urls(lab)
    variables = {
        "KUBECONFIG": str(lab.access.kubeconfig),
        "HELM_KUBECONTEXT": lab.access.context,
        "K6_PROMETHEUS_RW_SERVER_URL": places["prometheus"] + "/api/v1/write",
        "ME_SHARD_A_URL": places["orders"],
        "GATEWAY_URL": places["orders"],
    }
    for name, value in variables.items():
        yield f"export {name}={shlex.quote(value)}"
    yield f"export PATH={shlex.quote(':'.join(folders))}:$PATH"
