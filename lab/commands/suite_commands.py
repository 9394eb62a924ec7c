"""The commands that measure: a suite, one of its cases, the capacity of a topology; and the table of the suites."""

from dataclasses import replace

from lab.bringup import up as up_
from lab.commands import command
from lab.commands.command import ANEW, say
from lab.conduct import search as search_
from lab.conduct import suite as suite_
from lab.core.errors import UsageError
from lab.present import progress, suite_rows
from lab.present.capacity_rows import intention
from lab.runtime import choice
from lab.settings import repetition, suites
from lab.settings import seed as seed_
from lab.settings.loading import require_scripts
from lab.settings.suites import Profile
from lab.settings.topology import Topology

PROFILES: dict[str, Profile] = {"full": "full", "smoke": "smoke"}
MEASURED = f"{ANEW}, what was measured is in runs/"


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
    stands_on = choice.to_begin(lab, runtime, say)
    chosen = replace(planned, runtime=stands_on.name, seed=drawn)
    if dry:
        say(
            *up_.plan(stands_on.steps(chosen.topology)),
            *(f"case {case.id}: {case.settings.title}" for case in chosen.cases),
            *([f"{rounds} rounds of these cases"] if rounds > 1 else []),
        )
        return
    with command.changing(stands_on, name if case is None else f"case {case}", MEASURED), stands_on.stay():
        say(f"{chosen.title}: {profile}, on topology {chosen.topology.name}, seed {chosen.seed}")
        progress.carry_out(stands_on.steps(chosen.topology))
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
    topology: str, *, against: str, profile: str, dry: bool, runtime: str = "", seed: str = ""
) -> None:
    """Seek the capacity of a topology, after that of another one where it is to be compared."""
    lab, chosen = command.current_lab(downloads=not dry), _profile(profile)
    names = (against, topology) if against else (topology,)
    searches = [suites.capacity_suite(lab.settings, name, chosen) for name in names]
    if len(searches) > 1:
        _require_fewer(*(search.topology for search in searches))
    require_scripts(lab.settings, [suites.CAPACITY])
    drawn = seed_.chosen(seed)
    stands_on = choice.to_begin(lab, runtime, say)
    searches = [replace(search, runtime=stands_on.name, seed=drawn) for search in searches]
    if dry:
        for search in searches:
            say(*up_.plan(stands_on.steps(search.topology)), intention(search, lab.settings.capacity.at(chosen)))
        return
    with command.changing(stands_on, "capacity", MEASURED), stands_on.stay():
        for search in searches:
            say(f"{search.title}: {profile}, seed {search.seed}")
            progress.carry_out(stands_on.steps(search.topology))
            search_.require_found(search_.run_capacity(stands_on, search))


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise UsageError(f"profile must be one of {', '.join(PROFILES)}; got {name!r}")
    return PROFILES[name]


def _require_fewer(against: Topology, topology: Topology) -> None:
    """Refuse a comparison that has no speed-up, before its searches take their time."""
    ours, theirs = len(topology.shards), len(against.shards)
    if theirs >= ours:
        raise UsageError(
            f"against must be a topology of fewer shards than {topology.name} ({ours}); got {against.name!r} ({theirs})"
        )
