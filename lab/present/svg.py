"""Writes SVG elements: attributes and texts escaped, coordinates with one digit."""

from markupsafe import Markup, escape

Attribute = str | float | None


def tag(name: str, *children: Markup | str, **attributes: Attribute) -> Markup:
    """An element; a trailing `_` of an attribute's name is dropped, a `_` within it is a `-`; None is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(children)  # escapes what is plain text
    return Markup(f"<{name}{written}>{inner}</{name}>")  # noqa: S704 - all parts are escaped above


def path(points: list[tuple[float, float]]) -> str:
    """The `d` of a line through these points."""
    return "M" + "L".join(f"{_value(x)},{_value(y)}" for x, y in points)


def _value(value: str | float) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
