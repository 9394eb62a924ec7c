"""Reads the lab's state during a run, and keeps the first reading."""

from collections.abc import Callable

from lab.measure.lab_state import LabState


class StateReader:
    """Reads the lab's state; all later readings are compared with the first one.

    Args:
        read: How it is read.
    """

    def __init__(self, read: Callable[[], LabState]) -> None:
        self._read = read
        self.first: LabState | None = None

    def read(self) -> LabState:
        """The state now.

        Raises:
            LabError: It can't be read.
        """
        state = self._read()
        self.first = self.first or state
        return state
