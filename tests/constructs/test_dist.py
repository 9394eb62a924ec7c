"""What is committed in dist/, what the cdk8s command line writes and what is applied are the same charts."""

import difflib
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from lab.core.errors import UsageError
from lab.core.paths import DIST, ROOT
from lab.manifests import synthesis
from lab.settings.layout import dump, of_own_cluster
from lab.settings.settings import Settings, TopologySettings
from lab.tools.node import node_path

VERSIONS = ("1.30", "1.33", "1.35")
"""Of Kubernetes: what the manifests must be valid for."""


def _python(*args: str, cwd: Path, stdin: str | None = None, **variables: str) -> None:
    environment = {
        **variables,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'constructs'}",
        "JSII_NODE": node_path(),
        "PATH": "/usr/bin:/bin",
    }
    subprocess.run([sys.executable, *args], cwd=cwd, env=environment, input=stdin, text=True, check=True, timeout=120)


def _same(expected: Path, actual: Path) -> None:
    """Fail with the differing lines."""
    assert sorted(path.name for path in expected.iterdir()) == sorted(path.name for path in actual.iterdir())
    for path in expected.iterdir():
        wanted, got = (side.read_text().splitlines() for side in (path, actual / path.name))
        difference = list(difflib.unified_diff(wanted, got, "expected", "actual", lineterm="", n=1))
        assert not difference, "run 'python main.py' and commit dist/:\n" + "\n".join(difference)


def _npm() -> list[str]:
    """The npm on PATH, else the one that a wheel brought with its Node; the wheel's `bin/npm` doesn't find the rest."""
    on_path = shutil.which("npm")
    if on_path:
        return [on_path]
    own = Path(node_path()).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not own.exists():
        pytest.skip("npm is neither on PATH nor in .venv")
    return [node_path(), str(own)]


def _cdk8s() -> list[str]:
    """The pinned cdk8s command line as `pipenv run cdk8s` means it, put into node_modules on first use."""
    scripts = tomllib.loads((ROOT / "Pipfile").read_text(encoding="utf-8"))["scripts"]
    command = ROOT / scripts["cdk8s"]
    if not command.exists():
        patient = ("--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-timeout=30000")
        words = [*_npm(), "ci", "--ignore-scripts", "--prefer-offline", *patient]
        installed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
        if installed.returncode:
            pytest.skip(f"npm ci failed: {installed.stderr.strip().splitlines()[-1:]}")
    return [node_path(), str(command.resolve())]


def test_dist_is_what_the_code_and_experiment_yaml_yield(tmp_path: Path) -> None:
    """Also where there is no home that could be written."""
    _python(str(ROOT / "main.py"), cwd=tmp_path, HOME="/proc/nowhere")

    _same(DIST, tmp_path / "dist")


def test_dist_has_one_file_a_topology(settings: Settings) -> None:
    assert {path.name for path in DIST.iterdir()} == {f"{name}.k8s.yaml" for name in settings.topologies}


def test_cdk8s_synth_gives_the_same_files(tmp_path: Path) -> None:
    words = [*_cdk8s(), "synth", "--check-upgrade", "false", "--output", str(tmp_path / "dist")]

    subprocess.run(words, cwd=ROOT, check=True, timeout=120)

    _same(DIST, tmp_path / "dist")


def test_the_renderer_gives_the_same_files_for_the_same_settings(settings: Settings, tmp_path: Path) -> None:
    request = {
        "settings": settings.model_dump(mode="json", by_alias=True),
        "topologies": list(settings.topologies),
        "layout": dump(of_own_cluster(settings)),
        "outdir": str(tmp_path / "manifests"),
    }

    _python("-m", "matching_engine", cwd=tmp_path, stdin=json.dumps(request))

    _same(DIST, tmp_path / "manifests")


def test_the_renderer_takes_the_images_policies_and_ports_of_the_settings_it_is_given(
    settings: Settings, tmp_path: Path
) -> None:
    given = settings.model_dump(mode="json", by_alias=True)
    given["images"]["engine"] = {"name": "lab-registry:5111/matching-engine:abc", "pull_policy": "IfNotPresent"}
    given["node_ports"]["entry"] = 31080
    layout = dump(of_own_cluster(Settings.model_validate(given)))
    request = {"settings": given, "topologies": ["single"], "layout": layout, "outdir": str(tmp_path)}

    _python("-m", "matching_engine", cwd=tmp_path, stdin=json.dumps(request))

    objects = {
        (item["kind"], item["metadata"]["name"]): item["spec"]
        for item in yaml.safe_load_all((tmp_path / "single.k8s.yaml").read_text())
        if "spec" in item
    }
    container = objects["Deployment", "me-shard-a"]["template"]["spec"]["containers"][0]
    assert container["image"] == "lab-registry:5111/matching-engine:abc"
    assert container["imagePullPolicy"] == "IfNotPresent"
    assert objects["Service", "entry"]["ports"][0]["nodePort"] == 31080


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid_by_the_strict_schemas(manifests: list[dict[str, Any]], version: str) -> None:
    for item in manifests:
        kubernetes_validate.validate(item, version, strict=True)


def test_settings_that_the_constructs_refuse_are_a_wrong_use_said_in_a_line(settings: Settings, tmp_path: Path) -> None:
    names = tuple("X" * 3000 + f"-{number}" for number in range(50))
    topologies = {"long": TopologySettings(shards={"a": names[:25], "b": names[25:]})}

    with pytest.raises(UsageError) as caught:
        synthesis.render_to(
            tmp_path, settings.model_copy(update={"topologies": topologies}), of_own_cluster(settings), "long"
        )

    assert caught.value.summary.startswith("topology long can't be synthesized: SHARD_SYMBOLS_MAP takes 15")
    assert not list(tmp_path.iterdir())
