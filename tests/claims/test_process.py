"""The claims against the runtime `process`, in a copy of the checkout with ports of its own."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from lab.process import ports
from tests import checkout, k6
from tests.claims.claims import CLAIMS, LAST
from tests.claims.world import World

SETTINGS = """\
ports: {{ entry: {entry}, control: {control} }}
cases:
  a2: {{ smoke: {{ duration: 12s, warmup: 2s }} }}
validity: {{ smoke: {{ calibration: 2s }} }}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = checkout.copied(tmp_path_factory.mktemp("checkout"))
    overlay = root / "own.yaml"
    overlay.write_text(SETTINGS.format(entry=ports.free(), control=ports.free()), encoding="utf-8")
    pages = root / ".lab" / "process"

    def processes() -> Mapping[str, psutil.Process]:
        """The programs that bear this lab's mark, by the part that they are; the leading shells left out."""
        found = {}
        for process in psutil.process_iter():
            try:
                mark = Path(process.environ().get("MATCHING_ENGINE_LAB", ""))
                if mark.parent == pages and process.name() not in {"sh", "dash", "bash"}:
                    found[mark.stem] = process
            except psutil.Error:
                continue
        return found

    made = World(
        runtime="process",
        root=root,
        invokew=(sys.executable, "-m", "invoke", "--search-root", str(root)),
        running=lambda: {name: process.pid for name, process in processes().items()},
        kill=lambda name: os.kill(processes()[name].pid, signal.SIGKILL),
        environment={"LAB_SETTINGS": str(overlay), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    yield made
    made.run("down")


@pytest.fixture(scope="module", autouse=True)
def _k6() -> None:
    """A load generator is there, or is got: built from source where nothing else will do."""
    k6.path()


def test_the_claims_hold_on_processes(world: World, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """One test: each claim goes on from the lab that the one before has left."""
    for claim in (*CLAIMS, LAST):
        with subtests.test(claim.__name__):
            claim(world, tmp_path)
