"""The steps that bring the registry and the k3d cluster about."""

import os
import re
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from lab.bringup import standing, standstill
from lab.bringup.carrying import node_images
from lab.cluster import kube
from lab.cluster.lab import Lab
from lab.cluster.readiness import unready, wait_nodes_ready
from lab.core.causes import CLUSTER_AWAY
from lab.core.errors import ToolError
from lab.core.ownership import network_name, registry_name
from lab.core.paths import ROOT, STATE
from lab.process.shell import Command, run
from lab.process.steps import Say, Step
from lab.tools import docker, k3d, kubectl

PAUSE = 0.25
"""Seconds between two looks at a server that is starting: there is nothing to watch before it answers."""
K3D_SUFFIX = {"container": r"-(?:(?:server|agent)-\d+|serverlb|tools)", "volume": "-images", "network": ""}
"""What k3d puts after `k3d-NAME` to name what it makes for a cluster, by kind."""


def registry(lab: Lab, needs: tuple[str, ...]) -> Step:
    """The registry from which the nodes get their images; it outlives the cluster, so nothing is pushed twice."""
    settings = lab.settings

    def state() -> tuple[bool, int] | None:
        return k3d.registry_state(lab.tools.path("k3d"), settings.name)

    def is_done() -> str | None:
        return f"listens on 127.0.0.1:{settings.ports.registry}" if state() == (True, settings.ports.registry) else None

    def bring(say: Say) -> None:
        found = state()
        if found and found[1] == settings.ports.registry:
            say("starting it again")
            run(docker.command("start", registry_name(settings.name), deadline=60))
            return
        if found:
            say(f"moving it from port {found[1]} to {settings.ports.registry}")
            run(k3d.registry_delete_command(lab.tools.path("k3d"), settings.name))
        run(k3d.registry_create_command(lab.tools.path("k3d"), settings))
        # A cluster that stands already gets its images from this one; a first `up` has no network yet.
        network, name = network_name(settings.name), registry_name(settings.name)
        run(docker.command("network", "connect", network, name, deadline=30), check=False)

    def plan() -> list[str]:
        return [str(k3d.registry_create_command(lab.tools.shown("k3d"), settings))]

    return Step(name="registry", needs=needs, is_done=is_done, run=bring, plan=plan)


