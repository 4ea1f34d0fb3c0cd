"""What does a person's yearly medical insurance cost? Three regressors, trained by `training.premium`."""

from __future__ import annotations

from registry.algorithm import Regressor


class PremiumForest(
    Regressor,
    endpoint="premium_insurance",
    name="random forest",
    version="0.0.1",
    owner="DTA",
    status="production",
):
    """Random forest on the ten facts that an insurer asks for."""

    artifact = "random_forest-0.0.1"


class PremiumTree(
    Regressor,
    endpoint="premium_insurance",
    name="decision trees",
    version="0.0.1",
    owner="DTA",
    status="testing",
):
    """One decision tree: less exact than the forest, but every answer can be followed by hand."""

    artifact = "decision_trees-0.0.1"


class PremiumCatBoost(
    Regressor,
    endpoint="premium_insurance",
    name="catboost",
    version="0.1.0",
    owner="DTA",
    status=None,
):
    """Gradient boosting; without a status until somebody gives it one."""

    artifact = "catboost-0.1.0"
