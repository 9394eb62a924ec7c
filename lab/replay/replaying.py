"""A run's points served again by a Prometheus and a Grafana of this machine, for as long as somebody looks."""

import json
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import wait
from contextlib import suppress
from pathlib import Path

from lab.bringup import monitoring
from lab.core import figures, http
from lab.core.errors import LabError, ToolError
from lab.core.paths import DIST
from lab.measure import openmetrics
from lab.measure.counters import Series
from lab.measure.prometheus import Prometheus
from lab.process import polling
from lab.process.steps import Say
from lab.replay import board, serving
from lab.replay.serving import INSIDE, PROMETHEUS_PORT, Served
from lab.run import marks
from lab.run.grafana import Grafana
from lab.settings.settings import Settings
from lab.store import run_points, stored_case, stored_run
from lab.store.folder import Folder
from lab.tools import prometheus_server as server

STARTS, PAUSE = 90.0, 0.25
"""Seconds for both to answer, and between two questions."""
ANSWER = 2.0
"""Seconds for one answer meanwhile."""


def replay(run: Path, settings: Settings, say: Say) -> None:
    """Serve a run's points until Ctrl-C.

    Args:
        run: The run's folder.
        settings: Whose images and ports are used.
        say: Told what is under way, where it is served, and what the run doesn't keep.

    Raises:
        UsageError: The run keeps no points.
        ToolError: promtool, Docker or one of the programs fails, or ends before it is to.
        PreflightError: promtool or Prometheus is not to be had.
    """
    folder = Folder(run)
    series, boards = run_points.of(folder), board.dashboards(DIST)
    loads, password = _marks(folder), secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory(prefix="matching-engine-lab-") as temporary:
        place = Path(temporary) / INSIDE.name
        say(f"filling in {figures.count(sum(len(one.points) for one in series), 'points')} of {run.name}")
        _write(place, series, boards, settings)
        serving.backfill(settings, place)
        _open(place)
        with serving.served(settings, place, password, say) as found:
            problem = polling.until_none(lambda: _problem(found, series), deadline=STARTS, pause=PAUSE)
            if problem:
                raise ToolError(problem)
            for line in _addresses(found, folder, loads, password, board.lacking(boards.values(), series)):
                say(line)
            with suppress(KeyboardInterrupt):  # how it is meant to end
                wait([found.running])
                _require_running(found)


def _marks(folder: Folder) -> list[marks.Mark]:
    """The run's loads with what each came to."""
    told = stored_run.read(folder)
    found = {name: stored_case.read(folder, name) for name in folder.measured()}
    verdicts = told.executions
    return [
        marks.mark(
            name, one.measured, f"{verdicts[name].outcome.value}: {verdicts[name].reason}" if name in verdicts else ""
        )
        for name, one in found.items()
        if one.measured
    ]


def _write(place: Path, series: Sequence[Series], boards: Mapping[str, str], settings: Settings) -> None:
    """The folder that is served: points, Prometheus' configuration, what Grafana reads at its start."""
    files = {server.CONFIG: server.NOTHING_SCRAPED}
    values = monitoring.grafana_values(settings.model_copy(update={"grafana": type(settings.grafana)()}), secret=None)
    source = values["datasources"]["datasources.yaml"]
    source["datasources"][0]["url"] = f"http://127.0.0.1:{PROMETHEUS_PORT}"
    provider = values["dashboardProviders"]["dashboardproviders.yaml"]
    provider["providers"][0]["options"]["path"] = str(INSIDE / "dashboards")
    files["provisioning/datasources/datasources.yaml"] = json.dumps(source)
    files["provisioning/dashboards/dashboardproviders.yaml"] = json.dumps(provider)
    files |= {f"dashboards/{name}": text for name, text in boards.items()}
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with (place / server.POINTS).open("w", encoding="utf-8") as file:
        file.writelines(openmetrics.lines(series))


def _open(place: Path) -> None:
    """Let whatever user a container has read the files, and Prometheus write its own beside them."""
    (place / server.POINTS).unlink()
    for path in (place, *place.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o644)


def _problem(found: Served, series: Sequence[Series]) -> str:
    """What keeps the points from being asked for; nothing when all are there."""
    import requests  # noqa: PLC0415 - 60 ms that other commands need not pay

    _require_running(found)
    first, last = openmetrics.span(series)
    wanted = f'count(last_over_time({{__name__=~".+"}}[{round((last - first) / 1000) + 1}s]))'
    try:
        answer = Prometheus(found.prometheus).within(ANSWER).query(wanted, instant=last)
        there, kept = (answer[0].points[0][1] if answer else 0), sum(bool(one.points) for one in series)
        if there < kept:
            return f"Prometheus has {figures.count(there)} of {figures.count(kept, 'series')}"
        if found.grafana:
            http.get(f"{found.grafana}/api/health", timeout=ANSWER).raise_for_status()
    except (ToolError, requests.RequestException) as error:
        return error.summary if isinstance(error, ToolError) else f"grafana at {found.grafana} does not answer: {error}"
    return ""


def _require_running(found: Served) -> None:
    if found.running.done():
        raise ToolError("Prometheus has ended; try again", details=found.running.result().last_lines)


def _addresses(
    found: Served, folder: Folder, loads: Sequence[marks.Mark], password: str, lacking: Sequence[str]
) -> list[str]:
    """What is served where, and what of the dashboards is empty."""
    lines = [f"prometheus  {found.prometheus}"]
    if found.grafana is None:
        lines.append(f"without Grafana: {found.without}")
    else:
        grafana = Grafana(found.grafana, password=password)
        try:
            marks.annotate(grafana, folder.path.name, loads)
        except LabError as error:
            lines.append(f"note: the loads are not marked on the dashboard: {error.summary}")
        links = marks.links(grafana, loads) if loads else None
        lines.append(f"grafana     {links.run if links else found.grafana}")
        lines += [f"  {name:<9} {link}" for name, link in links.cases.items()] if links and len(links.cases) > 1 else []
    if lacking:
        lines.append(f"not kept of this run, so panels of these are empty: {', '.join(lacking)}")
    return [*lines, "Ctrl-C ends it"]
