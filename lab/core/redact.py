"""Takes secrets out of what is kept: by their keys, in objects and in text alike.

Objects go first, since their structure says what a value is; text has one grammar, `lab.core.secret_text`.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from lab.core import secret_text
from lab.core.secret_keys import is_secret

LEFT_OUT = "(left out)"
KINDS = ("Secret", "SecretList")
DROPPED = ("managedFields", "kubectl.kubernetes.io/last-applied-configuration")
"""What only repeats an object."""


def text(words: str) -> str:
    """A text, of one line or many, without what looks like a secret."""
    parts, end = [], 0
    for start, until in secret_text.spans(words):
        parts += [words[end:start], LEFT_OUT]
        end = until
    words = "".join((*parts, words[end:]))
    for pattern in secret_text.OTHERS:
        words = pattern.sub(rf"\1{LEFT_OUT}", words)
    return words


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
