"""The claims, in the order in which they are tried: each leaves a lab that is up, the last none.

A claim says what a user sees: words, exit codes, what runs. None of them may know what the lab stands on.
"""

import json
import signal
from pathlib import Path
from typing import Protocol

from tests.claims.world import World, interrupt, until


class Claim(Protocol):
    """What a user sees of a lab; a folder is for what its commands print."""

    __name__: str

    def __call__(self, world: World, scratch: Path, /) -> None:
        """Try it; what fails is an AssertionError."""


def up_again_changes_nothing(world: World, _scratch: Path) -> None:
    world.must("up", "--topology=single")
    before = world.running()
    assert {"me-shard-a"} <= before.keys()

    said = world.must("up")

    assert world.running() == before
    assert "the lab is up with topology single" in said


def a_dry_up_says_its_steps_and_does_nothing(world: World, _scratch: Path) -> None:
    before = world.running()

    said = world.must("--dry", "up", "--topology=multi")

    assert "me-shard-c" in said or "shards" in said
    assert world.running() == before


def status_shows_each_part_and_ends_with_0(world: World, _scratch: Path) -> None:
    said = world.must("status")

    assert "me-shard-a" in said
    assert "TEST-ASSET-A" in said
    assert "✗" not in said


def logs_show_what_the_shards_wrote(world: World, _scratch: Path) -> None:
    assert "shard a listens" in world.must("logs", "--name=a")
    assert "shard a listens" in world.must("logs")


def a_part_that_is_not_there_is_refused_with_those_that_are(world: World, _scratch: Path) -> None:
    ended = world.run("logs", "--name=nosuch")

    assert ended.code == 2, ended.output
    assert "name must be one of gateway" in ended.output
    assert "Traceback" not in ended.output


def an_engine_that_was_killed_is_back_after_up(world: World, _scratch: Path) -> None:
    before = world.running()["me-shard-a"]
    world.kill("me-shard-a")
    until(lambda: world.running().get("me-shard-a") != before, deadline=60, what="the engine is gone")

    world.must("up")

    assert "✗" not in world.must("status")


def a_case_says_on_what_its_verdict_rests(world: World, _scratch: Path) -> None:
    """On the terminal, in JSON, JUnit and Markdown, and in the list of runs."""
    ended = world.run("case", "a2", "--profile=smoke")

    assert ended.code in {0, 5, 6}, ended.output  # how fast a busy machine is says nothing here
    run = world.root / "runs" / (world.root / "runs" / "latest").read_text(encoding="utf-8").strip()
    verdict = json.loads((run / "verdict.json").read_text(encoding="utf-8"))["verdict"]
    report = json.loads((run / "report.json").read_text(encoding="utf-8"))
    mark = "(PROCESS, SMOKE)" if world.runtime == "process" else "(SMOKE)"
    assert verdict["runtime"] == report["runtime"] == world.runtime
    assert f"\n{verdict['outcome']} {mark}\n" in ended.output
    assert f'name="runtime" value="{world.runtime}"' in (run / "junit.xml").read_text(encoding="utf-8")
    assert f"runtime {world.runtime}" in (run / "report.md").read_text(encoding="utf-8")
    assert world.runtime in world.must("runs", "--limit=1")
    assert {one["container"] for one in json.loads((run / "provenance.json").read_text(encoding="utf-8"))["images"]}
    assert "✗" not in world.must("status"), "a suite on a lab that stood leaves it up"


def ctrl_c_says_how_to_go_on_and_the_same_command_does(world: World, scratch: Path) -> None:
    output = scratch / "interrupted.log"
    process = world.begin("up", "--topology=multi", output=output)
    until(lambda: "me-shard-c" in output.read_text() or "shards" in output.read_text(), deadline=120, what="it began")

    code = interrupt(process, signal.SIGINT)

    said = output.read_text(encoding="utf-8")
    if code:  # it may just have ended
        assert code == 1, said
        assert "interrupted; the same command continues from here" in said
    world.must("up", "--topology=multi")
    assert {"me-shard-a", "me-shard-b", "me-shard-c", "edge-gateway"} <= world.running().keys()


def a_switch_that_was_killed_is_ended_by_the_next_command(world: World, scratch: Path) -> None:
    output = scratch / "killed.log"
    process = world.begin("up", "--topology=single", output=output)
    until(lambda: "running" in output.read_text() or "done" in output.read_text(), deadline=120, what="it began")

    interrupt(process, signal.SIGKILL)
    world.must("up", "--topology=single")

    assert not {"me-shard-b", "edge-gateway"} & world.running().keys()
    assert "✗" not in world.must("status")


def a_lab_killed_in_the_middle_of_an_outage_is_healed_by_the_next_command(world: World, scratch: Path) -> None:
    output = scratch / "a4.log"
    process = world.begin("case", "a4", "--profile=smoke", output=output)

    # A broker that is taken away is gone, or stands and says so.
    until(
        lambda: "broker" not in world.running() or world.run("status").code == 4,
        deadline=120,
        what="the broker is away",
    )

    interrupt(process, signal.SIGKILL)
    world.must("up", "--topology=single")

    assert "✗" not in world.must("status")
    assert world.orphans() == []


def down_leaves_nothing_and_twice_is_no_error(world: World, _scratch: Path) -> None:
    world.must("down")

    assert world.running() == {}
    assert world.orphans() == []
    world.must("down")
    ended = world.run("status")
    assert ended.code == 4, ended.output
    assert "./invokew up" in ended.output


CLAIMS: tuple[Claim, ...] = (
    up_again_changes_nothing,
    a_dry_up_says_its_steps_and_does_nothing,
    status_shows_each_part_and_ends_with_0,
    logs_show_what_the_shards_wrote,
    a_part_that_is_not_there_is_refused_with_those_that_are,
    an_engine_that_was_killed_is_back_after_up,
    a_case_says_on_what_its_verdict_rests,
    ctrl_c_says_how_to_go_on_and_the_same_command_does,
    a_switch_that_was_killed_is_ended_by_the_next_command,
    a_lab_killed_in_the_middle_of_an_outage_is_healed_by_the_next_command,
)
LAST: Claim = down_leaves_nothing_and_twice_is_no_error
