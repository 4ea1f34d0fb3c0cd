from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from domain.errors import InvalidArtifact
from domain.requests.request import Answer
from registry.comparison import scale_of
from registry.endpoints import EndpointSpec, load_endpoint
from registry.features import Row
from registry.publishing.parity import check_parity
from registry.publishing.rows import parity_rows, step_rows
from tests.registry.conftest import write_endpoint


def numbers(root: Path, **changes: object) -> EndpointSpec:
    """An endpoint of a number `x` and a whole number `n` without ranges, and an open category."""
    features = [
        {"name": "x", "type": "number"} | changes,
        {"name": "n", "type": "integer"},
        {"name": "text", "type": "category"},
    ]
    return load_endpoint(write_endpoint(root, features=features, example={"x": 1, "n": 1, "text": "a"}))


DATA: list[Row] = [
    (x / 100, n, text) for x, n, text in zip(range(100, 200), range(100), "ab" * 50, strict=True)
]


def test_numbers_without_a_range_stay_within_a_tenth_of_the_data(tmp_path: Path) -> None:
    rows = parity_rows(numbers(tmp_path), DATA, 5000)
    xs, ns = ([row[place] for row in rows if row[place] is not None] for place in (0, 1))
    assert (min(xs), max(xs)) == (1.0 - 0.099, 1.99 + 0.099)  # type: ignore[type-var]
    assert (min(ns), max(ns)) == (-9, 108)  # type: ignore[type-var]


def test_declared_end_of_a_range_wins_over_the_data(tmp_path: Path) -> None:
    xs = [row[0] for row in parity_rows(numbers(tmp_path, minimum=-5), DATA, 2000) if row[0] is not None]
    assert (min(xs), max(xs)) == (-5.0, 1.99 + 0.099)


def test_made_up_numbers_are_no_values_of_the_data_alone(tmp_path: Path) -> None:
    xs = {row[0] for row in parity_rows(numbers(tmp_path), DATA, 2000)}
    assert len(xs - {row[0] for row in DATA} - {None}) > 300


def test_open_categories_are_tried_with_accents_capitals_and_words_run_together(tmp_path: Path) -> None:
    texts = {row[2] for row in parity_rows(numbers(tmp_path), DATA, 2000)}
    assert {"naïve café", "Straße", "A", "B", "aé", "nan", "None", "", None} <= texts


def test_rows_are_the_same_at_every_run(tmp_path: Path) -> None:
    spec = numbers(tmp_path)
    assert parity_rows(spec, DATA, 500) == parity_rows(spec, DATA, 500)


def test_steps_are_found_down_to_neighbouring_numbers(tmp_path: Path) -> None:
    def steps(rows: Sequence[Row]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.array(
            [float(float(row[0] or 0) > 1.505) + 2 * float(int(row[1] or 0) > 41) for row in rows]
        )

    rows = step_rows(numbers(tmp_path), DATA, steps)
    below = float(np.float32(1.505))
    assert {1.5, 1.51} <= {row[0] for row in rows}
    assert below not in {row[0] for row in rows}
    assert {41, 42} <= {row[1] for row in rows}


def test_neighbours_of_a_step_are_rows_where_the_model_itself_rounds_to_32_bits(tmp_path: Path) -> None:
    step = np.float32(1.505)

    def steps(rows: Sequence[Row]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.array([float(np.float32(row[0] or 0) > step) for row in rows], dtype=np.float64)

    rows = step_rows(numbers(tmp_path), DATA, steps)
    assert {float(step), float(np.nextafter(step, np.float32(2))), 1.5, 1.51} <= {row[0] for row in rows}


def test_step_of_64_bits_near_the_middle_of_two_neighbours_is_no_rounding(tmp_path: Path) -> None:
    step = 0.794  # .505 of the way between two neighbours, as thresholds taken from data often are.

    def steps(rows: Sequence[Row]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.array([float(float(row[0] or 0) > step) for row in rows], dtype=np.float64)

    data: list[Row] = [(x / 1000, 1, "a") for x in range(700, 900)]
    tried = {row[0] for row in step_rows(numbers(tmp_path), data, steps)}
    assert 0.794 in tried
    assert float(np.float32(step)) not in tried


def test_smooth_model_without_data_has_no_steps(tmp_path: Path) -> None:
    assert step_rows(numbers(tmp_path), [], lambda rows: np.zeros(len(rows))) == []


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_difference_is_measured_by_the_spread_of_the_values(tmp_path: Path, unit: float) -> None:
    spec = numbers(tmp_path)
    trained = np.linspace(-1, 1, len(DATA)) * unit
    assert scale_of(trained, None) == pytest.approx(unit)
    near = [Answer(value=float(value + 5e-5 * unit)) for value in trained]
    assert check_parity(spec, DATA, trained, near, None) == pytest.approx(5e-5)
    far = [Answer(value=float(value + 2e-4 * unit)) for value in trained]
    with pytest.raises(InvalidArtifact, match=r"differs from the trained one by 0\.0002"):
        check_parity(spec, DATA, trained, far, None)
