"""What is measured of models is there to be measured."""

from __future__ import annotations

import pytest

from bench.models.latency import KINDS, kind_named


@pytest.mark.matrix
@pytest.mark.parametrize("name", KINDS)
def test_kind_whose_latency_is_measured_exists(name: str) -> None:
    assert kind_named(name).name == name
