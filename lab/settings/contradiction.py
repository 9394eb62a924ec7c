"""Values of one part of the settings that can't hold together, and the keys that have them."""


class ContradictionError(ValueError):
    """It carries the ways to the values, from the part that has them: the one that is laid last is to be changed."""

    def __init__(self, message: str, *keys: str) -> None:
        """Take what is wrong, and the keys, with dots between the levels: `fault.for`."""
        super().__init__(message)
        self.keys = tuple(tuple(key.split(".")) for key in keys)
