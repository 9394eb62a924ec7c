"""No secret gets into a bundle: neither as an object, nor as a value, nor in the middle of a line."""

import json
from typing import Any

import pytest

from lab.diagnose import redact

SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    "line",
    [
        f"login with password={SECRET}",
        f'{{"adminPassword": "{SECRET}", "user": "x"}}',
        f"--set admin.password={SECRET},replicas=1",
        f"token: {SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"pulling from https://someone:{SECRET}@registry.example/x",
        f"API_KEY='{SECRET}'",
    ],
)
def test_a_secret_in_a_line_is_left_out(line: str) -> None:
    assert SECRET not in redact.text(line)
    assert redact.LEFT_OUT in redact.text(line)


@pytest.mark.parametrize(
    "line",
    [
        'MountVolume.SetUp failed: secret "grafana-admin" not found',
        "GET http://127.0.0.1:8080/orders 200",
        "the token of the symbol is AAPL",
    ],
)
def test_other_words_stay(line: str) -> None:
    assert redact.text(line) == line


@pytest.mark.parametrize(
    "found",
    [
        {"kind": "Secret", "data": {"admin-user": SECRET}},
        {"items": [{"kind": "Secret", "stringData": {"x": SECRET}}]},
        {"env": [{"name": "GF_SECURITY_ADMIN_PASSWORD", "value": SECRET}]},
        {"grafana": {"values": {"adminPassword": SECRET}}},
        {"K3S_TOKEN": SECRET},
        {"args": [f"--password={SECRET}"]},
        {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": SECRET}},
    ],
)
def test_a_secret_in_an_object_is_left_out(found: Any) -> None:
    assert SECRET not in json.dumps(redact.value(found))


def test_what_only_names_a_secret_stays() -> None:
    found = {
        "env": [
            {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "grafana-admin", "key": "admin-password"}}}
        ],
        "volumes": [{"name": "v", "secret": {"secretName": "grafana-admin"}}],
        "automountServiceAccountToken": False,
        "replicas": 3,
    }

    assert redact.value(found) == found


def test_what_only_repeats_an_object_is_left_out_and_the_object_stays() -> None:
    """Who last wrote which field fills half of an object, and none of it tells why something failed."""
    found = {
        "metadata": {
            "name": "me-shard-a",
            "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}],
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "checksum/values": "0f"},
        },
        "spec": {"replicas": 1},
    }

    assert redact.value({"items": [found]}) == {
        "items": [
            {
                "metadata": {"name": "me-shard-a", "annotations": {"checksum/values": "0f"}},
                "spec": {"replicas": 1},
            }
        ]
    }
