"""The fourth classifier of `income_classifier`, trained by `training.income` too.

Ids are given in the order of registration, and clients know the first six by theirs: it stands after them, in a file
of its own.
"""

from __future__ import annotations

from registry.algorithm import Classifier


class IncomeGradientBoosting(
    Classifier,
    endpoint="income_classifier",
    name="gradient boosting",
    version="0.1.0",
    owner="DTA",
    status=None,
):
    """Gradient boosting of fifty small trees, the quickest to ask; without a status until somebody gives it one."""

    artifact = "gradient_boosting-0.1.0"
