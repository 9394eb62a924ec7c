"""What is run, and what it is told: the contract's variables, and the sources' own words."""

import sys
from pathlib import Path
from typing import Any

import pytest

from lab.core.errors import UsageError
from lab.runtime.process import parts
from lab.runtime.process.parts import Program
from lab.settings.settings import Settings, SourcesSettings
from lab.settings.topology import Shard
from tests.lab.made import SETTINGS

MULTI = SETTINGS.topology("multi")
MADE = Program(
    argv=(sys.executable, "-m", "engine"), folder=Path("/src"), source="engine-0123456789ab", digest="0123456789abcdef"
)


def sources(**roles: Any) -> Settings:
    return SETTINGS.model_copy(update={"sources": SourcesSettings.model_validate(roles)})


def test_the_projects_own_engine_runs_on_the_labs_own_python() -> None:
    made = parts.program(SETTINGS, "engine")

    assert made.argv == (sys.executable, "-m", "engine")
    assert made.source == f"engine-{made.digest[:12]}"


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("java -jar build/libs/engine.jar", ("java", "-jar", "build/libs/engine.jar")),
        ('{python} -m mine "a b"', (sys.executable, "-m", "mine", "a b")),
    ],
)
def test_an_engine_that_is_no_python_is_run_by_its_command(tmp_path: Path, command: str, argv: tuple[str, ...]) -> None:
    made = parts.program(sources(engine={"folder": str(tmp_path), "command": command}), "engine")

    assert (made.argv, made.folder) == (argv, tmp_path)


def test_a_source_that_changes_is_another_program(tmp_path: Path) -> None:
    settings = sources(engine={"folder": str(tmp_path), "command": "true"})
    before = parts.program(settings, "engine").digest
    (tmp_path / "main.py").write_text("x = 1\n")

    assert parts.program(settings, "engine").digest != before


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (None, r"sources.engine is null, and the runtime process needs a folder .*--runtime=k3d"),
        ("/nowhere/at/all", r"sources.engine: there is no folder /nowhere/at/all; correct it"),
        (
            "docs",
            r"sources.engine: .*/docs has no Python package 'engine', so what runs it must be said: .*command: .*java -jar",
        ),
    ],
)
def test_a_source_that_cannot_be_run_is_refused_with_its_place_and_the_remedy(written: str | None, says: str) -> None:
    with pytest.raises(UsageError, match=rf"^experiment.yaml:\d+: {says}"):
        parts.program(sources(engine=written), "engine")


def test_a_command_that_is_no_words_is_refused_with_its_place() -> None:
    wrong = sources(engine={"folder": "docs", "command": 'java "-jar'})

    with pytest.raises(UsageError, match=r"^experiment.yaml:\d+: sources.engine.command must be words .*No closing"):
        parts.program(wrong, "engine")


def test_an_engine_is_told_what_the_contract_says() -> None:
    shard = Shard(id="b", symbols=("X", "Y"))

    made = parts.engine(MADE, shard, bootstrap="127.0.0.1:9092", http=8081, metrics=9081)

    told = {key: value for key, value in made.env.items() if key not in {"WAL_PATH", "PYTHONPATH", "PYTHONUNBUFFERED"}}
    assert told == {
        "LISTEN_HOST": "127.0.0.1",
        "HTTP_PORT": "8081",
        "METRICS_PORT": "9081",
        "SHARD_ID": "b",
        "SHARD_SYMBOLS": "X,Y",
        "KAFKA_BOOTSTRAP": "127.0.0.1:9092",
        "WAL_SIZE_MB": "64",
    }
    assert made.env["WAL_PATH"].endswith("/me-shard-b/wal")
    assert (made.name, made.shard, made.http, made.metrics) == ("me-shard-b", "b", 8081, 9081)


def test_the_gateway_knows_every_shard_by_its_port() -> None:
    made = parts.gateway(MADE, MULTI, {"a": 1, "b": 2, "c": 3}, http=8080, metrics=9)

    assert made.env["ME_SHARD_MAP"] == "a=http://127.0.0.1:1,b=http://127.0.0.1:2,c=http://127.0.0.1:3"
    assert made.env["SHARD_SYMBOLS_MAP"].startswith("a=TEST-ASSET-A:TEST-ASSET-B:")
    assert made.shard is None


def test_pythons_path_is_no_business_of_a_program_that_is_none() -> None:
    java = Program(argv=("java",), folder=Path("/x"), source="x", digest="0" * 16)

    assert "PYTHONPATH" not in parts.gateway(java, MULTI, dict.fromkeys("abc", 1), http=1, metrics=2).env
