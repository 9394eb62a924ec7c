"""What all parts of the settings have in common."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A part of the settings: immutable, and a key that it doesn't know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, populate_by_name=True)
