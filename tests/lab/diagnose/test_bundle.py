import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab.core import redact
from lab.diagnose import bundle
from lab.settings.settings import Settings

NOW = datetime(2026, 11, 22, 17, 47, 12, tzinfo=UTC)


def test_a_bundle_is_called_by_time_and_command_and_a_second_one_gets_a_number(tmp_path: Path) -> None:
    assert bundle.create(tmp_path, "up", NOW).name == "20261122T174712Z-up"
    assert bundle.create(tmp_path, "up", NOW).name == "20261122T174712Z-up-2"


def test_the_newest_five_are_kept_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()

    made = [bundle.create(tmp_path, "up", NOW + timedelta(minutes=minute)) for minute in range(7)]

    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "mine", *made[-bundle.KEPT :]])


def test_texts_lines_and_values_are_written_without_secrets(tmp_path: Path, settings: Settings) -> None:
    values = {"adminPassword": "hunter2hunter2"}
    chart = settings.charts.grafana.model_copy(update={"values": values})
    charts = settings.charts.model_copy(update={"grafana": chart})
    files = {
        "docker.txt": "a\nb",
        "logs/x.log": ["one", "password=hunter2hunter2"],
        "pods.json": [{"kind": "Secret", "data": {"a": "hunter2hunter2"}}],
        "settings.json": settings.model_copy(update={"charts": charts}),
    }

    bundle.write(tmp_path, files)

    assert (tmp_path / "docker.txt").read_text() == "a\nb\n"
    assert (tmp_path / "logs" / "x.log").read_text() == f"one\npassword={redact.LEFT_OUT}\n"
    assert json.loads((tmp_path / "pods.json").read_text()) == [redact.LEFT_OUT]
    assert json.loads((tmp_path / "settings.json").read_text())["name"] == settings.name
    assert not any("hunter2" in path.read_text() for path in tmp_path.rglob("*") if path.is_file())
