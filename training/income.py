"""Train the four algorithms of `income_classifier`: python -m training.income --data adult.csv.

`--algorithm "gradient boosting"` trains that one alone, and leaves the artifacts of the others as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from training.data import INCOME, SEED
from training.models import FOLDS, Grid, Trainer, Training, best_of, filled, prepared, training_of

LICENCE = "CC BY 4.0: Adult, UCI Machine Learning Repository, Becker and Kohavi 1996"
TREES = {"n_estimators": 100, "random_state": SEED, "n_jobs": 2}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, choose and publish; prints one line for each algorithm."""
    training = training_of(
        "income_classifier", "adult", LICENCE, "training.income", arguments, trainers=TRAINERS
    )
    for name in training.algorithms:
        TRAINERS[name](training)


def random_forest(training: Training) -> None:
    """`random forest` 0.0.1."""
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(**TREES)
    grid: Grid = {"min_samples_leaf": [5, 10], "max_features": ["sqrt", 6]}
    model, chosen = best_of(prepared(training.spec, forest), grid, training.data, INCOME, "neg_log_loss")
    training.publish(model, "random forest", "0.0.1", TREES | chosen, {})


def extra_trees(training: Training) -> None:
    """`extra trees` 0.0.1."""
    from sklearn.ensemble import ExtraTreesClassifier

    # Random thresholds make deep trees: sixty of them fit into the 8 MB that an artifact may have.
    fixed = TREES | {"n_estimators": 60}
    trees = ExtraTreesClassifier(**fixed)
    grid: Grid = {"min_samples_leaf": [5, 10], "max_features": ["sqrt", 8]}
    model, chosen = best_of(prepared(training.spec, trees), grid, training.data, INCOME, "neg_log_loss")
    training.publish(model, "extra trees", "0.0.1", fixed | chosen, {})


def catboost(training: Training) -> None:
    """`catboost` 0.1.0, on the categories as they are."""
    from catboost import CatBoostClassifier, Pool, cv

    frame, names, fills = filled(training.data, training.spec, INCOME)
    pool = Pool(frame, training.data.train[INCOME], cat_features=names)
    fixed = {"loss_function": "Logloss", "random_seed": SEED, "thread_count": 2, "learning_rate": 0.1}
    scores = {}
    for depth in (4, 6):
        options = {**fixed, "depth": depth, "iterations": 400}
        result = cv(pool, options, fold_count=FOLDS, seed=SEED, logging_level="Silent")
        losses = result["test-Logloss-mean"]
        scores[float(losses.min()), depth] = int(losses.idxmin()) + 1
    _, depth = min(scores)
    chosen = {**fixed, "depth": depth, "iterations": scores[min(scores)]}
    model = CatBoostClassifier(**chosen, logging_level="Silent", allow_writing_files=False).fit(pool)
    training.publish(model, "catboost", "0.1.0", chosen, fills)


def gradient_boosting(training: Training) -> None:
    """`gradient boosting` 0.1.0: few small trees, so that a prediction costs as little as it can."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    fixed = {"max_iter": 50, "early_stopping": False, "random_state": SEED}
    grid: Grid = {"max_leaf_nodes": [8, 15], "learning_rate": [0.1, 0.2, 0.3]}
    pipeline = prepared(training.spec, HistGradientBoostingClassifier(**fixed))
    # Sums of several threads depend on how many there are: one gives the same model on every machine.
    with threadpool_limits(limits=1):
        model, chosen = best_of(pipeline, grid, training.data, INCOME, "neg_log_loss")
    training.publish(model, "gradient boosting", "0.1.0", fixed | chosen, {})


TRAINERS: Mapping[str, Trainer] = {
    "random forest": random_forest,
    "extra trees": extra_trees,
    "catboost": catboost,
    "gradient boosting": gradient_boosting,
}
"""By name, in the order in which they are trained."""


if __name__ == "__main__":
    main()
