"""AC11: a cluster goes without a trace, tried on a throw-away one beside the lab's."""

from collections.abc import Sequence
from pathlib import Path

from lab.bringup.k3d_cluster import left_of
from lab.bringup.throwaway import config_text, take_away, throwaway
from lab.core.paths import STATE
from lab.process.shell import run
from lab.tools import k3d
from lab.verify.finding import Finding, judged
from lab.verify.site import Site

FILE = STATE / "throwaway.yaml"
USERS_KUBECONFIG = Path.home() / ".kube" / "config"
"""Which the lab never writes, and k3d does unless told not to."""


def check(site: Site) -> Finding:
    """Make a cluster as the lab does, take it away as `down` does, and look for what is left."""
    settings, k3d_path = site.settings, site.lab.tools.path("k3d")
    other = throwaway(settings)
    take_away(settings, k3d_path)
    try:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(config_text(settings), encoding="utf-8")
        run(k3d.create_command(k3d_path, other, str(FILE)))
        made = left_of(other.name)
    finally:
        FILE.unlink(missing_ok=True)
        take_away(settings, k3d_path)
    return judge(other.name, made, left_of(other.name), contexts(other.name))


def judge(name: str, made: Sequence[str], left: Sequence[str], contexts: Sequence[str]) -> Finding:
    """There was a cluster, and nothing of it is left.

    Args:
        name: Its name.
        made: Containers, volumes and networks of it while it stood.
        left: Those that are left.
        contexts: Kubeconfig files that still name it.
    """
    problems = [] if made else [f"cluster {name} was not made though k3d reported success"]
    problems += [f"{item} is left" for item in left]
    problems += [f"{path} still has its context" for path in contexts]
    return judged(problems, f"cluster {name} was made ({', '.join(made)}) and deleted; nothing of it is left")


def contexts(name: str, files: Sequence[Path] = (USERS_KUBECONFIG,)) -> list[str]:
    """Those of the files in which the cluster's context is."""
    return [str(path) for path in files if path.is_file() and f"k3d-{name}" in path.read_text(encoding="utf-8")]
