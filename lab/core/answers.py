"""Words for an HTTP request that got no answer."""

import re

WHERE = re.compile(
    r"(<.*?>|HTTPS?Connection(Pool)?\(.*?\)): (Failed to establish a new connection: )?|\[Errno -?\d+\] "
)
"""What urllib3 and the system put before the cause."""


def why(error: Exception) -> str:
    """The innermost cause in its own words: `requests` wraps it three times, with its addresses in memory."""
    cause: BaseException = error
    while True:
        inner = next((one for one in (*cause.args, getattr(cause, "reason", None)) if isinstance(one, Exception)), None)
        if inner is None or inner is cause:
            break
        cause = inner
    words = WHERE.sub("", str(cause))
    return words.strip(" .") or type(cause).__name__
