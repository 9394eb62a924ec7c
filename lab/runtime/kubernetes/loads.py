"""What cases are run with in a namespace: load from its pods, its Prometheus read by a port-forward."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from lab.bringup.entry import await_scraped, reached
from lab.bringup.monitoring import PROMETHEUS_PODS
from lab.cluster import broker_statefulset
from lab.cluster.lab import Lab
from lab.conduct.place import Say
from lab.measure.prometheus import Prometheus
from lab.run import calibration, fill
from lab.run.books import Books
from lab.run.case_progress import Progress
from lab.run.in_cluster import InCluster
from lab.run.load_context import LoadContext
from lab.run.state_reader import StateReader
from lab.runtime.k3d import loss, state
from lab.runtime.k3d.outage import outage
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
    """What cases are run with, once Prometheus scrapes each workload's pod.

    Orders of a load come from pods. By port-forwards goes what is not measured: questions to Prometheus, and the few
    orders that prove a lab whole.

    Raises:
        ToolError: It can't be measured.
    """
    await_scraped(lab, topology)
    source = source_of(lab, topology, say)
    with (
        reached(lab, "prometheus") as prometheus_url,
        reached(lab, "orders") as entry,
        ContainerUse(lab, say) as use,
    ):
        prometheus = Prometheus(prometheus_url)
        yield LoadContext(
            make_load=source.load,
            make_steady=source.steady,
            metrics=NamespaceMetrics(scraped_by=prometheus, use=use),
            remote_write=PROMETHEUS_URL,
            grafana=None,
            make_fault=partial(outage, lab),
            empty_books=Books(
                partial(restart, lab.kube, topology, deadline=lab.settings.deadlines.engine),
                prometheus,
                topology,
                entry=entry,
            ).empty,
            make_consumer=partial(RecordDump, lab.kube, lab.settings.topics.names),
            state=StateReader(partial(state.read, lab, topology)),
            measure_path=partial(calibration.calibrate, source.steady, source.entry),
            control=source.control,
            broker_pods=partial(broker_statefulset.pods, lab.kube),
            look_for_loss=partial(loss.of_pods, lab.kube),
            try_out=partial(fill.require, prometheus, entry, topology),
            on_progress=on_progress,
            say=say,
        )


def source_of(lab: Lab, topology: Topology, say: Say) -> InCluster:
    """What sends a load there.

    Raises:
        ToolError: The image of k6 is to be pushed from here and isn't in Docker's store.
    """
    return InCluster(
        lab=lab,
        topology=topology,
        image=pushing.named(lab.settings, "runner"),
        remote_write=PROMETHEUS_URL,
        prometheus=replace(PROMETHEUS_PODS, namespace=lab.access.namespaces.monitoring),
        say=say,
    )
