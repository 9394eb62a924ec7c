"""What a command that was killed left behind in the cluster, and is undone by the next one."""

from lab.cluster import engine_cpu, fault, runner_pods
from lab.cluster.kube import Kube


def undo(kube: Kube) -> list[str]:
    """End a load, bring the broker back, take a CPU limit off; what was done, a line each.

    Raises:
        FaultError: The broker could not be brought back.
        ToolError: The cluster doesn't answer, or refuses.
    """
    return [line for line in (runner_pods.sweep(kube), fault.heal(kube), engine_cpu.lift(kube)) if line]
