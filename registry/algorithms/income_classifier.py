"""Does a person earn more than 50,000 dollars a year? The first three classifiers, trained by `training.income`."""

from __future__ import annotations

from registry.algorithm import Classifier


class IncomeForest(
    Classifier,
    endpoint="income_classifier",
    name="random forest",
    version="0.0.1",
    owner="DTA",
    status="production",
):
    """Random forest with simple pre- and postprocessing."""

    artifact = "random_forest-0.0.1"


class IncomeExtraTrees(
    Classifier,
    endpoint="income_classifier",
    name="extra trees",
    version="0.0.1",
    owner="DTA",
    status="testing",
):
    """Extra trees: a forest that draws its thresholds at random, with simple pre- and postprocessing."""

    artifact = "extra_trees-0.0.1"


class IncomeCatBoost(
    Classifier,
    endpoint="income_classifier",
    name="catboost",
    version="0.1.0",
    owner="DTA",
    status=None,
):
    """Gradient boosting on the categories as they are; without a status until somebody gives it one."""

    artifact = "catboost-0.1.0"
