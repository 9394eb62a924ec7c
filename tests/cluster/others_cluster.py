"""The claims that hold on every runtime, in a namespace of a cluster that others made, with the printed Role alone.

By hand, and about ten minutes, since it takes a cluster of plain k3d beside the lab's; no lab of this checkout stands:

    python -m tests.cluster.others_cluster             # all claims
    python -m tests.cluster.others_cluster case down   # those with one of these words in their names, in their order
"""

import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab.cluster.lab import in_namespace, of
from lab.process import ports
from lab.process.environment import environment
from lab.settings.loading import OVERLAY, files, load, read
from tests.claims.claims import CLAIMS, LAST
from tests.claims.world import World
from tests.cluster.cluster_tools import world_of
from tests.cluster.overlays import written

NAME, SPACE, WHO = "others", "team-x", "lab"
"""The cluster, the namespace in it, and the ServiceAccount there that the lab is."""


@dataclass(frozen=True, kw_only=True)
class Others:
    """A cluster of others', as its admin has it.

    Args:
        k3d: The program.
        folder: For its files.
        registry: Where images are pushed to and pulled from.
    """

    k3d: str
    folder: Path
    registry: str

    def admin(self, *words: str, stdin: str | None = None) -> str:
        """What kubectl prints for the admin."""
        return _told("kubectl", "--kubeconfig", str(self.folder / "admin.yaml"), *words, stdin=stdin)

    def settings(self) -> Path:
        """The settings in force, with the namespace laid over them."""
        cluster = {
            "context": "team",
            "kubeconfig": str(self.folder / "lab.yaml"),
            "namespace": SPACE,
            "registry": self.registry,
        }
        return Path(written(self.folder / "settings.yaml", {"kubernetes": cluster}))


@contextmanager
def others_cluster(folder: Path) -> Iterator[Others]:
    """A cluster of plain k3d with four nodes, and a namespace in it that holds somebody's data; gone afterwards."""
    lab, port = of(load()), ports.free()
    k3d, registry = lab.tools.path("k3d"), f"localhost:{port}"
    mirror = {"mirrors": {registry: {"endpoint": [f"http://k3d-{NAME}-registry:5000"]}}}
    (folder / "registries.yaml").write_text(yaml.safe_dump(mirror), encoding="utf-8")
    image = ("--image", lab.settings.cluster.image) if lab.settings.cluster.image else ()
    made = Others(k3d=k3d, folder=folder, registry=registry)
    try:
        _told(k3d, "registry", "create", f"{NAME}-registry", "--port", f"127.0.0.1:{port}")
        _told(
            k3d, "cluster", "create", NAME, "--agents", "3", "--no-lb", *image, "--wait", "--timeout", "300s",
            "--registry-use", f"k3d-{NAME}-registry:{port}", "--registry-config", str(folder / "registries.yaml"),
            "--kubeconfig-update-default=false", "--kubeconfig-switch-context=false",
        )  # fmt: skip
        (folder / "admin.yaml").write_text(_told(k3d, "kubeconfig", "get", NAME), encoding="utf-8")
        made.admin("create", "namespace", SPACE)
        made.admin("--namespace", SPACE, "create", "serviceaccount", WHO)
        made.admin("--namespace", SPACE, "create", "configmap", "foreign", "--from-literal=a=b")
        (folder / "lab.yaml").write_text(_kubeconfig(made), encoding="utf-8")
        yield made
    finally:
        for kind, name in (("cluster", NAME), ("registry", f"k3d-{NAME}-registry")):
            subprocess.run(
                (k3d, kind, "delete", name), check=False, capture_output=True, env=environment(os.environ, {})
            )


def grant(others: Others, world: World) -> None:
    """Have the admin apply what `rights` prints, which then finds nothing missing."""
    printed = world.run("rights")
    assert printed.code == 3, printed.output
    role, _, _ = printed.output.partition("error:")
    others.admin("apply", "--filename", "-", stdin=role)
    world.must("rights")


def main(words: Sequence[str]) -> int:
    """Try the claims; 1 if one does not hold, or if anything but others' own is left."""
    failed = 0
    with tempfile.TemporaryDirectory() as name, others_cluster(Path(name)) as others:
        settings = others.settings()
        lab = in_namespace(read([*files({}), settings]), of(load()).tools)
        world = world_of(lab, "kubernetes", {OVERLAY: str(settings)})
        grant(others, world)
        chosen = [claim for claim in (*CLAIMS, LAST) if not words or any(word in claim.__name__ for word in words)]
        for claim in chosen:
            began = time.monotonic()
            try:
                claim(world, Path(name))
                said = "holds"
            except Exception:  # noqa: BLE001 - the next one is tried whatever this one comes to
                failed, said = failed + 1, f"does not hold\n{traceback.format_exc()}"
            sys.stdout.write(f"{claim.__name__}: {said} ({time.monotonic() - began:.0f} s)\n")
            sys.stdout.flush()
        left = others.admin("--namespace", SPACE, "get", "all,configmaps", "--output", "name").split()
        sys.stdout.write(f"left in the namespace: {', '.join(left)}\n")
    return int(failed > 0)


def _kubeconfig(others: Others) -> str:
    """That of the ServiceAccount, which names no current context."""
    token = others.admin("--namespace", SPACE, "create", "token", WHO, "--duration=2h").strip()
    found = yaml.safe_load((others.folder / "admin.yaml").read_text(encoding="utf-8"))
    found["users"] = [{"name": WHO, "user": {"token": token}}]
    found["contexts"] = [{"name": "team", "context": {"cluster": found["clusters"][0]["name"], "user": WHO}}]
    return yaml.safe_dump({**found, "current-context": ""})


def _told(*argv: str, stdin: str | None = None) -> str:
    ended = subprocess.run(
        argv, env=environment(os.environ, {}), capture_output=True, text=True, input=stdin, timeout=600, check=False
    )
    assert ended.returncode == 0, f"{' '.join(argv[:4])}: {ended.stderr}"
    return ended.stdout


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
