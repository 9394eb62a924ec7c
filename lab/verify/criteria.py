"""What `verify` checks, in the order in which it is told: the spec's criteria, then the layers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.verify.finding import Finding

Check = Callable[[], Finding]
"""Reads a live lab and judges; a LabError of it counts against the criterion."""
Checks = Mapping[str, Check]
"""The check of each criterion that applies to a runtime, by its id."""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """A statement about a live lab.

    Args:
        id: What `--only` names it by.
        text: The statement.
        disturbs: Whether its check loads the lab or takes something away, so that no other may run meanwhile.
    """

    id: str
    text: str
    disturbs: bool = False


CRITERIA = (
    Criterion(id="ac1", text="the cluster has its server and agents, all Ready"),
    Criterion(id="ac2", text="Prometheus and Grafana are Running"),
    Criterion(id="ac3", text="redpanda-0 is Running and has its topics"),
    Criterion(id="ac4", text="the engine's and the gateway's images are in the cluster"),
    Criterion(id="ac5", text="one shard starts, is healthy and is scraped"),
    Criterion(id="ac6", text="all shards and the gateway run and are healthy"),
    Criterion(id="ac7", text="orders, Prometheus and a port-forward answer"),
    Criterion(id="ac8", text="GET /health at the entry is 200"),
    Criterion(id="ac9", text="a test order raises me_matches_total in Prometheus by 1"),
    Criterion(id="ac10", text="Grafana opens with its login and has the Prometheus data source"),
    Criterion(id="ac11", text="teardown leaves nothing", disturbs=True),
    Criterion(id="ac12", text="ASR 1's runner executes A1 and A2 end-to-end", disturbs=True),
    Criterion(id="ac13", text="ASR 2's runner executes B2 and B3 end-to-end", disturbs=True),
    Criterion(id="ac14", text="the broker goes and comes back, orders go on", disturbs=True),
    Criterion(id="control", text="the control answers beside what takes the orders"),
    Criterion(id="names", text="maps, Services, ports and annotations agree"),
    Criterion(id="scraped", text="each pod is scraped once"),
    Criterion(id="room", text="the pods' requests, beside what Docker has"),
    Criterion(id="drift", text="the cluster is what the settings yield"),
)
