"""What all parts of the settings have in common, and what those have that a trial runs with other values."""

from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, field_validator

T = TypeVar("T")
Listed = Annotated[tuple[T, ...], Strict(strict=False)]
"""A list; YAML knows no tuples."""


class Model(BaseModel):
    """A part of the settings: immutable, and a key that it doesn't know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, populate_by_name=True)


class SettingsModel(Model):
    """A part as somebody wrote it: a number is one, and finite; no text, `yes` or 0 is taken for another kind."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class TrialModel(SettingsModel):
    """A part with other values in a trial; `smoke` has the keys of the part with these values."""

    smoke: dict[str, Any] = Field(default_factory=dict)

    @field_validator("smoke")
    @classmethod
    def _is_of_the_part(cls, value: dict[str, Any]) -> dict[str, Any]:
        if "smoke" in value:
            raise ValueError("a trial has no trial of its own; leave the inner smoke out")
        return value

    def at(self, profile: str) -> Self:
        """The part as this profile has it: `full` as written, `smoke` with its replacements."""
        if profile == "full" or not self.smoke:
            return self
        return type(self).model_validate({**self.model_dump(by_alias=True), **self.smoke, "smoke": {}})
