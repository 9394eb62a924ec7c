"""Where the secrets of a text are: one grammar of keys, of what joins them to their values, and of values.

What is doubtful is a secret: a line less in a bundle is no harm.
"""

import re
from collections.abc import Iterator

from lab.core.secret_keys import is_secret

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


def spans(words: str) -> Iterator[tuple[int, int]]:
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
