"""A trial run of ASR 1: every case measured, a verdict with its evidence."""

import json
from pathlib import Path
from typing import Any

from lab.bringup.entry import urls
from lab.cluster.lab import Lab
from lab.core import http
from lab.core.paths import RUNS
from tests.cluster.cluster_tools import Ended, kubectl, until


def latest() -> Path:
    return max((path for path in RUNS.iterdir() if (path / "verdict.json").exists()), key=lambda path: path.name)


def query(lab: Lab, promql: str) -> list[dict[str, Any]]:
    url = f"{urls(lab)['prometheus']}/api/v1/query"
    found: list[dict[str, Any]] = http.get(url, params={"query": promql}, timeout=10).json()["data"]["result"]
    return found


def test_the_run_ends_in_a_verdict_that_is_marked_as_a_trial(lab: Lab, asr1: Ended) -> None:
    """The exit code is a verdict's (PASS, INVALID, missed): on a loaded machine any of them is honest, an error isn't."""
    assert asr1.code in {0, 5, 6}, asr1.output
    assert "SMOKE" in asr1.output
    verdict = json.loads((latest() / "verdict.json").read_text())["verdict"]
    assert verdict["profile"] == "smoke"
    assert verdict["outcome"] in {"PASS", "CONDITIONAL", "FAIL", "INVALID"}
    assert verdict["reason"]
    assert [case["case"] for case in verdict["cases"]] == ["a1", "a2", "a3-100", "a3-1000", "a3-10000", "a4"]


def test_the_evidence_is_kept(lab: Lab, asr1: Ended) -> None:
    run = latest()
    assert {"settings.json", "provenance.json", "verdict.json"} <= {p.name for p in run.iterdir()}
    for case in ("a1", "a2", "a4"):
        assert (run / case / "samples.csv.gz").stat().st_size > 0
        assert any("summary" in path.name for path in (run / case).iterdir())
        assert (run / case / "control" / "samples.csv.gz").stat().st_size > 0


def test_the_engine_did_what_it_should_in_each_judged_case(lab: Lab, asr1: Ended) -> None:
    """Whatever the machine makes of its latency; A2 goes on from what A1 has left, the others from a clean book."""
    for case, way in (
        ("a2", "invariants"),
        ("a3-100", "replay"),
        ("a3-1000", "replay"),
        ("a3-10000", "replay"),
        ("a4", "replay"),
    ):
        found = json.loads((latest() / case / "measurements.json").read_text())["measurements"]["correctness"]
        assert (found["way"], found["unchecked"], found["divergences"]) == (way, None, [])
        assert found["orders"] == found["accepted"]
        assert found["replayed"] == found["fills"] > 0


def test_k6_series_carry_the_testid_of_their_case(lab: Lab, asr1: Ended) -> None:
    found = query(lab, "count by (testid) (last_over_time(k6_http_reqs_total[30m]))")
    testids = {row["metric"]["testid"] for row in found}
    assert any("a2" in testid for testid in testids), testids


def test_the_broker_is_back_with_its_topics(lab: Lab, asr1: Ended) -> None:
    listed = kubectl(lab, "exec", "--namespace", "matching-engine", "redpanda-0", "--", "rpk", "topic", "list")
    partitions = {row.split()[0]: row.split()[1] for row in listed.splitlines()[1:]}
    assert partitions == {"orders": "12", "matches": "12"}


def test_one_fill_sent_by_hand_raises_the_counter_by_one(lab: Lab, asr1: Ended) -> None:
    """The spec's criterion 9; a pod that were scraped twice would count it twice."""

    def matches() -> float:
        return sum(float(row["value"][1]) for row in query(lab, "sum(me_matches_total)"))

    entry = urls(lab)["orders"]
    # At a price below all others on the book, so that the two meet each other and nothing else.
    sell = {"orderId": "hand-sell", "symbol": "TEST-ASSET-A", "side": "SELL", "price": 1, "quantity": 7}
    before = matches()
    assert http.request("POST", f"{entry}/seed", json={"orders": [sell]}, timeout=5).json() == {"seeded": 1}
    buy = {"orderId": "hand-buy", "symbol": "TEST-ASSET-A", "side": "BUY", "type": "LIMIT", "price": 1, "quantity": 7}
    assert http.request("POST", f"{entry}/orders", json=buy, timeout=5).status_code == 200

    until(lambda: matches() > before, deadline=15, what="the counter rises")

    assert matches() == before + 1


def test_each_engine_pod_is_scraped_by_exactly_one_job(lab: Lab, asr1: Ended) -> None:
    targets = http.get(f"{urls(lab)['prometheus']}/api/v1/targets", timeout=10).json()["data"]["activeTargets"]
    jobs: dict[str, list[str]] = {}
    for target in targets:
        if target["labels"].get("app") == "matching-engine":
            jobs.setdefault(target["labels"]["pod"], []).append(target["labels"]["job"])
    assert len(jobs) == 1
    assert list(jobs.values()) == [["matching-engine"]]
