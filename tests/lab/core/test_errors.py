import pytest

from lab.core.errors import LabError, UsageError


@pytest.mark.parametrize(
    ("written", "shown"),
    [("a\nb", r"a\nb"), ("\x1b[31m", r"\x1b[31m"), ("\udcff", r"\udcff"), ("\u2028", r"\u2028"), ("ü …", "ü …")],
)
def test_an_error_is_one_line_that_any_terminal_shows_whatever_was_given(written: str, shown: str) -> None:
    error = UsageError(f"{written} can't be read; check the path", details=["evidence"])

    assert error.summary == f"{shown} can't be read; check the path"
    assert str(error.message) == f"error: {error.summary}\n  evidence"


def test_its_line_is_the_whole_of_it_without_evidence() -> None:
    assert str(LabError("interrupted").message) == "error: interrupted"
