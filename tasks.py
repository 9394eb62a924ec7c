"""The lab's tasks: a table of contents. What they do is in lab/; imports are lazy so that listing them stays quick."""

from invoke import Context, task

PROFILES = "full (the contract's durations; default) or smoke (every case under 40 s, marked SMOKE)"
TOPOLOGY = "a topology of experiment.yaml (default: single)"


@task(help={"topology": TOPOLOGY})
def up(c: Context, topology: str = "single") -> None:
    """Bring the lab up, or on from where it stands; with --dry before it, print the plan."""
    from lab import commands

    commands.up(topology, dry=c.config.run.dry)


@task(help={"keep_registry": "keep the images' registry for the next up (default), or remove it too"})
def down(c: Context, keep_registry: bool = True) -> None:
    """Take the lab down: cluster, processes and files; the registry stays unless --no-keep-registry."""
    from lab import commands

    commands.down(keep_registry=keep_registry, dry=c.config.run.dry)
