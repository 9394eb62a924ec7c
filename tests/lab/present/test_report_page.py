import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from lab.judge.bound import Bound, Kind, Status
from lab.judge.verdict import CaseVerdict, Outcome
from lab.present import reading, report
from lab.present import report_page as page
from lab.store.files import Event, EventsFile, GrafanaFile, ProvenanceFile, SettingsFile
from tests.lab.made import shard
from tests.lab.present.made_run import MadeCase, judged, keep, make, provenance, rewrite, settings_of
from tests.lab.present.made_run import figures as figures_of

HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


def shown(folder: Path) -> str:
    return page.html(reading.read(folder))


def figures(text: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", text, re.DOTALL)


class Links(HTMLParser):
    """What a page names that a browser would load or follow."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found += [
            value or "" for name, value in attrs if name in {"src", "href", "srcset", "data", "action", "poster"}
        ]


def test_the_verdict_and_its_reason_come_first(run: Path) -> None:
    text = shown(run)

    assert text.index("PASS</p>") < text.index("all met") < text.index("<table")
    assert "<title>PASS: ASR 1: p99 latency" in text


def test_nothing_is_loaded_from_anywhere(run: Path) -> None:
    text = shown(run)
    links = Links(text)

    assert all(link.startswith("#") for link in links.found)
    assert {"link", "img", "iframe", "object"}.isdisjoint(links.tags)
    assert not re.search(r"@import|url\(", text)
    assert "default-src 'none'" in text


def test_each_link_leads_to_something(run: Path) -> None:
    text = shown(run)

    ids = set(re.findall(r' id="([^"]+)"', text))
    assert {link.removeprefix("#") for link in Links(text).found} <= ids
    assert len(re.findall(r' id="', text)) == len(ids)


@pytest.mark.parametrize("key", ["reason", "suite"])
def test_hostile_text_of_a_run_is_only_text(run: Path, key: str) -> None:
    judged(run, **{key: HOSTILE})

    require_harmless(run)


def test_hostile_text_of_a_case_is_only_text(run: Path) -> None:
    bound = Bound(name=HOSTILE, kind=Kind.LATENCY, status=Status.MISSED, line=HOSTILE)
    judged(run, cases=(CaseVerdict(case="a2", outcome=Outcome.FAIL, reasons=(HOSTILE,), bounds=(bound,)),))
    figures_of(run, warnings=(HOSTILE,), shards=(shard(shard=HOSTILE), shard(shard="b")))
    keep(run, EventsFile(events=(Event(at=1, what=HOSTILE),)), "a2")
    rewrite(run, ProvenanceFile, warnings=(HOSTILE,))
    provenance(run, processor=HOSTILE, docker={HOSTILE: HOSTILE})

    require_harmless(run)


def require_harmless(folder: Path) -> None:
    text = shown(folder)

    assert "<script>alert" not in text
    assert "<img" not in text
    assert Links(text).tags.count("script") == 1


def test_every_plot_is_well_formed_and_has_a_name(run: Path) -> None:
    plots = [ET.fromstring(one) for one in figures(shown(run))]  # noqa: S314 - our own

    assert len(plots) > 8
    assert all(plot.get("role") == "img" and plot.get("aria-label") for plot in plots)


def test_plots_show_the_objective_the_warm_up_and_the_outage(run: Path) -> None:
    latency = [one for one in figures(shown(run)) if "a4: Latency at the client" in one]

    assert len(latency) == 2  # for a wide and for a narrow screen
    for one in latency:
        assert 'class="limit"' in one
        assert ">SLO 200 ms<" in one
        assert 'class="warmup"' in one
        assert one.count('class="fault"') == 2
        assert {"p50", "p95", "p99"} <= set(re.findall(r'<path class="(\w+)"', one))


def test_figures_of_each_instant_are_told_on_hover(run: Path) -> None:
    first = figures(shown(run))[0]

    assert re.search(r"<title>0:00 to 0:10\np99 +[\d.]+ ms\np95", first)


def test_each_plot_has_its_figures_in_a_table(run: Path) -> None:
    text = shown(run)

    assert text.count("<figure") == text.count("<summary>Figures</summary>")
    assert '<th scope="row">0:10 to 0:20</th>' in text


def test_failed_orders_are_no_fast_ones(run: Path) -> None:
    """A slot whose p99 failed has no p99; it is marked, not drawn at 0."""
    read = reading.read(run)
    slot = replace(read.cases[0].slots[2], p99=math.inf, errors=5)
    case = read.cases[0].model_copy(update={"slots": (*read.cases[0].slots[:2], slot, *read.cases[0].slots[3:])})
    text = page.html(read.model_copy(update={"cases": (case,)}))

    assert 'class="infinite"' in text
    assert "infinite" in text


def test_shards_are_drawn_beside_each_other(tmp_path: Path) -> None:
    text = shown(make(tmp_path, MadeCase(name="b2", shards=("a", "b", "c"), rate=3000)))

    for name in "abc":
        assert f"Shard {name}, p99 at the client" in text
        assert f"Shard {name}, matches a minute" in text
    assert "<dt>not routed: timeout</dt><dd>2</dd>" in text


def test_a_ramp_has_its_stages(tmp_path: Path) -> None:
    text = shown(make(tmp_path, MadeCase(name="b3", seconds=120, stages=(40, 40, 40))))

    assert "Stage by stage" in text
    assert ">stage 3<" in text


def test_a_trial_is_marked(tmp_path: Path) -> None:
    text = shown(make(tmp_path, profile="smoke"))

    assert "PASS (SMOKE)" in text
    assert "SMOKE: a trial" in text


def test_how_to_make_the_run_again_is_said(run: Path) -> None:
    text = shown(run)

    assert f"git checkout {'f' * 40}" in text
    assert f"./invokew report --run={run.name}" in text


def test_the_same_folder_gives_the_same_report(run: Path) -> None:
    first = report.write(run).read_bytes()

    assert report.write(run).read_bytes() == first


@pytest.mark.parametrize(
    ("address", "is_shown"),
    [("http://127.0.0.1:3000/d/matching-engine?from=1&to=2", True), ("javascript:alert(1)", False), (None, False)],
)
def test_the_dashboard_at_the_time_of_the_run_is_a_click_away(run: Path, address: str | None, is_shown: bool) -> None:
    if address is not None:
        keep(run, GrafanaFile(run=address, cases={}))

    page = report.write(run).read_text(encoding="utf-8")

    assert ("dashboard shows the time of this run" in page) is is_shown
    assert "javascript:" not in page


def test_the_reason_of_a_verdict_is_told_case_by_case() -> None:
    reason = "a2: p99 4 ms (limit 200 ms); 0 % errors; a4: rise 0.98 [0.70, 1.43]; passed: a1"

    assert page.clauses(reason, ["a1", "a2", "a4"]) == [
        ("a2", "p99 4 ms (limit 200 ms); 0 % errors"),
        ("a4", "rise 0.98 [0.70, 1.43]; passed: a1"),
    ]
    assert page.clauses("the run broke off; see error.json", ["a1"]) == [("", "the run broke off; see error.json")]


def test_no_file_of_a_report_has_a_secret_that_somebody_set(tmp_path: Path) -> None:
    run, secret = make(tmp_path, MadeCase()), "hunter2hunter2"
    settings = settings_of(MadeCase())
    chart = settings.charts.grafana.model_copy(
        update={"values": {"adminPassword": secret, "env": {"DB_TOKEN": secret}}}
    )
    assert settings.sources.engine is not None
    engine = settings.sources.engine.model_copy(update={"command": f"java -jar me.jar --api-key {secret}"})
    rewrite(
        run,
        SettingsFile,
        settings=settings.model_copy(
            update={
                "charts": settings.charts.model_copy(update={"grafana": chart}),
                "sources": settings.sources.model_copy(update={"engine": engine}),
            }
        ),
    )

    report.write(run)

    assert not [
        one for one in (report.HTML, report.JSON, report.MARKDOWN, report.JUNIT) if secret in (run / one).read_text()
    ]
