"""No secret gets into a bundle: neither as an object, nor as a value, nor in the middle of a line."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.core import redact

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


KEYS = [
    "password", "Password", "PASSWORD", "passwd", "DB_PASSWD", "passphrase", "pwd", "adminPassword", "admin-password",
    "GF_SECURITY_ADMIN_PASSWORD", "postgres.password", "token", "TOKEN", "auth_token", "access-token", "refreshToken", "K3S_TOKEN",
    "X-Auth-Token", "id_token", "secret", "client_secret", "clientSecret", "AWS_SECRET_ACCESS_KEY", "secretKey", "SECRET_KEY",
    "api_key", "apiKey", "API-KEY", "apikey", "accessKey", "private_key", "privateKeyData", "client-key-data", "signingKey",
    "encryption_key", "accountKey", "credentials", "credential", "Authorization", "Cookie", "passwordBase64",
]  # fmt: skip
FORMS = {
    "yaml": "{key}: {secret}",
    "yaml in quotes": '  {key}: "{secret}"',
    "yaml block": "{key}: |\n  {secret}\n  {secret}\nuser: x",
    "yaml of an environment": "- name: {key}\n  value: {secret}",
    "json": '{{"user":"x","{key}":"{secret}","port":1}}',
    "json of an environment": '{{"name": "{key}", "value": "{secret}"}}',
    "json in json": '{{"body":"{{\\"{key}\\":\\"{secret}\\"}}"}}',
    "a flag": "tool --{key} {secret} --verbose",
    "a flag with =": "tool --{key}={secret} --verbose",
    "a flag in quotes": "tool --{key} '{secret}'",
    "helm --set": "--set grafana.{key}={secret}",
    "an environment": "PATH=/bin\n{key}={secret}\nHOME=/",
    "a ruby hash": "{key} => {secret}",
    "a query": "GET https://host.example/x?user=me&{key}={secret} 200",
    "a header": "{key}: {secret}",
    "curl": "curl -H '{key}: {secret}' https://host.example",
}
SECRETS = st.text("abcXYZ019-_.~+/=!#%^*", min_size=12, max_size=40).filter(
    lambda text: not text.startswith(("=", ">"))
)


@given(st.sampled_from(KEYS), st.sampled_from(sorted(FORMS)), SECRETS)
def test_no_part_of_a_secret_is_left_whatever_its_key_and_form(key: str, form: str, secret: str) -> None:
    left = redact.text(FORMS[form].format(key=key, secret=secret))

    assert not any(secret[at : at + 6] in left.replace(key, "") for at in range(len(secret) - 5)), left


@given(st.sampled_from(KEYS), SECRETS)
def test_no_part_of_a_secret_is_left_in_an_object(key: str, secret: str) -> None:
    found = {
        key: secret,
        "several": {key: [secret, {"kept": 1}]},
        "env": [{"name": key, "value": secret}],
        "args": ["serve", f"--{key}", secret, f"--{key}={secret}"],
        "said": f'{{"{key}":"{secret}"}}',
        "items": [{"kind": "SecretList", "items": [{"data": {"x": secret}}]}],
    }

    assert secret not in json.dumps(redact.value(found), ensure_ascii=False)


@pytest.mark.parametrize(
    "line",
    [
        "https://someone@registry.example/x",
        "-----BEGIN RSA PRIVATE KEY-----\nabc\ndef\n-----END RSA PRIVATE KEY-----",
        "proxy-authorization sent: Basic c29tZW9uZTpodW50ZXIy",
    ],
)
def test_a_secret_without_a_key_is_left_out(line: str) -> None:
    assert redact.LEFT_OUT in redact.text(line)


@given(st.text(max_size=200))
def test_any_text_can_be_read_and_none_is_read_twice(words: str) -> None:
    left = redact.text(words)

    assert redact.text(left) == left
