"""The commands that measure: a suite, one of its cases, the capacity of a topology; and the table of the suites."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from lab.bringup import up as up_
from lab.cluster.engine_cpu import require_below
from lab.cluster.lab import Lab
from lab.commands import command
from lab.commands.command import ANEW, say
from lab.conduct import search as search_
from lab.conduct import suite as suite_
from lab.core.errors import SloMissedError, UsageError
from lab.core.figures import number, shortened
from lab.core.paths import RUNS
from lab.judge.capacity import Capacity
from lab.present import progress, suite_rows
from lab.present.capacity_rows import intention
from lab.process.steps import Step
from lab.run import inspection
from lab.run.in_cluster import ENTRY
from lab.runtime import choice
from lab.runtime.runtime import Runtime
from lab.settings import repetition, suites
from lab.settings import seed as seed_
from lab.settings.fields import MOST_RATE
from lab.settings.loading import require_scripts
from lab.settings.suites import Profile, Suite
from lab.settings.topology import Topology
from lab.store.runs import require_room

PROFILES: dict[str, Profile] = {"full": "full", "smoke": "smoke"}
MEASURED = f"{ANEW}, what was measured is in runs/"
ATTACHED = f"{ANEW}, './invokew attach' goes on with the run; what was measured is in runs/"


def suite(  # noqa: PLR0913 - all by name
    name: str, *, profile: str, dry: bool, runtime: str = "", repeat: int = 1, seed: str = "", case: str | None = None
) -> None:
    """Bring up what a suite needs, run it and say its verdict; the exit code is the verdict's.

    Args:
        name: Of the suite.
        profile: `full` or `smoke`.
        dry: Whether it is only said what would be done.
        runtime: What it is to be run on.
        repeat: Rounds.
        seed: Of all that its loads draw at random; a new one if none is given.
        case: The one of its cases that is asked for, with those that it is compared with; all if none is.
    """
    lab = command.current_lab(downloads=not dry)
    cases = suites.needed(lab.settings, case) if case is not None else None
    planned, rounds = suites.plan(lab.settings, name, _profile(profile), cases), repetition.require_rounds(repeat)
    repetition.require_apart([case.id for case in planned.cases], rounds)
    require_scripts(lab.settings, [case.id for case in planned.cases])
    drawn = seed_.chosen(seed)
    stands_on = choice.to_load(lab, runtime, say)
    chosen = replace(planned, runtime=stands_on.name, seed=drawn)
    if dry:
        say(
            *up_.plan(bringing_up(stands_on, chosen)),
            *(f"case {case.id}: {case.settings.title}" for case in chosen.cases),
            *([f"{rounds} rounds of these cases"] if rounds > 1 else []),
        )
        return
    then = MEASURED if stands_on.name == "process" else ATTACHED
    with _measuring(stands_on, name if case is None else f"case {case}", then):
        say(f"{chosen.title}: {profile}, on topology {chosen.topology.name}, seed {chosen.seed}")
        progress.carry_out(bringing_up(stands_on, chosen))
        verdict = suite_.run_suite(stands_on, chosen, rounds=rounds)
    suite_.require_pass(verdict, chosen)


def case(  # noqa: PLR0913 - all by name
    name: str, *, profile: str, dry: bool, runtime: str = "", repeat: int = 1, seed: str = ""
) -> None:
    """Run one case of a suite, and those before it that it is compared with."""
    of = suites.suite_of(command.current_lab().settings, name)
    suite(of, profile=profile, repeat=repeat, seed=seed, dry=dry, case=name, runtime=runtime)


def suite_table(profile: str) -> None:
    """Show the suites."""
    suite_rows.show(command.current_lab().settings, _profile(profile))


def capacity(  # noqa: PLR0913 - all by name
    topology: str,
    *,
    against: str,
    profile: str,
    dry: bool,
    runtime: str = "",
    seed: str = "",
    repeat: int = 1,
    engine_cpu: str = "",
) -> None:
    """Seek the capacity of a topology, after that of another one where it is to be compared.

    Args:
        topology: Its name.
        against: The topology of fewer shards that is searched first; empty: none.
        profile: `full` or `smoke`.
        dry: Whether it is only said what would be done.
        runtime: What it is sought on.
        seed: Of the load.
        repeat: How often all of it is done.
        engine_cpu: The CPU limit that each engine gets for the time of a search; empty: its own.
    """
    rounds = repetition.require_rounds(repeat)
    lab, chosen = command.current_lab(downloads=not dry), _profile(profile)
    names = (against, topology) if against else (topology,)
    searches = [suites.capacity_suite(lab.settings, name, chosen) for name in names]
    if len(searches) > 1:
        _require_fewer(*(search.topology for search in searches))
    stands_on, searches = _to_search(lab, searches, runtime=runtime, seed=seed, engine_cpu=engine_cpu)
    if dry:
        for search in searches:
            say(*up_.plan(bringing_up(stands_on, search)), intention(search, lab.settings.capacity.at(chosen)))
        say(*([f"{engine_cpu} CPU an engine"] if engine_cpu else []))
        say(*([f"{rounds} rounds of these searches"] if rounds > 1 else []))
        return
    with _measuring(stands_on, "capacity", MEASURED):
        for search in searches * rounds:
            search_.require_found(_searched(stands_on, search, engine_cpu=engine_cpu))


def demand(  # noqa: PLR0913 - all by name
    wanted: str, *, profile: str, dry: bool, runtime: str = "", seed: str = "", engine_cpu: str = ""
) -> None:
    """Name the topology of the fewest shards that carries a rate.

    Args:
        wanted: Orders a minute, as they were asked for.
        profile: `full` or `smoke`.
        dry: Whether it is only said what would be done.
        runtime: What it is tried on.
        seed: Of the load.
        engine_cpu: The CPU limit that each engine gets meanwhile; empty: its own.

    Raises:
        UsageError: It is no rate.
        SloMissedError: None carries it.
    """
    rate = _rate(wanted)
    lab, chosen = command.current_lab(downloads=not dry), _profile(profile)
    by_size = sorted(lab.settings.topologies, key=lambda name: len(lab.settings.topologies[name].shards))
    searches = [suites.capacity_suite(lab.settings, name, chosen) for name in by_size]
    stands_on, searches = _to_search(lab, searches, runtime=runtime, seed=seed, engine_cpu=engine_cpu)
    asked = f"{number(rate)} orders/min"
    if dry:
        for search in searches:
            say(f"try {asked} on {search.topology.name}, until it is known whether that carries them")
        return
    with _measuring(stands_on, "capacity", MEASURED):
        for search in searches:
            found = _searched(stands_on, search, engine_cpu=engine_cpu, rate=rate)
            search_.require_ended(found)
            if found.rate is not None:
                say(f"{search.topology.name} carries {asked}: the topology of the fewest shards that does")
                return
    raise SloMissedError(f"no topology of the settings carries {asked}: not even {by_size[-1]}")


@contextmanager
def _measuring(stands_on: Runtime, name: str, then: str) -> Iterator[None]:
    """A command that measures: it changes the lab, stays with it, and keeps what it finds."""
    with command.changing(stands_on, name, then):
        require_room(RUNS)
        with stands_on.stay():
            yield


def _to_search(
    lab: Lab, searches: list[Suite], *, runtime: str, seed: str, engine_cpu: str
) -> tuple[Runtime, list[Suite]]:
    """What searches are made on, and the searches with what they were asked for."""
    if engine_cpu:
        require_below(engine_cpu, lab.settings.resources.engine.limits.cpu)
    require_scripts(lab.settings, [suites.CAPACITY])
    drawn = seed_.chosen(seed)
    stands_on = choice.to_search(lab, runtime, say)
    if engine_cpu and stands_on.name == "process":
        raise UsageError(
            f"engine-cpu={engine_cpu} needs Kubernetes: the runtime process limits no CPU; leave it out, or take "
            "--runtime=k3d"
        )
    return stands_on, [replace(search, runtime=stands_on.name, seed=drawn) for search in searches]


def _searched(stands_on: Runtime, search: Suite, *, engine_cpu: str, rate: int | None = None) -> Capacity:
    """What a search comes to, on its own topology."""
    say(f"{search.title}: {search.profile}, seed {search.seed}")
    progress.carry_out(bringing_up(stands_on, search))
    return search_.run_capacity(stands_on, search, engine_cpu=engine_cpu or None, demand=rate)


def bringing_up(stands_on: Runtime, suite: Suite) -> list[Step]:
    """What brings up the lab that a suite needs, and reads its scripts meanwhile."""
    scripts = inspection.step(stands_on.lab, suite, entry=stands_on.urls().get("orders", ENTRY))
    return [*stands_on.steps(suite.topology), scripts]


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise UsageError(f"profile must be one of {', '.join(PROFILES)}; got {name!r}")
    return PROFILES[name]


def _rate(wanted: str) -> int:
    if not (
        wanted.isascii() and wanted.isdigit() and len(wanted) <= len(str(MOST_RATE)) and 1 <= int(wanted) <= MOST_RATE
    ):
        raise UsageError(f"for must be a rate in orders a minute, 1 to {MOST_RATE}; got {shortened(wanted)}")
    return int(wanted)


def _require_fewer(against: Topology, topology: Topology) -> None:
    """Refuse a comparison that has no speed-up, before its searches take their time."""
    ours, theirs = len(topology.shards), len(against.shards)
    if theirs >= ours:
        raise UsageError(
            f"against must be a topology of fewer shards than {topology.name} ({ours}); got {against.name!r} ({theirs})"
        )
