"""No secret gets into a bundle: neither as an object, nor as a value, nor in the middle of a line."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
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
        f"someone:{SECRET}@10.0.0.1",
        f"someone:{SECRET}@host",
        f"found ghp_{SECRET}",
        f"found github_pat_{SECRET}",
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
    "password2", "PASSWORD_1", "DB_PASSWORD_PROD", "TOKEN_PROD", "SECRET_PROD", "tokenA", "token_v2", "passwordOld", "password_hash",
    "SECRET_KEY_BASE", "GOOGLE_APPLICATION_CREDENTIALS_JSON", "AWS_ACCESS_KEY_ID", "creds", ".dockerconfigjson", "tls.key", "ca.key",
    "id_rsa", "session_id", "csrf", "SharedAccessSignature", "SLACK_WEBHOOK", "passwords", "secrets",
]  # fmt: skip
SHORT_KEYS = ["pass", "DB_PASS", "db.pass", "MYSQL_ROOT_PASS", "pw", "auth", "_auth", "GH_PAT", "PAT", "otp", "pin"]
FORMS = {
    "yaml": "{key}: {secret}",
    "yaml in quotes": '  {key}: "{secret}"',
    "yaml block": "{key}: |\n  {secret}\n  {secret}\nuser: x",
    "yaml of an environment": "- name: {key}\n  value: {secret}",
    "json": '{{"user":"x","{key}":"{secret}","port":1}}',
    "json of an environment": '{{"name": "{key}", "value": "{secret}"}}',
    "json in json": '{{"body":"{{\\"{key}\\":\\"{secret}\\"}}"}}',
    "a flag": "tool --{key} {secret} --verbose",
    "a flag in quotes that are cut off": 'tool --{key} "two {secret}',
    "a value in quotes that are cut off": '{{"{key}": "two {secret}',
    "a flag with =": "tool --{key}={secret} --verbose",
    "a flag in quotes": "tool --{key} '{secret}'",
    "helm --set": "--set grafana.{key}={secret}",
    "an environment": "PATH=/bin\n{key}={secret}\nHOME=/",
    "a ruby hash": "{key} => {secret}",
    "a query": "GET https://host.example/x?user=me&{key}={secret} 200",
    "a header": "{key}: {secret}",
    "curl": "curl -H '{key}: {secret}' https://host.example",
    "yaml on the next line": "x: 1\n{key}:\n    {secret}\ny: 2",
    "yaml in quotes on the next line": '  {key}:  # comment\n    "{secret}"\n',
    "json on the next line": '"{key}":\n  "{secret}"\n',
    "yaml of several lines": "{key}: abc\n  {secret}\nuser: x",
    "an argument of json": '{{"args":["serve","--{key}","{secret}"]}}',
    "an argument of json in json": '{{"said":"[\\"--{key}\\", \\"{secret}\\"]"}}',
    "an argument of python": "['--{key}','{secret}']",
    "an argument in brackets": "args: [--{key}, {secret}]",
    "an argument of yaml": "args:\n- --{key}\n- {secret}\n",
    "an argument of yaml in quotes": '  - "--{key}"\n  - "{secret}"\n',
    "an entry of yaml, its value first": "- value: {secret}\n  name: {key}\n",
    "an entry of json, its value first": '{{"value":"{secret}","name":"{key}"}}',
    "an entry of Go": '{{"Name":"{key}","Value":"{secret}"}}',
    "an entry of python": "{{'key': '{key}', 'value': '{secret}'}}",
    "an entry of xml": '<add key="{key}" value="{secret}"/>',
    "xml": "<{key}>{secret}</{key}>",
    "an entity": "{{&quot;{key}&quot;:&quot;{secret}&quot;}}",
    "an escaped query": "https://host.example/?next=%2Fx%3F{key}%3D{secret}",
    "an environment of json": '{{"Env":["PATH=/bin","{key}=a {secret}"]}}',
    "escaped blanks": '{{"x": "\\"{key}\\"\\t:\\t\\"{secret}\\""}}',
    "an escaped quote in quotes": """['{key}="a\\\\"{secret}"']""",
    "a comparison": '{{"x": "{key} == \\"{secret}\\""}}',
    "a comparison of text": 'assert {key} != "{secret}"',
    "an arrow": "{key} -> {secret}",
    "a wide blank": "{key}\u00a0: {secret}",
    "a wide colon": "{key}\uff1a{secret}",
    "colours": "\x1b[1m{key}\x1b[0m: \x1b[32m{secret}\x1b[0m",
    "colours of json": '{{"log":"\\u001b[1m{key}\\u001b[0m: {secret}"}}',
    "an item": "{key}[0]: {secret}",
    "a key in brackets": "x['{key}'] = '{secret}'",
    "bytes": "{key}=b'two {secret}'",
    "quotes of a shell": """{key}='two 'words"and {secret}\"""",
    "quotes of print": "\u201c{key}\u201d: \u201c{secret}\u201d",
    "an assignment of make": "{key} ?= {secret}",
    "an escaped query with blanks": "{key}%20%3D%20{secret}",
    "an escaped query in a query": "https://host.example/?next=%252Fx%253F{key}%253D{secret}",
    "an argument of yaml in json": '{{"args":"- --{key}\\n- {secret}"}}',
    "xml of a namespace": "<x:{key}>{secret}</x:{key}>",
}
FORMS_OF_OBJECTS = {
    "yaml": "{key}:\n  value: {secret}\nuser: x",
    "yaml of several": "x:\n  {key}:\n    a: 1\n    db:\n      b: {secret}\n  y: 2",
    "a list of yaml": "{key}:\n- {secret}\n- {secret}\nuser: x",
    "json": '{{"{key}":{{"value":"{secret}"}},"user":"x"}}',
    "json of several lines": '{{\n  "{key}": [\n    "{secret}"\n  ]\n}}',
    "an entry": '{{"name":"{key}","value":{{"a":"{secret}"}}}}',
}
FORMS_WITHOUT_KEYS = {
    "what failed with one": "failed to log in with password: {secret}",
    "the one that was tried": "failed to get a token, tried token: {secret}",
    "what can't be found beside one": "cannot find user; password: {secret}",
    "one that was not expected": "unexpected token: {secret}",
    "one that must be another": "password: must be {secret}",
    "one beside a requirement": "the API requires a key; api_key: {secret}",
    "one that begins as a path": "client-key: /{secret}",
    "one beside a version": "apiKey={secret}, apiVersion=1",
    "one beside an epoch": "sessionId={secret}, epoch=1",
    "one behind an address": "see https://lab.example/ password: {secret}",
    "one in an address": "https://lab.example/token:{secret}",
    "mysql": "mysql -u root -p{secret} db",
    "mysql in quotes": "mysqldump '-p{secret}'",
    "docker": "docker login -u u -p {secret} registry.example",
    "docker of json": '["docker","login","-u","u","-p","{secret}"]',
    "docker of yaml": "- docker\n- login\n- -p\n- {secret}\n",
    "curl": "curl -s -u admin:{secret} http://host.example",
    "curl of json": '["curl","--user","admin:{secret}"]',
    "curl at once": "curl -sSuadmin:{secret} http://host.example",
    "curl in quotes": 'curl -u "admin:a {secret}" http://host.example',
    "prose of what was done": "the password for x was set to {secret}",
    "string data": '{{"stringData":{{"foo":"{secret}"}}}}',
    "a Secret of yaml in json": '{{"x":"kind: Secret\\ndata:\\n  foo: {secret}\\n"}}',
    "a Secret in braces": "kind: 'Secret'\ndata: {{foo: {secret}}}\n",
    "a signature": "https://host.example/x?sig={secret}",
    "a signature of AWS": "https://host.example/x?a=b&X-Amz-Signature={secret}",
    "a key": "https://host.example/x?key={secret}",
    "Slack": "https://hooks.slack.com/services/T0/B0/{secret}",
    "a user with /": "postgres://u:x/{secret}@host.example/x",
    "a user with @": "postgres://u:x@{secret}@host.example/x",
    "a user of no scheme": "//u:x{secret}@host.example/x",
    "PEM": "-----BEGIN EC PRIVATE KEY-----\n{secret}\n-----END EC PRIVATE KEY-----",
    "PGP": "-----BEGIN PGP PRIVATE KEY BLOCK-----\n{secret}\n-----END PGP PRIVATE KEY BLOCK-----",
    "PEM of a key": "TLS_KEY: -----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----",
    "netrc": "machine host.example login someone password {secret}",
    "netrc of lines": "machine host.example\n  login someone\n  password {secret}\n",
    "prose": "the password is {secret}",
    "prose in quotes": 'the password "{secret}"',
    "a Secret of yaml": "apiVersion: v1\ndata:\n  foo: {secret}\nkind: Secret\n",
    "a Secret's text": "kind: Secret\nstringData:\n  foo: |\n    {secret}\n",
    "a Secret of json": '{{"kind":"Secret","data":{{"foo":"{secret}"}}}}',
    "a Secret of json in json": '{{"said":"{{\\"data\\":{{\\"foo\\":\\"{secret}\\"}},\\"kind\\":\\"Secret\\"}}"}}',
}
READABLE = [
    "tokens: 5",
    '{"tokens": 5, "passes": 3, "fails": 0}',
    "password is required",
    "the password was wrong, try again",
    "a token to be mounted",
    "Enter password:\nPulling from library/x",
    "unexpected token '}' at line 3",
    "secretName: grafana-admin",
    "volumes:\n- name: v\n  secret:\n    secretName: grafana-admin\n    items:\n    - key: a\n      path: b\n- name: w",
    '{"secret":{"secretName":"grafana-admin"},"replicas":3}',
    "imagePullSecrets:\n- name: registry\nnodeName: x",
    "serviceAccountToken:\n  expirationSeconds: 3607\n  path: token",
    "automountServiceAccountToken: false",
    "resources:\n- secrets\n- pods",
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db-password",
    "kind: ConfigMap\ndata:\n  foo: bar",
    "PASSWORD:  <set to the key 'admin-password' in secret 'grafana-admin'>  Optional: false",
    "image: docker.io/redpandadata/redpanda:v25.1.2@sha256:0123456789abcdef",
    "registry.example:5000/engine@sha256:0123456789abcdef",
    "1:2@3",
    "1@redpanda-0:9093 PLAINTEXT://redpanda-0:9092",
    "http://127.0.0.1:8080/x@y",
    "github.com/x/y@v1.2.3:12",
    "auth:\n  sasl:\n    enabled: false",
    "auth: none",
    "images that are built here need no pin: their tags are bound to their content.",
    "a4 PASS -> INVALID",
    "--- PASS: TestMatching (0.00s)",
    'failed to fetch token: Post "https://127.0.0.1:6444/api/v1/token": dial tcp 127.0.0.1:6444: connection refused',
    "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 403 Forbidden",
    "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope",
    "error getting credentials: exec: not found",
    "Image pull secrets:  regcred",
    "admin-password:  5 bytes",
    "yaml: line 4: found unexpected token: '}'",
    "password: must be set",
    "grafana.token: Required value",
    "authorization: none",
    "client-key: /var/lib/k3s/server/tls/client.key",
    "--kubelet-client-key=/var/lib/k3s/server/tls/client-kube-apiserver.key",
    "RequestHeader(apiKey=FETCH, apiVersion=17, clientId=engine, correlationId=12)",
    "Unsupported ApiKey: 92 version 1",
    "unable to process the fetch request with (sessionId=1523987, epoch=4): FETCH_SESSION_ID_NOT_FOUND",
    'Consumed {"topic": "orders", "key": "TEST-ASSET-A", "value": "o-1"} at offset 99 with key: ORD-17',
    "docker run -u 1000:1000 -p 8080:80 mysql",
    "http_req_duration..............: avg=1.2ms min=300us p(95)=5.1ms",
    "checks.........................: 100.00% 5 out of 5",
]
SECRETS = st.text("abcXYZ019-_.~+/=!#%^*", min_size=12, max_size=40).filter(
    lambda text: not text.startswith(("=", ">"))
)


