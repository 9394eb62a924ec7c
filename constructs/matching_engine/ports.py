"""The two ports that the engine and the gateway have, the first of which the control has too, and the broker's."""

from functools import cache

from cdk8s_plus_28 import k8s

HTTP = 8080
METRICS = 9091
KAFKA = 9092
ADMIN = 9644
"""Redpanda's admin API, which also serves its metrics."""
RPC = 33145
"""Redpanda's own protocol between brokers."""
METRICS_PATH = "/metrics"
NUMBERS = {"http": HTTP, "metrics": METRICS, "kafka": KAFKA, "admin": ADMIN}


@cache
def number(port: int) -> k8s.IntOrString:
    """A port as the API takes it; made once, since each is a call into Node."""
    return k8s.IntOrString.from_number(port)


@cache
def container_ports(*names: str) -> list[k8s.ContainerPort]:
    """The container ports of these names."""
    return [k8s.ContainerPort(container_port=NUMBERS[name], name=name) for name in names]


@cache
def service_ports(*names: str) -> list[k8s.ServicePort]:
    """The Service ports of these names, each leading to the container port of the same number."""
    return [k8s.ServicePort(port=NUMBERS[name], name=name, target_port=number(NUMBERS[name])) for name in names]


def scraped() -> dict[str, str]:
    """The annotations that make Prometheus scrape a pod's metrics port."""
    return {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(METRICS),
        "prometheus.io/path": METRICS_PATH,
    }
