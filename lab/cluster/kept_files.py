"""A run's files in its lab's cluster: where it goes on from when the machine that conducts it is gone."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus

from lab.cluster.kube import ApiError, Kube, Object
from lab.core.content_hash import content_hash
from lab.core.ownership import NAME, selector

APP = "kept-run"
HEAD = "matching-engine-run"
"""The ConfigMap that says which run it is and who conducts it; a part's has its hash behind this name."""
FILES = "files"


@dataclass(frozen=True, kw_only=True)
class KeptRun:
    """What the cluster says of a run.

    Args:
        run: Its id.
        holder: Which checkout on which machine conducts it.
        renewed: Another text each time that this one said it is there.
        doing: What it was at then.
        case: The folder of the case that was under way; empty between two.
        ended: Whether it has its verdict.
    """

    run: str
    holder: str
    renewed: str = ""
    doing: str = ""
    case: str = ""
    ended: bool = False


class KeptFiles:
    """The one run that a lab's cluster keeps: the one under way, or the last.

    They lack the label by which `up` prunes, and `down` takes them away by the lab's name.

    Args:
        kube: The cluster.
        lab: The lab's name.
    """

    def __init__(self, kube: Kube, lab: str) -> None:
        self._kube = kube
        self._labels = {NAME: lab, "app": APP}

    def find(self) -> KeptRun | None:
        """What is said of the run; None where none is kept.

        Raises:
            ApiError: The cluster doesn't answer.
        """
        found = self._kube.find("ConfigMap", HEAD, namespace=self._namespace)
        if found is None:
            return None
        told: Mapping[str, str] = found.get("data") or {}
        return KeptRun(
            run=told.get("run", ""),
            holder=told.get("holder", ""),
            renewed=told.get("renewed", ""),
            doing=told.get("doing", ""),
            case=told.get("case", ""),
            ended=told.get("ended") == "yes",
        )

    def begin(self, run: KeptRun) -> None:
        """Keep this run, and no other.

        Raises:
            ApiError: The cluster refuses, or doesn't answer.
        """
        for one in self._parts():
            if one["metadata"]["name"] != HEAD:
                self._kube.delete("ConfigMap", one["metadata"]["name"], namespace=self._namespace)
        self.tell(run)

    def tell(self, run: KeptRun) -> None:
        """Say how it goes.

        Raises:
            ApiError: Likewise.
        """
        self._put(
            HEAD,
            "data",
            {
                "run": run.run,
                "holder": run.holder,
                "renewed": run.renewed,
                "doing": run.doing,
                "case": run.case,
                "ended": "yes" if run.ended else "no",
            },
        )

    def keep(self, part: str, packed: bytes) -> None:
        """Keep the files of a part of it, packed, in place of what was kept of that part.

        Raises:
            ApiError: Likewise.
        """
        self._put(f"{HEAD}-{content_hash(part)[:10]}", "binaryData", {FILES: base64.b64encode(packed).decode()})

    def packed(self) -> list[bytes]:
        """All parts.

        Raises:
            ApiError: The cluster doesn't answer.
        """
        found = [(one.get("binaryData") or {}).get(FILES) for one in self._parts()]
        return [base64.b64decode(one) for one in found if one]

    @cached_property
    def _namespace(self) -> str:
        return self._kube.namespaces.workloads

    def _parts(self) -> list[Object]:
        return self._kube.items("ConfigMap", namespace=self._namespace, labels=selector(self._labels))

    def _put(self, name: str, field: str, content: Mapping[str, str]) -> None:
        change = [{"op": "replace", "path": f"/{field}", "value": content}]
        try:
            self._kube.patch("ConfigMap", name, change, namespace=self._namespace)
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": self._labels}}
            self._kube.create("ConfigMap", {**made, field: content}, namespace=self._namespace)