def assert_nothing_is_left(secret: str, words: str, key: str = "password") -> None:
    left = redact.text(words)

    assert not any(secret[at : at + 6] in left.replace(key, "") for at in range(len(secret) - 5)), left
    assert redact.text(left) == left


@settings(max_examples=500)
@given(st.sampled_from([*KEYS, *SHORT_KEYS]), st.sampled_from(sorted(FORMS)), SECRETS)
def test_no_part_of_a_secret_is_left_whatever_its_key_and_form(key: str, form: str, secret: str) -> None:
    assert_nothing_is_left(secret, FORMS[form].format(key=key, secret=secret), key)


@given(st.sampled_from(KEYS), st.sampled_from(sorted(FORMS_OF_OBJECTS)), SECRETS)
def test_no_part_of_a_secret_is_left_below_its_key(key: str, form: str, secret: str) -> None:
    assert_nothing_is_left(secret, FORMS_OF_OBJECTS[form].format(key=key, secret=secret), key)


@given(st.sampled_from(sorted(FORMS_WITHOUT_KEYS)), SECRETS)
def test_no_part_of_a_secret_is_left_where_its_place_tells_it(form: str, secret: str) -> None:
    assert_nothing_is_left(secret, FORMS_WITHOUT_KEYS[form].format(secret=secret))


