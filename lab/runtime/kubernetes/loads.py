"""What cases are run with in a namespace: load from its pods; what is scraped, read by a port-forward or an address."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from lab.bringup import external_prometheus
from lab.bringup.entry import await_scraped, reached
from lab.bringup.monitoring import PROMETHEUS_PODS
from lab.cluster import broker_statefulset
from lab.cluster.fault import outage_of
from lab.cluster.lab import Lab
from lab.conduct.place import Say
from lab.measure.metrics import Metrics
from lab.measure.prometheus import Prometheus
from lab.run import calibration, fill
from lab.run.books import Books
from lab.run.case_progress import Progress
from lab.run.fault_schedule import longest
from lab.run.in_cluster import InCluster
from lab.run.load_context import LoadContext
from lab.run.state_reader import StateReader
from lab.runtime.k3d import loss, state
from lab.runtime.k3d.record_dump import RecordDump
from lab.runtime.k3d.restart import restart
from lab.runtime.kubernetes import pushing
from lab.runtime.kubernetes.container_use import ContainerUse, NamespaceMetrics
from lab.settings.topology import Topology

PROMETHEUS_URL = "http://prometheus:9090"
"""Prometheus as pods of the namespace reach it."""


@contextmanager
def load_context(
    lab: Lab, topology: Topology, on_progress: Callable[[Progress], None], say: Say
) -> Iterator[LoadContext]:
    """What cases are run with, once each workload's pod is scraped.

    Orders of a load come from pods. By port-forwards goes what is not measured: questions to the lab's Prometheus, and
    the few orders that prove a lab whole.

    Raises:
        ToolError: It can't be measured.
    """
    require_scraped(lab, topology, say)
    source = source_of(lab, topology, say)
    with scraped(lab) as found, reached(lab, "orders") as entry, ContainerUse(lab, say) as use:
        yield LoadContext(
            make_load=source.load,
            make_steady=source.steady,
            metrics=NamespaceMetrics(scraped_by=found, use=use),
            remote_write=source.remote_write,
            grafana=None,
            make_fault=partial(outage_of, lab.kube, lab.settings.topics, longest=longest(lab.settings)),
            empty_books=Books(
                partial(restart, lab.kube, topology, deadline=lab.settings.deadlines.engine),
                found,
                topology,
                entry=entry,
            ).empty,
            make_consumer=partial(RecordDump, lab.kube, lab.settings.topics.names),
            state=StateReader(partial(state.read, lab, topology)),
            measure_path=partial(calibration.calibrate, source.steady, source.entry),
            control=source.control,
            broker_pods=partial(broker_statefulset.pods, lab.kube),
            look_for_loss=partial(loss.of_pods, lab.kube),
            try_out=partial(fill.require, found, entry, topology),
            on_progress=on_progress,
            say=say,
        )


@contextmanager
def scraped(lab: Lab) -> Iterator[Metrics]:
    """What is scraped of the namespace, by the lab's own Prometheus or the cluster's.

    Raises:
        ToolError: The lab's can't be forwarded.
        UsageError: The token of the cluster's can't be read.
    """
    if found := external_prometheus.metrics(lab):
        yield found
        return
    with reached(lab, "prometheus") as url:
        yield Prometheus(url)


def require_scraped(lab: Lab, topology: Topology, say: Say) -> None:
    """Wait until each pod that handles orders is scraped as a measurement needs it.

    Raises:
        ToolError: It isn't in time.
        UsageError: The token of the cluster's Prometheus can't be read.
    """
    if found := external_prometheus.metrics(lab):
        external_prometheus.await_scraped(found, external_prometheus.handlers(lab), say)
    else:
        await_scraped(lab, topology)


def source_of(lab: Lab, topology: Topology, say: Say) -> InCluster:
    """What sends a load there.

    Raises:
        ToolError: The image of k6 is to be pushed from here and isn't in Docker's store.
    """
    monitoring = replace(PROMETHEUS_PODS, namespace=lab.access.namespaces.monitoring)
    is_own = lab.layout.scraped_by is None
    return InCluster(
        lab=lab,
        topology=topology,
        image=pushing.named(lab.settings, "runner"),
        remote_write=PROMETHEUS_URL if is_own else None,
        prometheus=monitoring if is_own else None,
        say=say,
    )
