"""CPU, memory and storage: the settings' amounts as Kubernetes quantities."""

from functools import cache

from cdk8s_plus_28 import k8s

from lab.settings.settings import Resources, UncappedAmounts, UnthrottledResources


@cache
def quantity(text: str) -> k8s.Quantity:
    """A Kubernetes quantity, such as 500m or 512Mi; made once, since each is a call into Node."""
    return k8s.Quantity.from_string(text)


@cache
def requirements(resources: Resources | UnthrottledResources) -> k8s.ResourceRequirements:
    """What a container asks for and may use."""
    return k8s.ResourceRequirements(requests=_amounts(resources.requests), limits=_amounts(resources.limits))


def _amounts(amounts: UncappedAmounts) -> dict[str, k8s.Quantity]:
    return {name: quantity(text) for name, text in amounts.quantities().items()}
