"""Quantities amount to what Kubernetes takes them for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity

from lab.core.quantity import BINARY, DECIMAL, amount, exactly

GIB = 2**30


@pytest.mark.parametrize(
    ("quantity", "value"),
    [("1", 1), ("0.5", 0.5), ("250m", 0.25), ("512Mi", 512 * 2**20), ("2Gi", 2 * GIB), ("1Ti", 1024 * GIB), ("1Ki", 1024),
     ("1k", 1000), ("1M", 1e6), ("1.5G", 1.5e9), (".5", 0.5), ("1.", 1), ("+2", 2), ("1e3", 1000), ("1E3", 1000), ("2E", 2e18)],
)  # fmt: skip
def test_a_quantity_is_cores_or_bytes(quantity: str, value: float) -> None:
    assert amount(quantity) == pytest.approx(value)


@given(st.integers(0, 10**9), st.sampled_from([*BINARY, *DECIMAL]))
def test_it_is_what_kubernetes_own_client_reads(number: int, suffix: str) -> None:
    assert exactly(f"{number}{suffix}") == parse_quantity(f"{number}{suffix}")  # type: ignore[no-untyped-call]
