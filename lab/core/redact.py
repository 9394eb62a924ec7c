"""Takes secrets out of what is kept: by their keys, in objects and in text alike.

Objects go first, since their structure says what a value is; text has one grammar, `lab.core.secret_text`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from lab.core import secret_text
from lab.core.secret_keys import is_secret, is_short, may_count, refer
from lab.core.secret_text import COUNT, NAMING, PLAIN, VALUE

LEFT_OUT = secret_text.LEFT_OUT
KINDS = ("Secret", "SecretList")
DROPPED = ("managedFields", "kubectl.kubernetes.io/last-applied-configuration", "stringData")
"""What only repeats an object, and what only a Secret has."""
USER = ("-u", "--user", "--proxy-user")
IDS = re.compile(r"\d{1,6}:\d{1,6}")
"""A user and its group by their numbers."""
TAKE_P = ("login", "sshpass")
"""Commands whose -p is a password; that of mysql has it in the same argument."""


def text(words: str) -> str:
    """A text, of one line or many, without what looks like a secret."""
    parts, end = [], 0
    for start, until in secret_text.spans(words):
        parts += [words[end:start], LEFT_OUT]
        end = until
    return "".join((*parts, words[end:]))


def value(found: Any) -> Any:
    """A JSON value without what looks like a secret; Secret objects are left out whole."""
    if isinstance(found, Mapping):
        if found.get("kind", found.get("Kind")) in KINDS:
            return LEFT_OUT
        variable = _variable(found)
        return {
            text(str(key)): _of_key(variable if str(key).lower() == VALUE else str(key), one)
            for key, one in found.items()
            if key not in DROPPED
        }
    if isinstance(found, (list, tuple)):
        return list(_of_list(found))
    return text(found) if isinstance(found, str) else found


def _variable(found: Mapping[Any, Any]) -> str:
    """The name in an entry, as one of an environment: that of a secret if any is one."""
    names = [str(one) for key, one in found.items() if str(key).lower() in NAMING]
    return next(filter(is_secret, names), "")


def _of_key(key: str, one: Any) -> Any:
    if not is_secret(key) or (is_short(key) and (isinstance(one, Mapping) or PLAIN.fullmatch(str(one)))):
        return value(one)
    return one if may_count(key) and COUNT.fullmatch(str(one)) else _left_out(one)


def _left_out(one: Any) -> Any:
    """What is a secret by its key: text and numbers, alone, in a list or an object, but not what only refers to one."""
    if isinstance(one, (list, tuple)):
        return [_left_out(part) for part in one]
    if isinstance(one, Mapping):
        refers = set(map(str, one)) != {"key"}
        return {
            text(str(key)): value(part)
            if refers and isinstance(part, (str, int)) and refer([str(key)])
            else _left_out(part)
            for key, part in one.items()
        }
    if isinstance(one, bool) or one is None or one == "":
        return one
    return LEFT_OUT


def _of_list(found: Iterable[Any]) -> Iterator[Any]:
    """A list's values; that after a flag that names a secret is one."""
    some = list(found)
    programs = {one.rsplit("/", 1)[-1] for one in some if isinstance(one, str)}
    if some:
        yield value(some[0])
    for before, one in pairwise(some):
        yield _argument(before, one, programs)


def _argument(before: Any, one: Any, programs: set[str]) -> Any:
    """What follows another argument in a command's list."""
    flag = before if isinstance(before, str) and before.startswith("-") and "=" not in before else ""
    takes_p = not programs.isdisjoint(TAKE_P)
    if is_secret(flag) or (flag == "-p" and takes_p):
        return _of_key(flag, one) if is_secret(flag) else LEFT_OUT
    if not isinstance(one, str):
        return value(one)
    if flag in USER and ":" in one and not IDS.fullmatch(one):
        return f"{one.partition(':')[0]}:{LEFT_OUT}"
    is_of_mysql = any(program.startswith(("mysql", "mariadb")) for program in programs)
    if (takes_p or is_of_mysql) and one.startswith("-p") and one != "-p":
        return f"-p{LEFT_OUT}"
    return text(f"curl {one}").removeprefix("curl ") if "curl" in programs else value(one)
