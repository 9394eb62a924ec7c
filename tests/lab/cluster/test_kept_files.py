"""A run's files in ConfigMaps: one run, each part by its name, replaced when it is kept again."""

from typing import Any, cast

from lab.cluster.kept_files import KeptFiles, KeptRun
from lab.cluster.kube import ApiError, Kube
from lab.core.ownership import PART_OF
from tests.lab.doubles import FakeKube


class Writable(FakeKube):
    """A cluster that takes ConfigMaps."""

    def create(self, kind: str, made: dict[str, Any], *, namespace: str) -> dict[str, Any]:
        assert not self.find(kind, made["metadata"]["name"])
        made["metadata"]["namespace"] = namespace
        self.objects.setdefault(kind, []).append(made)
        return made

    def patch(self, kind: str, name: str, operations: list[dict[str, Any]], *, namespace: str) -> dict[str, Any]:
        found = self.find(kind, name)
        if found is None:
            raise ApiError(f"{name} is not there", code=404)
        assert found["metadata"]["namespace"] == namespace
        for one in operations:
            assert one["op"] == "replace"
            found[one["path"].removeprefix("/")] = one["value"]
        return found

    def delete(self, kind: str, name: str, *, namespace: str) -> None:
        del namespace
        self.objects[kind] = [one for one in self.objects[kind] if one["metadata"]["name"] != name]


def kept() -> tuple[KeptFiles, Writable]:
    cluster = Writable()
    return KeptFiles(cast("Kube", cluster), "lab"), cluster


def test_what_was_said_last_is_found_and_parts_are_replaced() -> None:
    files, _ = kept()
    run = KeptRun(run="r1", holder="me:/lab", renewed="1", doing="a2 normal load", case="a2")

    assert files.find() is None
    files.begin(run)
    for content in (b"old", b"new"):
        files.keep("a2", content)
    files.keep("", b"root")

    assert files.find() == run
    assert sorted(files.packed()) == [b"new", b"root"]


def test_the_next_run_takes_the_place_of_the_one_before() -> None:
    files, _ = kept()
    files.begin(KeptRun(run="r1", holder="me:/lab"))
    files.keep("a2", b"old")

    files.begin(KeptRun(run="r2", holder="me:/lab", ended=True))

    assert (files.find(), files.packed()) == (KeptRun(run="r2", holder="me:/lab", ended=True), [])


def test_up_does_not_prune_them() -> None:
    files, cluster = kept()
    files.begin(KeptRun(run="r1", holder="me:/lab"))

    assert PART_OF not in cluster.objects["ConfigMap"][0]["metadata"]["labels"]
