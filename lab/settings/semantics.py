"""What an engine is expected to do where the contract leaves it a choice."""

from typing import Literal

from lab.settings.model import SettingsModel


class SemanticsSettings(SettingsModel):
    """The semantics that an engine's fills are held against.

    Args:
        remainder: What becomes of the part of a LIMIT order that finds no counterpart: it rests in the book, or is
            dropped.
        market: What a MARKET order is taken as: `market` takes any price and is never put into the book, `limit` is a
            LIMIT order at the price it names.
    """

    remainder: Literal["rests", "dropped"] = "rests"
    market: Literal["market", "limit"] = "market"
