"""Which keys name a secret."""

import re

SECRET = re.compile(
    r"(password|passwd|passphrase|passcode|pwd|token|secret|credential|authorization|cookie|bearer|jwt"
    r"|(api|access|secret|private|signing|encryption|client|shared|account|storage|ssh|master)key)s?"
    r"(value|data|base64|b64|text|string|plain)?\Z"
)
"""The end of a key that names a secret, its letters small and without what stands between them.

`secretName`, `secretKeyRef` and `tokenExpirationSeconds` name or count one, and stay.
"""


def is_secret(key: str) -> bool:
    """Whether the value of such a key is a secret."""
    letters = re.sub(r"[^a-z0-9]", "", key.lower())
    return SECRET.search(letters) is not None
