"""The spec's way to a lab: its commands in its order, one after another, with no more changed than it takes to work.

What differs from the spec's scripts, which don't get past the second as they are: the values and manifests are the
project's, ports lead to NodePorts, rollouts are waited for, the kubeconfig is the lab's own. What stays: k3d's own load
balancer, `k3d image import` in its default mode, `helm --wait`, the charts' own probes, and the spec's delays before
the first probe.
"""

import copy
from pathlib import Path
from typing import Any

import yaml

from lab.bringup import images, releases, sources
from lab.cluster.lab import Lab
from lab.core.access import SPEC
from lab.manifests import synthesis
from lab.process.shell import Command, run
from lab.settings.topology import CONTROL, Topology
from lab.tools import docker, helm, k3d, kubectl

SPEC_DELAYS = {"readinessProbe": 10, "livenessProbe": 15}
"""Seconds before the first probe, by the spec's 5.1 and 5.2."""
OWN_PROBES = {
    "startupProbe",
    "readinessProbe",
    "readinessProbeInitialDelay",
    "readinessProbePeriodSeconds",
    "readinessProbeTimeout",
    "readinessProbeFailureThreshold",
    "livenessProbeInitialDelay",
}
"""Helm values by which the lab is quicker than the charts' defaults."""


def bring_up(lab: Lab, topology: Topology, folder: Path) -> None:
    """Bring the lab up the spec's way; ends when everything is ready.

    Args:
        lab: The lab; nothing of it stands.
        topology: What is brought up.
        folder: Where manifests are written.
    """
    imported = lab.settings.model_copy(update={"images": lab.settings.images.model_copy(update={"delivery": "import"})})
    tool = lab.tools.path
    run(_create(lab))
    _keep_kubeconfig(lab)
    roles = [role for role in images.roles(imported, topology) if role != CONTROL]  # the spec knows none
    for role in roles:
        image = images.settings_of(imported, role)
        if source := sources.of(imported, role):
            run(docker.build_command(image.name, source.folder, source.digest(), source.target))
        item = images.delivery(imported, role)
        run(docker.tag_command(item.source, item.reference))
        run(
            Command(argv=(tool("k3d"), "image", "import", item.reference, "--cluster", lab.settings.name), deadline=300)
        )
        run(docker.untag_command(item.reference), check=False)
    resolved = images.resolved(imported, [images.delivery(imported, role) for role in roles])
    run(synthesis.render_command(resolved, lab.layout, (topology.name,), folder))
    base, broker, engines = _parts(folder / f"{topology.name}.k8s.yaml")
    run(kubectl.apply_command(tool("kubectl"), lab.access, base))
    for release in (releases.prometheus(resolved), releases.grafana(resolved)):
        run(_install(lab, release))
    run(kubectl.apply_command(tool("kubectl"), lab.access, broker))
    _await(lab, "statefulset/redpanda")
    topics = ("rpk", "topic", "create", *lab.settings.topics.names, "--partitions", "12", "--replicas", "1")
    _kubectl(lab, "exec", "--namespace", SPEC.workloads, "redpanda-0", "--", *topics)
    run(kubectl.apply_command(tool("kubectl"), lab.access, engines))
    for shard in topology.shards:
        _await(lab, f"deployment/{shard.name}")


def _create(lab: Lab) -> Command:
    settings = lab.settings
    ports = [word for pair in k3d.config(settings)["ports"] for word in ("--port", f"{pair['port']}@server:0:direct")]
    shape = ("--servers", str(settings.cluster.servers), "--agents", str(settings.cluster.agents))
    # The spec's has none: but pods of the project's manifests are bound to nodes, and `down` takes only its own.
    options = k3d.config(settings)["options"]
    labels = [
        word
        for flag, given in (("k3s-node", options["k3s"]["nodeLabels"]), ("runtime", options["runtime"]["labels"]))
        for one in given
        for word in (f"--{flag}-label", f"{one['label']}@{';'.join(one['nodeFilters'])}")
    ]
    quiet = ("--kubeconfig-update-default=false", "--k3s-arg", "--disable=traefik@server:0", "--wait")
    name = (lab.tools.path("k3d"), "cluster", "create", settings.name, "--image", settings.cluster.image)
    return Command(argv=(*name, *shape, *labels, *ports, *quiet), deadline=300)


def _keep_kubeconfig(lab: Lab) -> None:
    text = run(k3d.kubeconfig_command(lab.tools.path("k3d"), lab.settings.name)).stdout
    lab.access.kubeconfig.parent.mkdir(exist_ok=True)
    lab.access.kubeconfig.write_text(text)


def _parts(manifest: Path) -> tuple[Path, Path, Path]:
    """The manifest in three files, with the spec's delays: what pods need, the broker, what handles orders."""
    documents = [document for document in yaml.safe_load_all(manifest.read_text()) if document]
    documents = [document for document in documents if document["metadata"]["name"] != CONTROL]
    for document in documents:
        for container in document.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
            container.pop("startupProbe", None)
            for probe, delay in SPEC_DELAYS.items():
                if probe in container:
                    container[probe]["initialDelaySeconds"] = delay
    kinds: dict[str, list[dict[str, Any]]] = {"base": [], "broker": [], "engines": []}
    for document in documents:
        part = {"StatefulSet": "broker", "Deployment": "engines"}.get(document["kind"], "base")
        kinds[part].append(document)
    paths = []
    for part, found in kinds.items():
        paths.append(manifest.with_name(f"{part}.yaml"))
        paths[-1].write_text(yaml.safe_dump_all(found))
    return paths[0], paths[1], paths[2]


def _install(lab: Lab, release: helm.Release) -> Command:
    values = copy.deepcopy(dict(release.values))
    for part in (values, values.get("server", {})):
        for key in OWN_PROBES & part.keys():
            del part[key]
    plain = helm.Release(name=release.name, chart=release.chart, values=values)
    command = helm.upgrade_command(lab.tools.path("helm"), lab.access, plain, version=lab.tools.version("helm"))
    return Command(argv=(*command.argv, "--wait", "--timeout", "180s"), stdin=command.stdin, deadline=200)


def _await(lab: Lab, workload: str) -> None:
    _kubectl(lab, "rollout", "status", workload, "--namespace", SPEC.workloads, "--timeout", "180s")


def _kubectl(lab: Lab, *words: str) -> None:
    run(Command(argv=lab.access.kubectl(*words, kubectl=lab.tools.path("kubectl")), deadline=200))
