"""The stages of a Dockerfile, and what a target takes from the folder beside it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

FROM = re.compile(r"FROM\s+(?:--\S+\s+)*\S+(?:\s+AS\s+(?P<name>\S+))?", re.IGNORECASE)
UNREADABLE = re.compile(r"<<|^\s*#\s*escape\s*=|^\s*ONBUILD\b|--mount\b", re.IGNORECASE | re.MULTILINE)
"""Ways to take files that are not followed here."""
COPY = re.compile(r"(?:COPY|ADD)\s+(?P<words>.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Stage:
    """One stage: its name, if it has one, and its instructions with FROM."""

    name: str | None
    instructions: list[str] = field(default_factory=list)


def stages(text: str) -> list[Stage]:
    """The stages of a Dockerfile in order."""
    found: list[Stage] = []
    for instruction in _instructions(text):
        if begun := FROM.fullmatch(instruction):
            name = begun["name"]
            found.append(Stage(name.lower() if name else None))
        if found:
            found[-1].instructions.append(instruction)
    return found


def taken(text: str, target: str) -> frozenset[str] | None:
    """The names at the top of the folder that a build of a target can take; None where that may be any.

    Too many names cost a build that changes nothing, one too few would leave an image stale: where in doubt, it is any.
    """
    if UNREADABLE.search(text):
        return None
    names: set[str] = set()
    for stage in _needed(stages(text), target):
        for instruction in stage.instructions:
            copied = COPY.fullmatch(instruction)
            if not copied or "--from=" in instruction:
                continue
            if re.search(r"[\[$*?\\]", copied["words"]):
                return None
            *sources, _ = (word for word in copied["words"].split() if not word.startswith("--"))
            for source in sources:
                first = PurePosixPath("/", source).parts[1:2]
                if not first or ".." in source:
                    return None
                names.update(first)
    return frozenset(names)


def _instructions(text: str) -> Iterator[str]:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    whole = re.sub(r"\\[ \t]*\n", " ", "\n".join(lines))
    return (line.strip() for line in whole.splitlines() if line.strip())


def _needed(all_stages: list[Stage], target: str) -> list[Stage]:
    """The target's stage and each that it or one of these names, as a base or to copy from."""
    by_name = {f"--from={number}": stage for number, stage in enumerate(all_stages)}
    by_name |= {stage.name: stage for stage in all_stages if stage.name}
    waiting, needed = [target.lower()], list[Stage]()
    while waiting:
        stage = by_name.get(waiting.pop())
        if stage and stage not in needed:
            needed.append(stage)
            waiting += re.findall(r"--from=\d+|[\w.-]+", " ".join(stage.instructions).lower())
    return needed
