"""Whether the objects of a topology agree: Services with pods, the gateway's maps with the shards, scraping with ports.

Pure, so that it judges a manifest before it is applied and what the cluster has alike.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from lab.core.part_labels import ENGINE, GATEWAY
from lab.settings.topology import CONTROL, listed_symbols

Object = dict[str, Any]

CLUSTER_DOMAIN = ".svc.cluster.local"
SHOWN = 12
"""Names in a message: a topology may have a thousand shards."""


def problems(objects: Iterable[Object], namespace: str) -> list[str]:
    """What of a namespace's workloads doesn't agree, a line each; empty when all does.

    Args:
        objects: As a manifest has them or the cluster, each with its kind; what else is among them is passed over.
        namespace: The workloads'.
    """
    parts = Parts.of(objects, namespace)
    found = (
        _service_problems,
        _scrape_problems,
        _symbol_problems,
        _gateway_problems,
        _broker_problems,
        _entry_problems,
        _control_problems,
    )
    return [problem for judge in found for problem in judge(parts)]


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A Deployment or StatefulSet, as others refer to it: its pods' labels, annotations, ports and variables."""

    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    ports: Mapping[str, int]
    env: Mapping[str, str]

    @classmethod
    def of(cls, item: Object) -> "Workload":
        """Read it from its object."""
        template = item["spec"]["template"]
        containers = template["spec"]["containers"]
        ports = [port for container in containers for port in container.get("ports") or ()]
        env = [variable for container in containers for variable in container.get("env") or ()]
        return cls(
            name=item["metadata"]["name"],
            labels=template["metadata"].get("labels") or {},
            annotations=template["metadata"].get("annotations") or {},
            ports={port.get("name", str(port["containerPort"])): port["containerPort"] for port in ports},
            env={variable["name"]: variable.get("value", "") for variable in env},
        )

    @property
    def symbols(self) -> tuple[str, ...]:
        """What a shard accepts orders for."""
        return listed_symbols(self.env.get("SHARD_SYMBOLS", ""))


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The workloads and the Services of one namespace."""

    namespace: str
    workloads: Sequence[Workload]
    services: Mapping[str, Object]
    _by_label: Mapping[tuple[str, str], list[Workload]] = field(repr=False)

    @classmethod
    def of(cls, objects: Iterable[Object], namespace: str) -> "Parts":
        """Pick them out of any objects."""
        here = [item for item in objects if item["metadata"].get("namespace") == namespace]
        workloads = [Workload.of(item) for item in here if item["kind"] in {"Deployment", "StatefulSet"}]
        by_label: dict[tuple[str, str], list[Workload]] = {}
        for workload in workloads:
            for pair in workload.labels.items():
                by_label.setdefault(pair, []).append(workload)
        services = {item["metadata"]["name"]: item["spec"] for item in here if item["kind"] == "Service"}
        return cls(namespace=namespace, workloads=workloads, services=services, _by_label=by_label)

    def selected(self, selector: Mapping[str, str]) -> list[Workload]:
        """The workloads whose pods a selector takes; looked for among those that have its rarest label."""
        rarest = min((self._by_label.get(pair, []) for pair in selector.items()), key=len, default=[])
        return [workload for workload in rarest if selector.items() <= workload.labels.items()]

    @cached_property
    def shards(self) -> list[Workload]:
        """The matching engines."""
        return [workload for workload in self.workloads if workload.labels.get("app") == ENGINE]

    @cached_property
    def gateway(self) -> Workload | None:
        """The gateway, if there is one."""
        return next((workload for workload in self.workloads if workload.labels.get("app") == GATEWAY), None)

    def unreachable(self, address: str, *, target: Workload | None = None) -> str:
        """Why `host:port` doesn't lead to a Service here, or not to the target's pods; empty when it does."""
        try:
            parsed = urlsplit(f"//{address}")
            host, port = parsed.hostname or "", parsed.port
        except ValueError:
            return f"{address!r} is not a host and port"
        service = self.services.get(_service_name(host, self.namespace))
        if service is None:
            return f"{host!r} names no Service"
        if port not in (known := [port["port"] for port in service["ports"]]):
            return f"Service {_service_name(host, self.namespace)} has ports {_listed(known)}; got {port}"
        if target is not None and target not in self.selected(service.get("selector") or {}):
            return f"Service {_service_name(host, self.namespace)} does not lead to {target.name}"
        return ""


def _service_name(host: str, namespace: str) -> str:
    """The Service in a host name: `service`, `service.namespace`, or in full with a pod's name before it or without."""
    short = host.removesuffix(CLUSTER_DOMAIN).removesuffix(".svc").removesuffix(f".{namespace}")
    return short.rpartition(".")[2]


def _service_problems(parts: Parts) -> Iterator[str]:
    """A Service leads to the pods of one workload, and each of its ports to the container's port of that name."""
    for name, service in parts.services.items():
        if not service.get("selector"):
            continue
        found = parts.selected(service["selector"])
        if len(found) != 1:
            names = _listed(workload.name for workload in found)
            yield f"service {name} must select the pods of exactly one workload; got {names}"
            continue
        for port in service["ports"]:
            yield from _port_problems(f"service {name}", port, found[0])


