"""A cluster made of plain objects, on which kubectl's commands act one object at a time."""

import copy
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lab.core.access import SPEC
from lab.core.ownership import TOPOLOGY
from lab.process.shell import Command, Result
from tests.lab.doubles import FakeKube

Object = dict[str, Any]
Key = tuple[str, str, str]


class PowerCutError(Exception):
    """The lab ends between two changes of the cluster."""


def key_of(item: Object) -> Key:
    return item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


@cache
def read(path: Path) -> list[Object]:
    """The objects of a manifest; not to be changed."""
    return list(filter(None, yaml.load_all(path.read_text("utf-8"), Loader=yaml.CSafeLoader)))


def takes(selector: str, labels: dict[str, str]) -> bool:
    """Whether a label selector takes what has these labels, of the forms that the lab uses."""
    for part in re.split(r",(?![^(]*\))", selector):
        if found := re.fullmatch(r"(\S+) (in|notin) \((.*)\)", part):
            key, way, values = found.groups()
            if (labels.get(key) in values.split(",")) != (way == "in"):
                return False
        elif part.startswith("!"):
            if part[1:] in labels:
                return False
        elif labels.get(part.partition("=")[0]) != part.partition("=")[2]:
            return False
    return True


class FakeCluster:
    """The cluster: its objects, how often each was changed, and what is told after each change.

    Args:
        watch: Called after each change.
    """

    def __init__(self, watch: Callable[["FakeCluster"], None] = lambda _: None) -> None:
        self.objects: dict[Key, Object] = {}
        self.versions: dict[Key, int] = {}
        self.watch = watch
        self.budget: int | None = None
        self.changes = 0
        self.asked: list[str] = []
        self.stdin: str | None = None

    @property
    def annotation(self) -> str:
        """Which topology it says it has."""
        return str(self.objects["Namespace", "", SPEC.workloads]["metadata"]["annotations"][TOPOLOGY])

    @property
    def entry(self) -> dict[str, str]:
        """What the entry selects."""
        selector: dict[str, str] = self.objects["Service", SPEC.workloads, "entry"]["spec"]["selector"]
        return selector

    @property
    def kube(self) -> "ClusterKube":
        """Its API."""
        return ClusterKube(self)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Stands in for `lab.process.shell.run`."""
        del check
        if command.argv[0] == "docker":  # which knows no network of its nodes
            return Result(command=command, code=1, stdout="", stderr="not found", seconds=0.0)
        words, self.stdin = command.argv[5:], command.stdin
        self.asked.append(" ".join(words))
        code, stdout = getattr(self, f"_{words[0]}")(words)
        return Result(command=command, code=code, stdout=stdout, stderr="", seconds=0.0)

    def _chosen(self, words: tuple[str, ...]) -> list[Object]:
        if "--selector" not in words:
            return list(json.loads(self.stdin or "")["items"])
        selector = words[words.index("--selector") + 1]
        items = read(Path(words[words.index("--filename") + 1]))
        return [item for item in items if takes(selector, item["metadata"].get("labels", {}))]

    def _apply(self, words: tuple[str, ...]) -> tuple[int, str]:
        chosen = self._chosen(words)
        for item in chosen:
            if self.objects.get(key_of(item)) != item:
                self._change(key_of(item), item)
        return 0, "".join(f"{item['kind']} serverside-applied\n" for item in chosen)

    def _diff(self, words: tuple[str, ...]) -> tuple[int, str]:
        differing = [item for item in self._chosen(words) if self.objects.get(key_of(item)) != item]
        return int(bool(differing)), "".join(self._printed(item) for item in differing)

    def _printed(self, item: Object) -> str:
        old = self.objects.get(key_of(item))
        sides = [("-", yaml.safe_dump(old) if old else ""), ("+", yaml.safe_dump(item))]
        lines = [mark + line for mark, text in sides for line in text.splitlines()]
        return "\n".join(["diff -N a b", "--- a", "+++ b", "@@ -1 +1 @@", *lines]) + "\n"

    def _get(self, _words: tuple[str, ...]) -> tuple[int, str]:
        return 0, json.dumps({"items": [item for key, item in self.objects.items() if key[0] != "Namespace"]})

    def _delete(self, words: tuple[str, ...]) -> tuple[int, str]:
        space = words[words.index("--namespace") + 1]
        assert space in SPEC.all
        for word in (word for word in words[1:] if "/" in word):
            kind, _, name = word.partition("/")
            self._change(next(key for key in self.objects if (key[0].lower(), *key[1:]) == (kind, space, name)), None)
        return 0, ""

    def _annotate(self, words: tuple[str, ...]) -> tuple[int, str]:
        key, _, value = words[3].partition("=")
        item = copy.deepcopy(self.objects["Namespace", "", words[2]])
        item["metadata"].setdefault("annotations", {})[key] = value
        self._change(key_of(item), item)
        return 0, ""

    def _change(self, key: Key, item: Object | None) -> None:
        if self.budget is not None and self.changes >= self.budget:
            raise PowerCutError
        self.changes += 1
        if item is None:
            del self.objects[key]
        else:
            self.objects[key] = copy.deepcopy(item)
        self.versions[key] = self.versions.get(key, 0) + 1
        self.watch(self)


class ClusterKube(FakeKube):
    """The API of a fake cluster."""

    def __init__(self, cluster: FakeCluster) -> None:
        super().__init__()
        self.cluster = cluster

    def items(self, kind: str, *, namespace: str | None = None, **_: Any) -> list[Object]:
        self.objects[kind] = [item for key, item in self.cluster.objects.items() if key[0] == kind]
        return super().items(kind, namespace=namespace)
