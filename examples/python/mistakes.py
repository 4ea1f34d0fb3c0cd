"""Nothing here runs: mypy shows that each call is wrong, and says so when one of the comments is not needed."""

from __future__ import annotations

from arbiter_client import Arbiter
from features import IncomeClassifierFeatures


def mistakes(arbiter: Arbiter, person: IncomeClassifierFeatures) -> None:
    """What does not pass `mypy --strict`."""
    arbiter.predict_income({**person, "hoursPerWeek": 40, "age": None})
    # A misspelt feature.
    arbiter.predict_income({**person, "hoursPerWeak": 40})  # type: ignore[typeddict-unknown-key]
    # A category that the endpoint does not know.
    arbiter.predict_income({**person, "workclass": "FREELANCE"})  # type: ignore[typeddict-item]
    # A text where a number belongs.
    arbiter.predict_income({**person, "hoursPerWeek": "40"})  # type: ignore[typeddict-item]
    # Features that are missing.
    arbiter.predict_income({"age": 40, "sex": "MALE"})  # type: ignore[typeddict-item]
