"""The lab goes without a trace but its registry and why something broke, and going twice is no error."""

import subprocess
from pathlib import Path

from lab.cluster.lab import Lab
from lab.core.paths import STATE
from tests.claims.claims import LAST
from tests.claims.world import World
from tests.cluster.cluster_tools import Invokew


def everything() -> list[str]:
    """Names of all containers, volumes and networks that Docker has."""
    found: list[str] = []
    for words in (
        ("ps", "--all", "--format", "{{.Names}}"),
        ("volume", "ls", "--format", "{{.Name}}"),
        ("network", "ls", "--format", "{{.Name}}"),
    ):
        found += subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.split()
    return found


def test_down_leaves_the_registry_and_nothing_else(lab: Lab, invokew: Invokew) -> None:
    ended = invokew("down")
    assert ended.code == 0, ended.output
    assert [name for name in everything() if lab.settings.name in name] == [f"k3d-{lab.settings.name}-registry"]
    assert {path.name for path in STATE.glob("*")} <= {"failures"}


def test_the_last_claim_of_every_runtime_holds(world: World, tmp_path: Path) -> None:
    LAST(world, tmp_path)


def test_the_registry_goes_when_asked(lab: Lab, invokew: Invokew) -> None:
    ended = invokew("down", "--no-keep-registry")
    assert ended.code == 0, ended.output
    assert not [name for name in everything() if lab.settings.name in name]
