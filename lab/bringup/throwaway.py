"""The throw-away cluster beside the lab's, on which `verify` tries whether a cluster goes without a trace."""

import yaml

from lab.bringup.k3d_cluster import left_of, remove_leftovers
from lab.process.shell import run
from lab.settings.fields import MAX_NAME
from lab.settings.settings import Settings
from lab.tools import k3d

SUFFIX = "-ac11"


def throwaway(settings: Settings) -> Settings:
    """The settings of the throw-away cluster: a server, and no registry to ask for anything."""
    return settings.model_copy(
        update={
            "name": settings.name[: MAX_NAME - len(SUFFIX)] + SUFFIX,
            "cluster": settings.cluster.model_copy(update={"agents": 0}),
            "images": settings.images.model_copy(update={"delivery": "import"}),
        }
    )


def config_text(settings: Settings) -> str:
    """Its k3d configuration: the lab's own, without the ports that the lab holds."""
    return yaml.safe_dump({**k3d.config(throwaway(settings)), "ports": []}, sort_keys=False)


def take_away(settings: Settings, k3d_path: str) -> list[str]:
    """Remove the throw-away cluster, also one that a check that was killed left behind; what was removed.

    Raises:
        ToolError: k3d or Docker refuses.
    """
    name = throwaway(settings).name
    found = left_of(name)
    if found:
        run(k3d.delete_command(k3d_path, name))
        remove_leftovers(name)
    return found