class Creation:
    """The making of the cluster, which goes on while what needs only its API server begins.

    The server answers after a third of the time that k3d takes to have all agents in; so `cluster` ends when the API
    answers, and `nodes` when k3d has ended and every node is ready.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._future: Future[None] | None = None
        self._writing = threading.Lock()
        self._seen: tuple[k3d.ClusterState | None, standing.Standing | None] | None = None

    def remains(self, needs: tuple[str, ...]) -> Step:
        """What was not made to its end is gone: a cluster without its mark, and what one that is gone has left."""

        def is_done() -> str | None:
            state, found = self._stands()
            if found is not None and state is not None and found.is_whole(state):
                return f"cluster {self.lab.settings.name} is whole"
            return None if state or left_of(self.lab.settings.name) else "nothing is left of a cluster"

        def remove(_say: Say) -> str:
            run(k3d.delete_command(self.lab.tools.path("k3d"), self.lab.settings.name))
            remove_leftovers(self.lab.settings.name)
            self._seen = None, None
            return "a cluster that was not made to its end is removed"

        def plan() -> list[str]:
            return [str(k3d.delete_command(self.lab.tools.shown("k3d"), self.lab.settings.name))]

        return Step(name="remains", needs=needs, is_done=is_done, run=remove, plan=plan)

    def cluster(self, needs: tuple[str, ...]) -> Step:
        """The API server answers, and the lab's own kubeconfig leads to it."""
        return Step(name="cluster", needs=needs, is_done=self._is_up, run=self._bring, plan=self._plan)

    def nodes(self, needs: tuple[str, ...]) -> Step:
        """All nodes are in and ready."""
        expected = self.lab.settings.cluster.nodes

        def is_done() -> str | None:
            if self._future is not None:
                return None
            return None if unready(self.lab.kube.items("Node"), expected) else f"{expected} of {expected} ready"

        def await_nodes(say: Say) -> None:
            say(f"waiting for {expected} nodes")
            if self._future is not None:
                self._future.result()
            wait_nodes_ready(self.lab.kube, expected, deadline=self.lab.settings.cluster.timeout)

        return Step(name="nodes", needs=needs, is_done=is_done, run=await_nodes)

    def _stands(self) -> tuple[k3d.ClusterState | None, standing.Standing | None]:
        """What is there; asked once, for only these steps change it."""
        if self._seen is None:
            state = k3d.cluster_state(self.lab.tools.path("k3d"), self.lab.settings.name)
            self._seen = state, standing.standing(self.lab.settings.name) if state else None
        return self._seen

    def _is_up(self) -> str | None:
        state, found = self._stands()
        if state is None or found is None:
            return None
        standing.require_as_wanted(found, state, self.lab.settings)
        if state.running < state.nodes or not self._write_kubeconfig() or not self._answers():
            return None
        if found.mark is None or standstill.moved(docker.node_containers(self.lab.settings.name), found.mark):
            return None  # Docker was started anew, or an `up` that started them was killed
        return f"{state.servers} server, {state.agents} agents run"

    def _bring(self, say: Say) -> str | None:
        k3d_path, settings = self.lab.tools.path("k3d"), self.lab.settings
        _, found = self._stands()
        if found is not None and found.mark is not None:
            say("starting its stopped nodes")
            kube.load_client()
            return standstill.start(self.lab, found.mark, self._await_api, say)
        STATE.mkdir(exist_ok=True)
        path = STATE / "k3d.yaml"
        path.write_text(k3d.config_text(settings, node_images(settings)), encoding="utf-8")
        say("waiting for its API server")
        # An interrupt of the lab ends its commands as it ends any other.
        maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="k3d")
        self._future = maker.submit(self._make, k3d.create_command(k3d_path, settings, str(path)))
        maker.shutdown(wait=False)
        kube.load_client()  # while the server starts: what follows needs it at once
        self._await_api()
        return None

    def _make(self, command: Command) -> None:
        """Make the cluster, and mark it when it is whole; whatever becomes of the steps beside this."""
        run(command)
        settings, nodes = self.lab.settings, docker.node_containers(self.lab.settings.name)
        self._write_kubeconfig()
        run(kubectl.nodes_ready_command(self.lab.tools.path("kubectl"), self.lab.access, settings.cluster.timeout))
        mark = standing.Mark(
            checkout=str(ROOT),
            addresses={node.name: node.address for node in nodes},
            registry=settings.images.delivery == "registry",
        )
        standing.write(settings.name, mark)

    def _await_api(self) -> None:
        end = time.monotonic() + self.lab.settings.cluster.timeout
        while time.monotonic() < end:
            if self._future is not None and self._future.done():
                self._future.result()  # raises what k3d said
            if self._write_kubeconfig() and self._answers():
                return
            time.sleep(PAUSE)
        raise ToolError(
            f"the API server of {self.lab.settings.name} does not answer; see 'docker ps', run './invokew down'",
            cause=CLUSTER_AWAY,
        )

    def _write_kubeconfig(self) -> bool:
        """Keep the cluster's kubeconfig in the lab's own file, for this user alone."""
        result = run(k3d.kubeconfig_command(self.lab.tools.path("k3d"), self.lab.settings.name), check=False)
        if not result.ok or "server:" not in result.stdout:
            return False
        path = self.lab.access.kubeconfig
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with self._writing:
            part.touch(mode=0o600)
            part.write_text(result.stdout, encoding="utf-8")
            os.replace(part, path)  # noqa: PTH105 - the pair of `part.write_text`
        return True

    def _answers(self) -> bool:
        try:
            return run(kubectl.readyz_command(self.lab.tools.path("kubectl"), self.lab.access), check=False).ok
        except ToolError:
            return False

    def _plan(self) -> list[str]:
        k3d_path, name = self.lab.tools.shown("k3d"), self.lab.settings.name
        path = str(STATE / "k3d.yaml")
        return [str(k3d.create_command(k3d_path, self.lab.settings, path)), str(k3d.kubeconfig_command(k3d_path, name))]


def left_of(name: str) -> list[str]:
    """What Docker still has of a cluster: containers, volumes and networks whose names are k3d's for it."""
    found = []
    for kind, words in docker.LEFTOVERS.items():
        listed = run(docker.command(*words, deadline=20)).stdout.split()
        found += [f"{kind} {item}" for item in listed if _belongs(kind, item, name)]
    return found


def remove_leftovers(name: str) -> list[str]:
    """Remove what k3d itself does not find any more, for instance a network whose cluster was half made.

    Returns:
        What was removed, a line each.

    Raises:
        ToolError: Docker refuses.
    """
    verbs = {"container": ("rm", "--force", "--volumes"), "volume": ("volume", "rm"), "network": ("network", "rm")}
    done = []
    for left in left_of(name):
        kind, _, item = left.partition(" ")
        if kind == "network":
            # A registry that is kept may still be on it; k3d misses that now and then.
            away = docker.command("network", "disconnect", "--force", item, registry_name(name), deadline=30)
            run(away, check=False)
        run(docker.command(*verbs[kind], item, deadline=60))
        done.append(f"{left} removed")
    return done


def _belongs(kind: str, item: str, name: str) -> bool:
    """Whether an item is the cluster's, and not its registry, nor another cluster's whose name begins alike."""
    return re.fullmatch(f"k3d-{re.escape(name)}{K3D_SUFFIX[kind]}", item) is not None
