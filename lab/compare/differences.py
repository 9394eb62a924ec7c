"""What differs between two runs besides their figures: settings, versions, images, machines; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.present.case_document import Fact
from lab.present.document import Place, Report

SETTINGS, VERSIONS, IMAGES, MACHINE = "settings", "versions", "images", "machine"
GROUPS = (SETTINGS, VERSIONS, IMAGES, MACHINE)
OF_A_MACHINE = ("Machine", "Docker", "Nodes")
"""The groups of facts that say where a run was; the others say with what."""
PASSING = ("load before the run", "settings (SHA-256)")
"""Facts that always differ, or that only say again what the settings say."""
DRAWN = re.compile(r"(-[a-z0-9]{6,10})?-[a-z0-9]{5}$")
"""What Kubernetes adds to a Deployment's name for a pod of it."""
NONE = "-"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A key that has another value in the second run than in the first; a dash where it has none."""

    group: str
    key: str
    before: str
    after: str

    def __str__(self) -> str:
        """As a line of text."""
        return f"{self.key}: {self.before} -> {self.after}"


def differences(before: Report, after: Report) -> tuple[Difference, ...]:
    """All that differs, group by group."""
    told = {
        SETTINGS: (_settings(before), _settings(after)),
        VERSIONS: (_facts(before, of_a_machine=False), _facts(after, of_a_machine=False)),
        IMAGES: (_images(before.places), _images(after.places)),
        MACHINE: (_facts(before, of_a_machine=True), _facts(after, of_a_machine=True)),
    }
    return tuple(one for group in GROUPS for one in _differing(group, *told[group]))


def sentence(found: tuple[Difference, ...]) -> str:
    """What differs, in a line."""
    counts = {group: sum(one.group == group for one in found) for group in GROUPS}
    named = [f"{group} ({count})" for group, count in counts.items() if count]
    return f"the runs differ in {', '.join(named)}" if named else "same settings, versions, images and machine"


def _differing(group: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key, NONE), after.get(key, NONE)
        if one != other:
            yield Difference(group=group, key=key, before=one, after=other)


def _settings(report: Report) -> dict[str, str]:
    settings = report.settings.model_dump(mode="json", by_alias=True) if report.settings else {}
    return {
        "suite": report.suite,
        "profile": report.profile,
        "runtime": report.runtime or NONE,
        **dict(flat(settings)),
    }


def flat(value: Any, way: str = "") -> Iterator[tuple[str, str]]:
    """The values in objects within objects by their keys: cases.a2.rate. A list of plain values is one value."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from flat(one, f"{way}.{key}" if way else str(key))
    elif isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
        for number, one in enumerate(value):
            yield from flat(one, f"{way}[{number}]")
    elif isinstance(value, list):
        yield way, ", ".join(map(_text, value)) or NONE
    else:
        yield way, _text(value)


def _text(value: Any) -> str:
    """A plain value of the settings as they are written."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NONE if value in (None, "") or isinstance(value, dict) else str(value)


def _facts(report: Report, *, of_a_machine: bool) -> dict[str, str]:
    return {
        f"{group}: {fact.name}": fact.value
        for group, some in report.facts.items()
        if (group in OF_A_MACHINE) is of_a_machine
        for fact in some
        if not _passes(fact)
    }


def _passes(fact: Fact) -> bool:
    return fact.name.startswith(PASSING)


def _images(places: tuple[Place, ...]) -> dict[str, str]:
    """Each workload's container and the digests that ran in it, whatever its pods were called."""
    found: dict[str, set[str]] = {}
    for one in places:
        found.setdefault(f"{DRAWN.sub('', one.pod)}/{one.container}", set()).add(one.digest or one.image)
    return {key: ", ".join(sorted(digests)) for key, digests in sorted(found.items())}