@pytest.mark.parametrize("form", FORMS)
def test_a_key_of_every_spelling_is_known_in_every_form(form: str) -> None:
    for key in (*KEYS, *SHORT_KEYS):
        assert_nothing_is_left(SECRET, FORMS[form].format(key=key, secret=SECRET), key)


@pytest.mark.parametrize("words", READABLE)
def test_what_names_counts_or_lacks_a_secret_can_be_read(words: str) -> None:
    assert redact.text(words) == words


@pytest.mark.parametrize(
    "found",
    [
        {"password": {"value": SECRET}},
        {"token": {"raw": SECRET}},
        {"secrets": {"a": SECRET}},
        {"secret": {"key": SECRET}},
        {"auths": {"registry.example": {"auth": SECRET}}},
        {"env": [{"name": "X_TOKEN", "value": {"a": SECRET}}]},
        {"Name": "TOKEN", "Value": SECRET},
        {"Key": "password", "Value": SECRET},
        {f"password={SECRET}": "x"},
        ["curl", "-u", f"admin:{SECRET}"],
        ["curl", f"-uadmin:{SECRET}"],
        {"stringData": {"x": SECRET}},
        ["/usr/bin/mysql", f"-p{SECRET}"],
        ["docker", "login", "-u", "u", "-p", SECRET],
        {"annotations": {"x": json.dumps({"kind": "Secret", "data": {"foo": SECRET}})}},
        {"log": [f"found ghp_{SECRET}", f"glpat-{SECRET}", f"xoxb-{SECRET}", f"eyJhbGciOi.eyJzdWIi.{SECRET}"]},
    ],
)
def test_a_secret_below_its_key_or_by_its_form_is_left_out_of_an_object(found: Any) -> None:
    assert SECRET not in json.dumps(redact.value(found))


@given(st.sampled_from(KEYS), SECRETS)
def test_no_part_of_a_secret_is_left_in_an_object(key: str, secret: str) -> None:
    found = {
        key: secret,
        "several": {key: [secret, {"name": "kept", "below": secret}]},
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
