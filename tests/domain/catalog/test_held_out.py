from __future__ import annotations

import pytest

from domain.catalog.held_out import HeldOutMetrics, held_out_metrics
from domain.words import JSONValue


def test_what_a_manifest_says_of_a_classifier_and_of_a_regressor_is_read() -> None:
    assert held_out_metrics({"rows": 9769, "accuracy": 0.869178, "log_loss": 0.28851}) == HeldOutMetrics(
        9769, accuracy=0.869178, log_loss=0.28851
    )
    assert held_out_metrics({"rows": 1, "rmse": 2, "mean_absolute_error": 1.5}) == HeldOutMetrics(
        1, rmse=2.0, mae=1.5
    )


@pytest.mark.parametrize("rows", [None, 0, -1, True, 1.5, "12", 2**31])
def test_without_a_number_of_rows_nothing_was_measured(rows: JSONValue) -> None:
    assert held_out_metrics({"rows": rows, "accuracy": 0.9}) is None


@pytest.mark.parametrize("said", [None, "0.9", True, float("nan"), float("inf"), 10**400, [0.9]])
def test_what_is_no_finite_number_is_left_out(said: JSONValue) -> None:
    assert held_out_metrics({"rows": 5, "accuracy": said, "log_loss": 0.3}) == HeldOutMetrics(5, log_loss=0.3)
