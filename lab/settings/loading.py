"""Reads the settings: experiment.yaml, what is laid over it, and the rules that hold between their parts."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lab.core.errors import UsageError
from lab.core.figures import shortened
from lab.core.nearest import nearest
from lab.core.paths import ROOT, expanded
from lab.core.quantity import amount
from lab.settings.contradiction import ContradictionError
from lab.settings.overlay import Layers, Location
from lab.settings.settings import KubernetesSettings, Settings
from lab.settings.suites import script
from lab.settings.topology import Shard, Topology

EXPERIMENT = ROOT / "experiment.yaml"
LOCAL = ROOT / "experiment.local.yaml"
OVERLAY = "LAB_SETTINGS"
"""The environment variable that names a further file to lay over the others."""
MOST_LETTERS = 60
NAME = re.compile(rf"(?!.{{{MOST_LETTERS + 1}}})[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
"""Of a suite or a case: a folder's name, and a label's value with room for the number of a repetition."""
WORDS = {
    "model_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "tuple_type": "must be a list",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "string_type": "must be text, in quotes where YAML would read something else",
}
"""What is allowed, where pydantic's own words speak of Python's types."""


def committed() -> Settings:
    """The settings of experiment.yaml alone: what dist/ is made of.

    Raises:
        UsageError: They are wrong.
    """
    return read([EXPERIMENT])


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force: experiment.yaml, experiment.local.yaml, the file that LAB_SETTINGS names.

    Raises:
        UsageError: They are wrong; the message has the file, line, value and what is allowed.
    """
    return read(files(environment))


