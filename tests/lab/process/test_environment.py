"""Which of the user's variables a program of the lab's gets."""

import json
import sys

import pytest

from lab.process.environment import environment
from lab.process.shell import Command, run

DROPPED = [
    "K6_RPS", "K6_VUS", "K6_OUT", "K6_NO_SETUP", "HELM_DRIVER", "HELM_KUBEAPISERVER", "HELM_NAMESPACE", "K3D_FIX_DNS",
    "KUBECTL_KUBERC_PATH", "KUBECTL_EXTERNAL_DIFF", "KUBECONFIG", "JSII_RUNTIME", "JSII_AGENT", "NODE_OPTIONS", "NODE_PATH",
    "DOCKER_DEFAULT_PLATFORM", "DOCKER_CONTENT_TRUST", "BUILDX_BUILDER", "PIP_TARGET", "PIP_PYTHON", "PIP_REQUIRE_VIRTUALENV",
    "PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE",
]  # fmt: skip
PASSED = [
    "PATH", "HOME", "LANG", "HTTP_PROXY", "https_proxy", "SSL_CERT_FILE", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG",
    "DOCKER_BUILDKIT", "DOCKER_TLS_VERIFY", "JSII_NODE", "PIP_INDEX_URL", "PIP_CERT", "GIT_SSL_CAINFO", "JAVA_HOME",
    "GRADLE_OPTS", "LAB_SETTINGS", "TMPDIR", "XDG_CONFIG_HOME",
]  # fmt: skip


@pytest.mark.parametrize("name", DROPPED)
def test_what_would_change_what_a_tool_does_is_not_passed(name: str) -> None:
    assert name not in environment({name: "planted"}, {})


@pytest.mark.parametrize("name", PASSED)
def test_what_leads_to_servers_and_programs_is_passed(name: str) -> None:
    assert environment({name: "mine"}, {})[name] == "mine"


def test_what_a_command_sets_stands_over_all() -> None:
    assert environment({"K6_OUT": "planted"}, {"K6_OUT": "ours", "NO_PROXY": "x"}) == {
        "K6_OUT": "ours",
        "NO_PROXY": "x",
        "no_proxy": "127.0.0.0/8,localhost,::1,127.0.0.1",
        "KUBECTL_KUBERC": "false",
        "K6_AUTO_EXTENSION_RESOLUTION": "false",
        "K6_FEATURES": "merge-run-tags",
    }


def test_a_program_is_started_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_DRIVER", "configmap")
    command = Command(argv=(sys.executable, "-c", "import os, json; print(json.dumps(dict(os.environ)))"))

    seen = json.loads(run(command).stdout)

    assert "HELM_DRIVER" not in seen
    assert seen["KUBECTL_KUBERC"] == "false"
