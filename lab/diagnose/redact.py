"""Takes secrets out of what is kept: Secret objects are never asked for, and what looks like a secret is left out."""

import re
from collections.abc import Mapping
from typing import Any

LEFT_OUT = "(left out)"
SECRET_NAME = re.compile(r"(?:password|passwd|passphrase|token|secret|api_?key|credentials?)$", re.IGNORECASE)
"""Names whose text is a secret; `secretName` and `tokenExpirationSeconds` name or count one and stay."""
WORDS = (
    re.compile(r"((?:password|passwd|token|secret|api[_-]?key)[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&}]+", re.IGNORECASE),
    re.compile(r"(\b(?:Bearer|Basic)\s+)[\w.~+/=-]{8,}"),
    re.compile(r"(://[^\s/:@]+:)[^\s/@]+(?=@)"),
)
"""What a secret follows in a line of text."""
DROPPED = ("managedFields", "kubectl.kubernetes.io/last-applied-configuration")
"""What only repeats an object."""


def text(words: str) -> str:
    """A text without what looks like a secret."""
    for pattern in WORDS:
        words = pattern.sub(rf"\1{LEFT_OUT}", words)
    return words


def value(found: Any) -> Any:
    """A JSON value without what looks like a secret; Secret objects are left out whole."""
    if isinstance(found, Mapping):
        if found.get("kind") == "Secret":
            return LEFT_OUT
        variable = str(found.get("name", ""))
        return {
            key: LEFT_OUT if _is_secret(variable if key == "value" else str(key), one) else value(one)
            for key, one in found.items()
            if key not in DROPPED
        }
    if isinstance(found, (list, tuple)):
        return [value(one) for one in found]
    return text(found) if isinstance(found, str) else found


def _is_secret(name: str, one: Any) -> bool:
    return isinstance(one, str) and bool(one) and SECRET_NAME.search(name) is not None