def _port_problems(who: str, port: Object, workload: Workload) -> Iterator[str]:
    wanted, named = port.get("targetPort", port["port"]), workload.ports.get(port.get("name", ""))
    number = workload.ports.get(wanted) if isinstance(wanted, str) else wanted
    if number not in workload.ports.values() or (named is not None and named != number):
        known = _listed(f"{name} {number}" for name, number in workload.ports.items())
        shown = port.get("name", port["port"])
        yield f"{who}: port {shown} leads to {wanted}; {workload.name} has {known}"


def _scrape_problems(parts: Parts) -> Iterator[str]:
    """What has a metrics port is scraped there, and nothing is scraped elsewhere."""
    for workload in parts.workloads:
        scraped = workload.annotations.get("prometheus.io/scrape") == "true"
        said, metrics = workload.annotations.get("prometheus.io/port"), workload.ports.get("metrics")
        if metrics is not None and not scraped:
            yield f"{workload.name} has a metrics port and is not scraped; annotate its pods prometheus.io/scrape=true"
        elif scraped and said != str(metrics):
            yield f"{workload.name}: prometheus.io/port must be its metrics port {metrics}; got {said}"


def _symbol_problems(parts: Parts) -> Iterator[str]:
    """A shard is who its labels say, owns symbols, and shares none."""
    owner: dict[str, str] = {}
    for shard in parts.shards:
        id_ = shard.env.get("SHARD_ID")
        if id_ != shard.labels.get("shard"):
            yield f"{shard.name}: SHARD_ID must be its label shard={shard.labels.get('shard')}; got {id_}"
        if not shard.symbols:
            yield f"{shard.name}: SHARD_SYMBOLS names no symbol"
        for symbol in shard.symbols:
            if symbol in owner:
                yield f"symbol {symbol!r} belongs to {owner[symbol]} and {shard.name}; give it to one"
            owner[symbol] = shard.name


def _gateway_problems(parts: Parts) -> Iterator[str]:
    """The gateway knows every shard by its Service, and every symbol by the shard that owns it."""
    if parts.gateway is None:
        return
    shards = {shard.env.get("SHARD_ID", ""): shard for shard in parts.shards}
    urls, owned = _map_of(parts.gateway, "ME_SHARD_MAP"), _map_of(parts.gateway, "SHARD_SYMBOLS_MAP")
    for variable, known in (("ME_SHARD_MAP", urls), ("SHARD_SYMBOLS_MAP", owned)):
        yield from _unlike(f"{variable}: shards", set(shards), set(known))
    for id_ in sorted(urls.keys() & shards.keys()):
        if why := _unreachable(urls[id_], shards[id_], parts):
            yield f"ME_SHARD_MAP: shard {id_}: {why}"
    for id_ in sorted(owned.keys() & shards.keys()):
        yield from _unlike(
            f"SHARD_SYMBOLS_MAP: symbols of shard {id_}", set(shards[id_].symbols), set(owned[id_].split(":"))
        )


def _unlike(what: str, wanted: set[str], got: set[str]) -> Iterator[str]:
    """A line when two sets differ: what the one lacks, what it has that the other doesn't know."""
    ways = (("lacking", wanted - got), ("unknown", got - wanted))
    found = [f"{way} {_listed(names)}" for way, names in ways if names]
    if found:
        yield f"{what} must be {_listed(wanted)}; {', '.join(found)}"


def _unreachable(url: str, shard: Workload, parts: Parts) -> str:
    """Why a URL doesn't lead to a shard; empty when it does."""
    scheme, _, address = url.partition("://")
    return parts.unreachable(address, target=shard) if scheme == "http" else f"{url!r} is not an http:// URL"


def _map_of(gateway: Workload, variable: str) -> dict[str, str]:
    """One of the gateway's maps (docs/gateway.md): `a=…,b=…`."""
    entries = filter(None, gateway.env.get(variable, "").split(","))
    return {id_: value for id_, _, value in (entry.partition("=") for entry in entries)}


def _broker_problems(parts: Parts) -> Iterator[str]:
    """Every shard's broker is a Service's."""
    for shard in parts.shards:
        for address in shard.env.get("KAFKA_BOOTSTRAP", "").split(","):
            if why := parts.unreachable(address):
                yield f"{shard.name}: KAFKA_BOOTSTRAP: {why}"


def _entry_problems(parts: Parts) -> Iterator[str]:
    """Orders come in at the gateway, or at the only shard."""
    if not parts.shards:
        return
    if parts.gateway is None and len(parts.shards) > 1:
        yield f"{len(parts.shards)} shards have no gateway; orders reach only one of them"
        return
    target = parts.gateway or parts.shards[0]
    entry = parts.services.get("entry")
    if entry is None:
        yield f"service entry is missing; it must lead to {target.name}"
        return
    found = parts.selected(entry.get("selector") or {})
    if found != [target]:
        yield f"service entry must lead to {target.name}; it leads to {_listed(workload.name for workload in found)}"


def _control_problems(parts: Parts) -> Iterator[str]:
    """The control is reached by a Service of its own."""
    for control in parts.selected({"app": CONTROL}):
        service = parts.services.get(CONTROL)
        if service is None:
            yield f"service {CONTROL} is missing; it must lead to {control.name}"
        elif control not in parts.selected(service.get("selector") or {}):
            yield f"service {CONTROL} must lead to {control.name}"


def _listed(things: Iterable[object]) -> str:
    """Some of them by name, sorted."""
    names = sorted(map(str, things))
    shown = ", ".join(names[:SHOWN])
    return (f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown) or "none"
