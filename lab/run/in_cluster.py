"""Load from inside the cluster: k6 in pods, each a part of the load, the orders' way by the entry's Service."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from lab.cluster import runner_pods
from lab.cluster.lab import Lab
from lab.cluster.runner_job import API_PORT, LINGERS, RESULTS, SCRIPTS, STARTS, RunnerJob, Way, scripts_of
from lab.core.content_hash import content_hash
from lab.core.errors import LabError
from lab.core.ownership import labels
from lab.core.paths import from_root
from lab.process.steps import Say
from lab.run.fleet import Fleet
from lab.run.runner_pod import RunnerPod
from lab.settings.topology import Topology
from lab.tools import k6

ENTRY = "http://entry:8080"
"""The orders' way in, from a pod of its namespace."""
TAKES_ORDERS = 8080
CONFIG = "lab-k6-config.json"
"""Where the empty configuration of k6 is, among the scripts."""


@dataclass(frozen=True, kw_only=True)
class InCluster:
    """Makes loads from pods.

    Args:
        lab: The lab; its settings say how many runners.
        topology: What stands, and takes the orders.
        image: k6's, as pods name it; one with a shell.
        remote_write: The Prometheus that takes k6's own series, as pods reach it; None where there is none.
        prometheus: Its pods, where the lab's traffic rules apply to them.
        say: Told what could not be taken away.
    """

    lab: Lab
    topology: Topology
    image: str
    remote_write: str | None
    prometheus: Way | None
    say: Say

    @contextmanager
    def load(self, load: k6.Load) -> Iterator[Fleet]:
        """All k6 of a load, in pods that go when it is over.

        Raises:
            ToolError: The cluster refuses them, or one doesn't run in time.
            UsageError: The scripts are more than pods can be given.
        """
        job, kube = self.job(load), self.lab.kube
        folders = [load.folder / k6.Segment(number, len(job.commands)).folder for number in self._numbers]
        try:
            pods = runner_pods.start(kube, job)
            runners = [
                RunnerPod(kube, pod, folder=folder, deadline=job.deadline)
                for pod, folder in zip(pods, folders, strict=True)
            ]
            with Fleet(runners, steered=True) as fleet:
                yield fleet
        finally:
            try:
                runner_pods.take_away(kube, job.name)
            except LabError as error:
                self.say(f"the pods of {load.testid} could not be taken away: {error.summary}; the next command does")

    def job(self, load: k6.Load) -> RunnerJob:
        """The Job of a load."""
        settings = self.lab.settings
        folder = _folder(load.case.script, from_root(settings.loadtests.folder))
        inside = replace(
            load,
            case=replace(load.case, script=from_root(load.case.script).relative_to(folder).as_posix()),
            folder=Path(RESULTS),
        )
        endpoints = k6.Endpoints(entry=ENTRY, remote_write=self.remote_write, api=f"127.0.0.1:{API_PORT}")
        commands = [
            k6.run_command(
                "k6",
                replace(inside, segment=k6.Segment(number, settings.load.runners)),
                endpoints,
                config=Path(SCRIPTS, CONFIG),
            )
            for number in self._numbers
        ]
        deadline = commands[0].deadline
        return RunnerJob(
            name=f"load-{content_hash(load.testid)[:10]}",
            labels=labels(settings.name),
            annotations=runner_pods.owner(lasts=STARTS + deadline + LINGERS),
            layout=self.lab.layout,
            image=self.image,
            resources=settings.resources.runner,
            commands=[command.argv for command in commands],
            env=commands[0].env,
            scripts={**scripts_of(folder), CONFIG: k6.CONFIG.read_text(encoding="utf-8")},
            deadline=deadline,
            ways=[self._entry, *([self.prometheus] if self.prometheus else [])],
        )

    @property
    def _numbers(self) -> range:
        return range(1, self.lab.settings.load.runners + 1)

    @property
    def _entry(self) -> Way:
        app = "edge-gateway" if self.topology.has_gateway else "matching-engine"
        return Way(namespace=self.lab.access.namespaces.workloads, labels={"app": app}, port=TAKES_ORDERS)


def _folder(script: str, own: Path) -> Path:
    """The folder that a script imports from: that of all scripts, or its own where it lies elsewhere."""
    path = from_root(script)
    return own if path.is_relative_to(own) else path.parent
