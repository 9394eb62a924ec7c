"""Whether an error carries the class of its cause: for the `check` of `pytest.raises`."""

from collections.abc import Callable

from lab.core.causes import Cause
from lab.core.errors import LabError


def by(cause: Cause) -> Callable[[LabError], bool]:
    return lambda error: error.cause is cause
