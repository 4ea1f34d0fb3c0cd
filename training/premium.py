"""Train the three algorithms of `premium_insurance`: python -m training.premium --data medicalpremium.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from training.data import PREMIUM, SEED
from training.models import FOLDS, Grid, Trainer, Training, best_of, filled, prepared, training_of

LICENCE = "Medical Insurance Premium Prediction, as published with the data set"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, choose and publish; prints one line for each algorithm."""
    training = training_of(
        "premium_insurance", "medicalpremium", LICENCE, "training.premium", arguments, trainers=TRAINERS
    )
    for name in training.algorithms:
        TRAINERS[name](training)


def random_forest(training: Training) -> None:
    """`random forest` 0.0.1."""
    from sklearn.ensemble import RandomForestRegressor

    fixed = {"n_estimators": 200, "random_state": SEED, "n_jobs": 2}
    grid: Grid = {"min_samples_leaf": [1, 2, 4], "max_features": [0.5, 1.0]}
    pipeline = prepared(training.spec, RandomForestRegressor(**fixed))
    model, chosen = best_of(pipeline, grid, training.data, PREMIUM, "neg_root_mean_squared_error")
    training.publish(model, "random forest", "0.0.1", fixed | chosen, {})


def decision_trees(training: Training) -> None:
    """`decision trees` 0.0.1."""
    from sklearn.tree import DecisionTreeRegressor

    fixed = {"random_state": SEED}
    grid: Grid = {"max_depth": [4, 6, 8], "min_samples_leaf": [2, 5, 10]}
    pipeline = prepared(training.spec, DecisionTreeRegressor(**fixed))
    model, chosen = best_of(pipeline, grid, training.data, PREMIUM, "neg_root_mean_squared_error")
    training.publish(model, "decision trees", "0.0.1", fixed | chosen, {})


def catboost(training: Training) -> None:
    """`catboost` 0.1.0."""
    from catboost import CatBoostRegressor, Pool, cv

    frame, _, fills = filled(training.data, training.spec, PREMIUM)
    pool = Pool(frame, training.data.train[PREMIUM])
    fixed = {"loss_function": "RMSE", "random_seed": SEED, "thread_count": 2, "learning_rate": 0.05}
    scores = {}
    for depth in (3, 4, 6):
        options = {**fixed, "depth": depth, "iterations": 600}
        losses = cv(pool, options, fold_count=FOLDS, seed=SEED, logging_level="Silent")["test-RMSE-mean"]
        scores[float(losses.min()), depth] = int(losses.idxmin()) + 1
    _, depth = min(scores)
    chosen = {**fixed, "depth": depth, "iterations": scores[min(scores)]}
    model = CatBoostRegressor(**chosen, logging_level="Silent", allow_writing_files=False).fit(pool)
    training.publish(model, "catboost", "0.1.0", chosen, fills)


TRAINERS: Mapping[str, Trainer] = {
    "random forest": random_forest,
    "decision trees": decision_trees,
    "catboost": catboost,
}
"""By name, in the order in which they are trained."""


if __name__ == "__main__":
    main()
