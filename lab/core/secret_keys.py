"""Which keys name a secret, and which keys below one only refer to it."""

import re
from collections.abc import Collection
from functools import lru_cache

SECRET = re.compile(
    r"(password|passwd|passphrase|passcode|pwd|(user|root|admin|db)pass|token|secret|credential|creds|authorization|cookie"
    r"|bearer|jwt|[cx]srf|(session|accesskey)id|signature|(slack|discord|teams)webhook|webhookurl"
    r"|dockerconfigjson|dockercfg|id(rsa|dsa|ecdsa|ed25519)"
    r"|(api|access|secret|private|signing|encryption|client|shared|account|storage|ssh|master|tls|ssl|ca|server|license|priv)key)s?"
    r"(value|data|base64|b64|text|string|plain|raw|hash|base|json|old|new|previous|current|default|backup|primary|secondary|main"
    r"|prod|production|stage|staging|dev|test|qa|live|local|v?\d+)*\Z"
)
"""The end of a key that names a secret, its letters small and without what stands between them.

`secretName`, `secretKeyRef` and `tokenExpirationSeconds` name or count one, and stay.
"""
SHORT = ("pass", "pw", "auth", "otp", "pin", "pat")
"""Words that name a secret if they are a key's last, and often something else: then a plain word as value stays."""
LAST_LETTER = re.compile(r"(?<=[a-z])[A-Z]\Z|(?<=\w)[_.-][A-Za-z]\Z")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
REFERENCE = re.compile(
    r"(?i:.*name|.*names|.*namespace|.*refs?|.*seconds|.*mode|path|key|items|optional|audience|kind)\Z"
)


@lru_cache(maxsize=10_000)
def is_secret(key: str) -> bool:
    """Whether the value of such a key is a secret."""
    key = LAST_LETTER.sub("", key)
    letters = re.sub(r"[^a-z0-9]", "", key.lower())
    return SECRET.search(letters) is not None or is_short(key)


def is_short(key: str) -> bool:
    """Whether only a short word, as `auth`, makes the key one of a secret."""
    return [word.lower() for word in WORD.findall(LAST_LETTER.sub("", key))][-1:] in [[word] for word in SHORT]


def may_count(key: str) -> bool:
    """Whether a small number as the value counts secrets, or what passed, and is none itself."""
    return key.lower().endswith(("s", "pass"))


def refer(keys: Collection[str]) -> bool:
    """Whether an object of such keys, below the key of a secret, only says where the secret is."""
    return all(REFERENCE.match(key) for key in keys) and {key.lower() for key in keys} != {"key"}
