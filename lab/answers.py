"""Words for an HTTP request that got no answer."""


def why(error: Exception) -> str:
    """The innermost cause in its own words: `requests` wraps it three times, with its addresses in memory."""
    cause: BaseException = error
    while True:
        inner = next((one for one in (*cause.args, getattr(cause, "reason", None)) if isinstance(one, Exception)), None)
        if inner is None or inner is cause:
            break
        cause = inner
    words = str(cause).rpartition(": ")[2] if "object at 0x" in str(cause) else str(cause)
    return words.strip(" ().'\"") or type(cause).__name__
