"""Kubernetes' checks of a container, over HTTP."""

from functools import cache

from cdk8s_plus_28 import k8s

from matching_engine import ports


@cache
def http_probe(*, path: str, port: int, period: int) -> k8s.Probe:
    """A readiness or liveness probe.

    Args:
        path: What is asked for.
        port: The container's port.
        period: Seconds between two probes.
    """
    return k8s.Probe(http_get=_get(path, port), period_seconds=period)


@cache
def startup_probe(*, path: str, port: int, patience: int) -> k8s.Probe:
    """A probe each second that holds the others back until the container answers.

    So a pod is ready within a second of being able to, where a fixed initial delay makes every start wait for the
    slowest.

    Args:
        path: What is asked for.
        port: The container's port.
        patience: Seconds until the container is restarted.
    """
    return k8s.Probe(http_get=_get(path, port), period_seconds=1, failure_threshold=patience)


def _get(path: str, port: int) -> k8s.HttpGetAction:
    return k8s.HttpGetAction(path=path, port=ports.number(port))
