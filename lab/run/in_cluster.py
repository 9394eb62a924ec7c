"""Load from inside the cluster: k6 in pods, each a part of the load, the orders' way by the entry's Service."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from lab.cluster import runner_pods
from lab.cluster.lab import Lab
from lab.cluster.runner_job import API_PORT, LINGERS, RESULTS, SCRIPTS, STARTS, RunnerJob, Way, scripts_of
from lab.core.content_hash import content_hash
from lab.core.errors import LabError
from lab.core.ownership import labels
from lab.core.part_labels import ENGINE, GATEWAY
from lab.core.paths import from_root
from lab.process.shell import Command
from lab.process.steps import Say
from lab.run import steady
from lab.run.fleet import Fleet
from lab.run.runner_pod import RunnerPod
from lab.settings.topology import CONTROL as CONTROL_APP
from lab.settings.topology import Topology
from lab.tools import k6

HTTP = 8080
ENTRY, CONTROL = f"http://entry:{HTTP}", f"http://{CONTROL_APP}:{HTTP}"
"""The orders' way in and the control, from a pod of their namespace."""
API = f"127.0.0.1:{API_PORT}"
"""k6's REST API within its pod: a port-forward leads there."""
ANSWERED = Path(__file__).with_name("answered.js")
"""Run before all else, without an API: what is sent by a new pod may be refused for a moment."""
CONFIG = "lab-k6-config.json"
"""Where the empty configuration of k6 is, among the scripts."""


@dataclass(frozen=True, kw_only=True)
class InCluster:
    """Makes loads, and what asks steadily, from pods.

    Args:
        lab: The lab; its settings say how many runners.
        topology: What stands, and takes the orders.
        image: k6's, as pods name it; one with a shell.
        remote_write: The Prometheus that takes k6's own series, as pods reach it; None where there is none.
        prometheus: Its pods, where the lab's traffic rules apply to them.
        say: Told what could not be taken away.
        entry: The orders' way in, as pods reach it.
        control: Where the control answers them.
    """

    lab: Lab
    topology: Topology
    image: str
    remote_write: str | None
    prometheus: Way | None
    say: Say
    entry: str = ENTRY
    control: str = CONTROL

    @contextmanager
    def load(self, load: k6.Load) -> Iterator[Fleet]:
        """All k6 of a load, in pods that go when it is over.

        Raises:
            ToolError: The cluster refuses them, or one doesn't run in time.
            UsageError: The scripts are more than pods can be given.
        """
        folders = [load.folder / part.folder for part in k6.segments(self._runners)]
        with (
            self._made(self.job(load), folders) as runners,
            Fleet(runners, steered=True) as fleet,
        ):
            yield fleet

    @contextmanager
    def steady(self, asked: steady.Requests, folder: Path, *, seconds: float, grace: float) -> Iterator[RunnerPod]:
        """What asks steadily, from a pod that goes when it is over.

        Raises:
            ToolError: The cluster refuses it, or it doesn't run in time.
        """
        script, config = Path(SCRIPTS, steady.SCRIPT.name), Path(SCRIPTS, CONFIG)
        command = steady.command(
            "k6", asked, Path(RESULTS), api=API, seconds=seconds, grace=grace, script=script, config=config
        )
        job = self._job(
            str(folder), [command], {steady.SCRIPT.name: steady.SCRIPT.read_text(encoding="utf-8")}, awaits=asked.url
        )
        with self._made(job, [folder]) as (runner,), runner:
            yield runner

    @contextmanager
    def _made(self, job: RunnerJob, folders: Sequence[Path]) -> Iterator[list[RunnerPod]]:
        """The pods of a Job, running, while the context lasts."""
        kube = self.lab.kube
        try:
            pods = runner_pods.start(kube, job)
            yield [
                RunnerPod(kube, pod, folder=folder, deadline=job.deadline)
                for pod, folder in zip(pods, folders, strict=True)
            ]
        finally:
            try:
                runner_pods.take_away(kube, job.name)
            except LabError as error:
                self.say(f"{job.name} could not be taken away: {error.summary}; the next command does")

    def job(self, load: k6.Load) -> RunnerJob:
        """The Job of a load."""
        settings = self.lab.settings
        folder = _folder(load.case.script, from_root(settings.loadtests.folder))
        inside = replace(
            load,
            case=replace(load.case, script=from_root(load.case.script).relative_to(folder).as_posix()),
            folder=Path(RESULTS),
        )
        endpoints = k6.Endpoints(entry=self.entry, remote_write=self.remote_write, api=API)
        commands = [
            k6.run_command("k6", replace(inside, segment=segment), endpoints, config=Path(SCRIPTS, CONFIG))
            for segment in k6.segments(self._runners)
        ]
        return self._job(load.testid, commands, scripts_of(folder), awaits=self.entry)

    def whole(self) -> RunnerJob:
        """A Job of as many pods as run at once: all runners, and what asks the control; nothing is run by it."""
        return self._job("whole", [Command(argv=("true",), deadline=1)] * (self._runners + 1), {}, awaits=self.entry)

    def _job(self, what: str, commands: Sequence[Command], scripts: Mapping[str, str], *, awaits: str) -> RunnerJob:
        """A Job of one pod a command, all of which have the same environment and deadline."""
        settings, deadline = self.lab.settings, commands[0].deadline
        config, health = Path(SCRIPTS, CONFIG), f"http://{urlsplit(awaits).netloc}/health"
        return RunnerJob(
            name=f"load-{content_hash(what)[:10]}",
            labels=labels(settings.name),
            annotations=runner_pods.owner(lasts=STARTS + deadline + LINGERS),
            layout=self.lab.layout,
            image=self.image,
            resources=settings.resources.runner,
            commands=[command.argv for command in commands],
            env=commands[0].env,
            scripts={
                **scripts,
                CONFIG: k6.CONFIG.read_text(encoding="utf-8"),
                ANSWERED.name: ANSWERED.read_text("utf-8"),
            },
            deadline=deadline,
            ways=self._ways,
            before=(
                "k6",
                "run",
                *k6.flags(config),
                "--address",
                "",
                "-e",
                f"LAB_URL={health}",
                f"{SCRIPTS}/{ANSWERED.name}",
            ),
        )

    @property
    def _runners(self) -> int:
        return self.lab.settings.load.runners

    @property
    def _ways(self) -> list[Way]:
        """To what takes the orders, to the control, and to Prometheus."""
        space = self.lab.access.namespaces.workloads
        takes = GATEWAY if self.topology.has_gateway else ENGINE
        ways = [Way(namespace=space, labels={"app": app}, port=HTTP) for app in (takes, CONTROL_APP)]
        return [*ways, *([self.prometheus] if self.prometheus else [])]


def _folder(script: str, own: Path) -> Path:
    """The folder that a script imports from: that of all scripts, or its own where it lies elsewhere."""
    path = from_root(script)
    return own if path.is_relative_to(own) else path.parent
