"""What a command that was killed left behind in the cluster, and is undone by the next one."""

from lab.cluster import engine_cpu, fault, runner_pods
from lab.cluster.kube import Kube


def undo(kube: Kube, *, gone: str = "") -> list[str]:
    """End a load, bring the broker back, take a CPU limit off; what was done, a line each.

    Args:
        kube: The cluster.
        gone: Another machine, of which it is known that nobody on it conducts a run any more.

    Raises:
        FaultError: The broker could not be brought back.
        ToolError: The cluster doesn't answer, or refuses.
    """
    done = (runner_pods.sweep(kube, gone=gone), fault.heal(kube, gone=gone), engine_cpu.lift(kube))
    return [line for line in done if line]
