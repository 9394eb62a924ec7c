"""Takes secrets out of what is kept: by their keys, in objects and in text alike.

Objects go first, since their structure says what a value is. Text has one grammar: a key that names a secret, what
joins it to its value, and the value in the forms that YAML, JSON (also as a text in JSON), command lines, environments,
URLs and HTTP headers give it. What is doubtful is left out: a line less in a bundle is no harm.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

LEFT_OUT = "(left out)"
SECRET_KEY = re.compile(
    r"(password|passwd|passphrase|passcode|pwd|token|secret|credential|authorization|cookie|bearer|jwt"
    r"|(api|access|secret|private|signing|encryption|client|shared|account|storage|ssh|master)key)s?"
    r"(value|data|base64|b64|text|string|plain)?\Z"
)
"""The end of a key that names a secret, its letters small and without what stands between them.

`secretName`, `secretKeyRef` and `tokenExpirationSeconds` name or count one, and stay.
"""
KEY = re.compile(
    r"(?P<dashes>--?)?(?P<key>[A-Za-z][\w.-]*)(?P<quote>\\*[\"'`])?(?:\s*(?P<joint>=>|:=|[:=])[ \t]*|(?P<space>[ \t]+))"
)
FIRST_WORD = re.compile(r"[\\\"'`]*([\w.-]+)")
VALUES = {
    "block": re.compile(r"[|>][+-]?\d?[ \t]*\n(?:[ \t]+[^\n]*(?:\n|$)|[ \t]*\n)+"),
    "quoted": re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.|'')*'", re.DOTALL),
    "quoted in a text": re.compile(r"(\\+)([\"'])(?:.*?)(?<!\\)\1\2", re.DOTALL),
    "word": re.compile(r"[^\s\"'`]+"),
    "line": re.compile(r"[^\n]*"),
}
"""What a value looks like, the surest form first."""
OTHERS = (
    re.compile(r"((?:\b|%20)(?:Bearer|Basic|Digest|Negotiate)\s+)[\w.~+/=:-]{8,}", re.IGNORECASE),
    re.compile(r"(://)[^\s/@]+(?=@)"),
    re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END|\Z)", re.DOTALL),
)
"""Secrets without a key: of a scheme, of a URL's user, of a PEM file."""
KINDS = ("Secret", "SecretList")
DROPPED = ("managedFields", "kubectl.kubernetes.io/last-applied-configuration")
"""What only repeats an object."""


def text(words: str) -> str:
    """A text, of one line or many, without what looks like a secret."""
    parts, end = [], 0
    for start, until in _secrets(words):
        parts += [words[end:start], LEFT_OUT]
        end = until
    words = "".join((*parts, words[end:]))
    for pattern in OTHERS:
        words = pattern.sub(rf"\1{LEFT_OUT}", words)
    return words


def _secrets(words: str) -> Iterator[tuple[int, int]]:
    """Where each secret begins and ends, in their order."""
    end, named = 0, ""
    for key in KEY.finditer(words):
        if key.start() < end:
            continue
        name = key["key"]
        if name.lower() == "name" and key["joint"]:
            # an environment's entry: its name, then its value
            named = _first_word(words, key.end())
            continue
        is_flag = bool(key["dashes"] and key["space"])
        is_entry = name.lower() == "value" and is_secret(named)
        if (key["joint"] or is_flag) and (is_entry or is_secret(name)):
            end = _value_end(words, key)
            yield key.end(), end
            named = ""


def _first_word(words: str, at: int) -> str:
    found = FIRST_WORD.match(words, at)
    return found[1] if found else ""


def _value_end(words: str, key: re.Match[str]) -> int:
    """Where the value of a key ends: with its quote or block, its line, or of a flag or an assignment its word."""
    at = key.end()
    is_line_of_an_environment = key["joint"] == "=" and (key.start() == 0 or words[key.start() - 1] == "\n")
    is_word = not key["joint"] or (key["joint"] == "=" and not is_line_of_an_environment)
    forms = ("block", "quoted", "quoted in a text", "word" if is_word else "line")
    found = (VALUES[form].match(words, at) for form in forms)
    return next((match.end() for match in found if match), at)


def is_secret(key: str) -> bool:
    """Whether the value of such a key is a secret."""
    letters = re.sub(r"[^a-z0-9]", "", key.lower())
    return SECRET_KEY.search(letters) is not None


def value(found: Any) -> Any:
    """A JSON value without what looks like a secret; Secret objects are left out whole."""
    if isinstance(found, Mapping):
        if found.get("kind") in KINDS:
            return LEFT_OUT
        variable = str(found.get("name", ""))
        return {
            key: _of_key(variable if key == "value" else str(key), one)
            for key, one in found.items()
            if key not in DROPPED
        }
    if isinstance(found, (list, tuple)):
        return list(_of_list(found))
    return text(found) if isinstance(found, str) else found


def _of_key(key: str, one: Any) -> Any:
    return _left_out(one) if is_secret(key) else value(one)


def _left_out(one: Any) -> Any:
    """What is a secret by its key: text and numbers, alone or in a list; what refers to one is an object."""
    if isinstance(one, (list, tuple)):
        return [_left_out(part) for part in one]
    if isinstance(one, (Mapping, bool)) or one is None or one == "":
        return value(one)
    return LEFT_OUT


def _of_list(found: Iterable[Any]) -> Iterator[Any]:
    """A list's values; that after a flag that names a secret is one."""
    some = list(found)
    if some:
        yield value(some[0])
    for before, one in pairwise(some):
        is_flag = isinstance(before, str) and before.startswith("-") and "=" not in before
        yield _left_out(one) if is_flag and is_secret(before) else value(one)
