"""A namespace whose pods the cluster's Prometheus scrapes: what the lab brings, asks for, takes away and says."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.bringup import external_prometheus
from lab.bringup.entry import urls
from lab.cluster.kube import ApiError
from lab.cluster.lab import Lab
from lab.core.errors import PreflightError
from lab.measure.prometheus import OfNamespace
from lab.present.table import Row
from lab.runtime.kubernetes import bringup, loads, namespace, pushing, status
from lab.runtime.kubernetes.runtime import KubernetesRuntime
from lab.settings.layout import of_namespace
from lab.settings.settings import KubernetesSettings, PrometheusSettings, Settings
from lab.verify import agreement, workload_parts
from lab.verify.site import Site
from tests.lab.doubles import FakeKube, lab_of

POD = {
    "kind": "Pod",
    "metadata": {
        "name": "me-shard-a-1",
        "namespace": "matching-engine",
        "labels": {"app": "matching-engine", "shard": "a"},
    },
    "spec": {"nodeName": "n1", "containers": []},
    "status": {"phase": "Running", "containerStatuses": [{"ready": True, "restartCount": 0}]},
}
MONITOR = "podmonitors.monitoring.coreos.com"


@pytest.fixture
def of(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[PrometheusSettings | None], Lab]:
    """A lab in a namespace, by the Prometheus that the cluster has."""
    monkeypatch.setattr(pushing, "named", lambda _settings, role: f"{role}:1")

    def made(prometheus: PrometheusSettings | None) -> Lab:
        cluster = KubernetesSettings(
            context="c", namespace="matching-engine", registry="registry.example", prometheus=prometheus
        )
        there = settings.model_copy(update={"kubernetes": cluster})
        lab = replace(lab_of(there), layout=of_namespace(cluster))
        lab.__dict__["kube"] = FakeKube({"Pod": [POD]})
        return lab

    return made


OTHERS = PrometheusSettings(url="http://127.0.0.1:1")


def test_up_waits_for_its_scrapes_and_for_no_prometheus_of_the_labs(of: Callable[..., Lab]) -> None:
    own, others = (
        {step.name for step in bringup.steps(of(one), of(one).settings.topology("single"))} for one in (None, OTHERS)
    )

    assert own - others == {"prometheus", "image prometheus", "push prometheus"}
    assert others - own == {"scraped"}


def test_runners_write_their_series_to_the_labs_prometheus_alone(of: Callable[..., Lab]) -> None:
    own, others = (loads.source_of(of(one), of(one).settings.topology("single"), print) for one in (None, OTHERS))

    assert (own.remote_write, own.prometheus is None) == ("http://prometheus:9090", False)
    assert (others.remote_write, others.prometheus) == (None, None)


@pytest.mark.parametrize(
    ("prometheus", "asked"), [(None, False), (OTHERS, False), (OTHERS.model_copy(update={"pod_monitor": {}}), True)]
)
def test_a_pod_monitor_is_looked_for_and_deleted_where_the_lab_makes_one(
    of: Callable[..., Lab], prometheus: PrometheusSettings | None, asked: bool
) -> None:
    """A cluster without the operator doesn't know the kind, and would refuse the whole question."""
    lab = of(prometheus)

    assert (MONITOR in namespace.kinds(lab)) is asked
    assert ("roles" in namespace.kinds(lab)) is (prometheus is None)
    assert (MONITOR in str(namespace.delete_command(lab))) is asked


@pytest.mark.parametrize("lacking", ["", "me-shard-a-1 is scraped every 30 s; must be every 5 s"])
def test_status_and_verify_say_how_it_scrapes(
    of: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    lab = of(OTHERS)
    monkeypatch.setattr(
        external_prometheus, "problem", lambda _metrics, pods: lacking if pods == ["me-shard-a-1"] else "?"
    )
    site = Site(lab=lab, topology=lab.settings.topology("single"))

    row = next(row for row in status.rows(lab) if row.thing == "prometheus")
    scraping, parts = agreement.check_scraping(site), workload_parts.check_first_shard(site)

    assert row == Row(thing="prometheus", state="scrapes too little" if lacking else "the cluster's", note=lacking or "scrapes each pod that handles orders", ok=not lacking)  # fmt: skip
    assert (scraping.ok, scraping.evidence) == (
        not lacking, lacking or "scraped once each, as often as is needed: me-shard-a-1",
    )  # fmt: skip
    assert (parts.ok, parts.evidence) == (True, "Running: me-shard-a-1")
    assert "prometheus" not in urls(lab)
    assert site.metrics is site.external


def test_a_load_waits_for_its_scrapes_too(of: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch) -> None:
    lab, waited = of(OTHERS), []
    monkeypatch.setattr(
        external_prometheus, "await_scraped", lambda found, pods, _say: waited.append((found.namespace, pods))
    )

    loads.require_scraped(lab, lab.settings.topology("single"), print)

    assert waited == [("matching-engine", ["me-shard-a-1"])]
    with loads.scraped(lab) as found:
        assert isinstance(found, OfNamespace)


def test_a_namespace_whose_role_was_never_applied_is_told_by_what_it_lacks(
    of: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is read first there is refused; the Role is what to ask for."""
    lab = of(None)

    class Refuses(FakeKube):
        def find(self, kind: str, name: str, **_: object) -> None:
            raise ApiError(f"can't read {kind} {name}: forbidden", code=403)

        def create(self, kind: str, _made: object) -> dict[str, object]:
            assert kind == "SelfSubjectAccessReview"
            return {"status": {"allowed": False}}

    lab.__dict__["kube"] = Refuses()

    with pytest.raises(
        PreflightError, match=r"does not let the lab get pods and \d+ more; have the cluster's admin grant"
    ):
        KubernetesRuntime(lab=lab).begin(print)