def files(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The files in force, lowest layer first."""
    found = [EXPERIMENT]
    if os.path.lexists(LOCAL):  # also a link that leads nowhere: it was meant to be read
        found.append(LOCAL)
    if environment.get(OVERLAY):
        found.append(expanded(environment[OVERLAY]))
    return found


def read(paths: list[Path]) -> Settings:
    """The settings of these files, each laid over the ones before.

    Raises:
        UsageError: They are wrong.
    """
    layers = _laid(paths)
    try:
        settings = Settings.model_validate(layers.value)
    except ValidationError as error:
        found = [_explained(layers, dict(problem)) for problem in error.errors()]
        raise UsageError(found[0], details=found[1:]) from None
    problems = [f"{layers.where(way)}: {message}" for way, message in _problems(settings, layers)]
    if problems:
        raise UsageError(problems[0], details=problems[1:])
    return settings


def where(*way: str | int, environment: Mapping[str, str] = os.environ) -> str:
    """`file:line` of a setting in force: for what is found wrong only where it is used."""
    return _laid(files(environment)).where(way)


def require_kubernetes(settings: Settings) -> KubernetesSettings:
    """The cluster that is there.

    Raises:
        UsageError: The settings name none.
    """
    if settings.kubernetes is None:
        raise UsageError(
            "the settings name no cluster: the runtime kubernetes takes kubernetes.context and kubernetes.namespace; "
            f"put both into {LOCAL.name} (docs/kubernetes.md)"
        )
    return settings.kubernetes


def require_scripts(settings: Settings, cases: Iterable[str]) -> None:
    """The k6 scripts of these cases are there; those of others need not be.

    Raises:
        UsageError: One is missing; the message has the file and line of its name or of its folder: what was laid last.
    """
    layers, problems = _laid(files()), []
    for case in cases:
        path = ROOT / script(settings, case)
        if not path.is_file():
            way = layers.later(("loadtests", "scripts", case), ("loadtests", "folder"))
            problems.append(
                f"{layers.where(way)}: case {case!r} has no script {path}; correct {'.'.join(map(str, way))}"
            )
    if problems:
        raise UsageError(problems[0], details=problems[1:])


def _laid(paths: list[Path]) -> Layers:
    layers = Layers()
    for path in paths:
        layers.lay(path, shown=_shown(path))
    return layers


def _shown(path: Path) -> Path:
    absolute = Path(os.path.realpath(path))
    return absolute.relative_to(ROOT) if absolute.is_relative_to(ROOT) else path


def _explained(layers: Layers, problem: dict[str, Any]) -> str:
    way: Location = tuple(problem["loc"])
    written = layers.written.get(way)
    place = way[:-1] if problem["type"] == "missing" else layers.later(*_at_odds(layers, way, problem))
    return f"{layers.where(place)}: {_in_words(way, problem, _allowed(way), written)}"


def _at_odds(
    layers: Layers, way: Location, problem: Mapping[str, Any], below: Location | None = None
) -> list[Location]:
    """The places of what can't hold together, those that are written; else the part that has them.

    Args:
        layers: The files.
        way: To the part, or to what a trial replaces in it.
        problem: What pydantic found wrong.
        below: To the part where `way` is that of its trial: what that leaves as it is stands there.
    """
    error = problem.get("ctx", {}).get("error")
    keys = error.keys if isinstance(error, ContradictionError) else ()
    places = [
        next((one for one in ((*way, *key), (*(below or way), *key)) if one in layers.lines), way) for key in keys
    ]
    return [one for one in places if one != way] or [way]


def _in_words(way: Location, problem: Mapping[str, Any], allowed: list[str], written: str | None = None) -> str:
    """What pydantic found wrong, in the words of who wrote the settings."""
    key = shortened(".".join(str(part) for part in way))
    if problem["type"] == "extra_forbidden":
        return f"unknown key {key!r}{nearest(str(way[-1]), allowed)}; allowed here: {', '.join(allowed)}"
    if problem["type"] == "missing":
        return f"key {key!r} is missing; add it"
    said = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    message = WORDS.get(problem["type"], said)
    given = repr(problem["input"]) if written is None else written or "nothing"
    got = "" if isinstance(problem["input"], dict) else f"; got {shortened(given)}"
    return f"{key}: {message[:1].lower()}{message[1:]}{got}"


def _allowed(way: Location) -> list[str]:
    """The keys that the model around this place knows."""
    schema = Settings.model_json_schema()
    here: Any = schema
    for part in way[:-1]:
        here = _resolved(schema, here)
        here = here.get("properties", {}).get(part) or here.get("additionalProperties") or here.get("items") or {}
    return list(_resolved(schema, here).get("properties", {}))


def _resolved(schema: dict[str, Any], here: Any) -> dict[str, Any]:
    if isinstance(here, dict) and "anyOf" in here:
        here = next(option for option in here["anyOf"] if option.get("type") != "null")
    if isinstance(here, dict) and "$ref" in here:
        return dict(schema["$defs"][here["$ref"].rsplit("/", 1)[1]])
    return here if isinstance(here, dict) else {}


def _problems(settings: Settings, layers: Layers) -> Iterator[tuple[Location, str]]:
    """What is wrong between the parts, each with the place that is to be changed."""
    yield from _taken_twice(layers, "ports", settings.ports.model_dump())
    yield from _taken_twice(layers, "node_ports", settings.node_ports.model_dump())
    yield from _resource_problems(settings, layers)
    yield from _topology_problems(settings, layers)
    yield from _name_problems(settings)
    yield from _suite_problems(settings, layers)
    yield from _trial_problems(settings, layers)


def _taken_twice(layers: Layers, section: str, ports: dict[str, int]) -> Iterator[tuple[Location, str]]:
    owner: dict[int, str] = {}
    for name, port in ports.items():
        if port in owner:
            way = layers.later((section, name), (section, owner[port]))
            yield way, f"{section}.{name} and {section}.{owner[port]} are both {port}; give each its own"
        owner.setdefault(port, name)


def _resource_problems(settings: Settings, layers: Layers) -> Iterator[tuple[Location, str]]:
    """Requests above limits: no pod would come up."""
    for workload, resources in settings.resources:
        limits = resources.limits.quantities()
        for what, asked in resources.requests.quantities().items():
            most = limits.get(what)
            if most and amount(asked) > amount(most):
                here = ("resources", workload)
                way = layers.later((*here, "requests", what), (*here, "limits", what))
                said = f"requests.{what} ({asked}) is above limits.{what} ({most}); lower one, or raise the other"
                yield way, f"resources.{workload}: {said}"


def _topology_problems(settings: Settings, layers: Layers) -> Iterator[tuple[Location, str]]:
    for name, topology in settings.topologies.items():
        shards = []
        for id_, symbols in topology.shards.items():
            try:
                shards.append(Shard(id=id_, symbols=symbols))
            except ValueError as error:
                yield ("topologies", name, "shards", id_), str(error)
        if len(shards) < len(topology.shards):
            continue
        try:
            Topology(name=name, shards=tuple(shards))
        except ValueError as error:
            yield _shared_symbol(layers, name, shards), str(error)


def _shared_symbol(layers: Layers, topology: str, shards: list[Shard]) -> Location:
    """The place of the shard that owns another's symbol too; of the topology when none does."""
    owner: dict[str, Location] = {}
    for shard in shards:
        here: Location = ("topologies", topology, "shards", shard.id)
        for symbol in shard.symbols:
            if symbol in owner:
                return layers.later(here, owner[symbol])
            owner[symbol] = here
    return ("topologies", topology)


def _name_problems(settings: Settings) -> Iterator[tuple[Location, str]]:
    """Suites and cases name folders and labels; a case's repetition has its number behind it."""
    for section, names in (("suites", settings.suites), ("cases", settings.cases)):
        for name in names:
            if not NAME.fullmatch(name):
                said = (
                    f"the name of a {section.removesuffix('s')} must be at most {MOST_LETTERS} letters, digits, '.', "
                    f"'_' and '-', and begin and end with a letter or digit; got {shortened(repr(name))}"
                )
                yield (section, name), said
    for name, suite in settings.suites.items():
        for index, case in enumerate(suite.cases):
            if case in suite.cases[:index]:
                yield (
                    ("suites", name, "cases", index),
                    f"case {case!r} is listed twice; list it once (--repeat repeats all)",
                )


def _suite_problems(settings: Settings, layers: Layers) -> Iterator[tuple[Location, str]]:
    for name, suite in settings.suites.items():
        here: Location = ("suites", name)
        if suite.topology not in settings.topologies:
            known = ", ".join(settings.topologies)
            yield (*here, "topology"), f"topology must be one of {known}; got {suite.topology!r}"
            continue
        for index, case in enumerate(suite.cases):
            if case not in settings.cases:
                known = ", ".join(settings.cases)
                yield (*here, "cases", index), f"case must be one of {known}; got {case!r}"
                continue
            yield from _case_problems(settings, layers, name, case, earlier=suite.cases[:index])
        if suite.scaling and not _is_smaller(settings, suite.scaling.against, suite.topology):
            against = suite.scaling.against
            problem = f"scaling.against must be a topology of fewer shards than {suite.topology}; got {against!r}"
            yield layers.later((*here, "scaling", "against"), (*here, "topology")), f"suites.{name}.{problem}"
        if lacking := [case for case in suite.conditional if case not in suite.cases]:
            known = ", ".join(suite.cases)
            first = (*here, "conditional", suite.conditional.index(lacking[0]))
            problem = f"conditional must be of its cases: {known}; got {', '.join(lacking)}"
            yield layers.later(first, (*here, "cases")), f"suites.{name}.{problem}"


def _is_smaller(settings: Settings, name: str, than: str) -> bool:
    described = settings.topologies.get(name)
    return described is not None and len(described.shards) < len(settings.topologies[than].shards)


def _case_problems(
    settings: Settings, layers: Layers, suite: str, name: str, *, earlier: tuple[str, ...]
) -> Iterator[tuple[Location, str]]:
    """What a case says of shards, symbols and other cases is there in the suite that has it.

    Where it isn't, the case is to be changed, or what was laid over it: the suite, or its topology.
    """
    topology = settings.suites[suite].topology
    case, shards = settings.cases[name], settings.topologies[topology].shards
    here: Location = ("cases", name)
    named: Location = ("suites", suite, "cases")
    stands: tuple[Location, ...] = (("suites", suite, "topology"), ("topologies", topology, "shards"))
    if name not in settings.loadtests.scripts:
        yield here, f"case {name!r} has no script; add it to loadtests.scripts"
    for index, shard in enumerate(case.shards or ()):
        if shard not in shards:
            problem = f"shards must be of topology {topology}: {', '.join(shards)}; got {shard!r}"
            yield layers.later((*here, "shards", index), *stands), f"cases.{name}.{problem}"
    loaded = [symbol for shard, symbols in shards.items() if shard in (case.shards or shards) for symbol in symbols]
    if case.hot and case.hot.symbol not in loaded:
        problem = f"hot.symbol must be one that gets orders: {', '.join(loaded)}; got {case.hot.symbol!r}"
        yield layers.later((*here, "hot", "symbol"), (*here, "shards"), *stands), f"cases.{name}.{problem}"
    referred = (
        ("keeps_up", "baseline", case.slo.keeps_up and case.slo.keeps_up.baseline),
        ("isolation", "reference", case.slo.isolation and case.slo.isolation.reference),
    )
    for bound, key, other in referred:
        if other is not None and other not in earlier:
            before = ", ".join(earlier) or "none"
            problem = f"slo.{bound}.{key} must be a case that runs before {name}: {before}; got {other!r}"
            yield layers.later((*here, "slo", bound, key), named), f"cases.{name}.{problem}"


def _trial_problems(settings: Settings, layers: Layers) -> Iterator[tuple[Location, str]]:
    cases = ((("cases", name), case) for name, case in settings.cases.items())
    for way, part in ((("validity",), settings.validity), (("capacity",), settings.capacity), *cases):
        try:
            part.at("smoke")
        except ValidationError as error:
            problem = dict(error.errors()[0])
            inner: Location = error.errors()[0]["loc"]
            here = (*way, "smoke", *inner)
            place = layers.later(*_at_odds(layers, here, problem, below=(*way, *inner)))
            yield place, _in_words(here, problem, _allowed((*way, *inner)), layers.written.get(here))
