"""The served label is what the fitted model's own predict answers, or the gate refuses the model."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from domain.errors import InvalidArtifact
from registry.artifacts import Format, read_artifact
from registry.decision_rules import DecisionMethod, DecisionRule
from registry.endpoints import EndpointSpec, load_endpoint
from registry.features import Row
from registry.publishing.gate import publish
from registry.publishing.labels import STEP, final_step, terms_of, trained_labels
from registry.publishing.rows import parity_rows
from registry.runtimes import load_runtime
from tests.registry.conftest import SEED, pipeline, write_endpoint

if TYPE_CHECKING:
    import pandas as pd

pytestmark = [
    pytest.mark.matrix,  # every kind of label with every kind of model
    # scikit-learn will drop SVC(probability=True); until then it is served as it answers.
    pytest.mark.filterwarnings("ignore:.*probability.*:FutureWarning"),
    # A matrix reaches a skops model that was fitted on a data frame: its columns are in the order of the fit.
    pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning"),
]

NUMBERS = ["clouds", "hour", "holiday"]
TWO, THREE = ("no", "yes"), ("drizzle", "no", "pour")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> EndpointSpec:
    return _spec(
        tmp_path_factory.mktemp("two"), {"name": "rain", "classes": list(TWO), "positive_class": "yes"}
    )


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> EndpointSpec:
    return _spec(tmp_path_factory.mktemp("three"), {"name": "rain", "classes": list(THREE)})


def _spec(root: Path, target: dict[str, Any]) -> EndpointSpec:
    features = [
        {"name": "clouds", "type": "number", "minimum": 0, "maximum": 1, "nullable": False},
        {"name": "hour", "type": "integer", "minimum": 0, "maximum": 23, "nullable": False},
        {"name": "holiday", "type": "boolean", "nullable": False},
    ]
    example = {"clouds": 0.5, "hour": 12, "holiday": False}
    return load_endpoint(write_endpoint(root, target=target, features=features, example=example))


def sky(rows: int = 400, classes: tuple[str, ...] = TWO, *, coarse: bool = False) -> pd.DataFrame:
    """Weather that nobody can foresee well, so that trees disagree about it.

    coarse: many rows are equal but for the rain, so that leaves hold shares such as 1/3.
    """
    import pandas as pd

    draw = random.Random(SEED)
    records = []
    for _ in range(rows):
        clouds = draw.randrange(8) / 8 if coarse else draw.randrange(8192) / 8192
        hour, holiday = draw.randrange(24), draw.randrange(2)
        wet = clouds + hour / 48 + draw.gauss(0, 0.5)
        rain = classes[int(wet > 0.7) + int(len(classes) > 2 and wet > 1.1)]
        records.append({"clouds": clouds, "hour": hour, "holiday": holiday, "rain": rain})
    return pd.DataFrame(records)


def classes_of(spec: EndpointSpec) -> tuple[str, ...]:
    return spec.classes or ()


def fit(model: Any, spec: EndpointSpec, *, coarse: bool = False) -> Any:
    data = sky(classes=classes_of(spec), coarse=coarse)
    return model.fit(data[NUMBERS], data["rain"])


def gate(model: Any, spec: EndpointSpec, out: Path, **options: Any) -> Path:
    data = sky(classes=classes_of(spec))
    publish(model, spec=spec, name="tried", version="1", out=out, data=data, **options)
    return out / spec.name / "tried-1"


def other_rows(spec: EndpointSpec) -> list[Row]:
    """Rows that are not those of the gate."""
    rows = [tuple(row) for row in sky(classes=classes_of(spec))[NUMBERS].itertuples(index=False)]
    return parity_rows(spec, [(float(a), int(b), bool(c)) for a, b, c in rows], 3000, seed=7)


def decision_of(folder: Path) -> DecisionRule:
    decision = read_artifact(folder).manifest.decision
    assert decision is not None
    return decision


def differing(model: Any, folder: Path, spec: EndpointSpec) -> int:
    """For how many of other rows than the gate's the served label is not what predict answers."""
    rows = other_rows(spec)
    answers = load_runtime(read_artifact(folder), spec)(rows)
    pairs = zip(answers, trained_labels(model, spec, rows, {}), strict=True)
    return sum(answer.label != label for answer, label in pairs)


def forests() -> dict[str, Any]:
    from sklearn.ensemble import (
        BaggingClassifier,
        ExtraTreesClassifier,
        RandomForestClassifier,
        VotingClassifier,
    )
    from sklearn.tree import DecisionTreeClassifier

    def tree(seed: int) -> Any:
        return DecisionTreeClassifier(max_features=1, random_state=seed)

    pair = [("one", tree(1)), ("other", tree(2))]
    return {
        "forest of 20": RandomForestClassifier(20, random_state=SEED),
        "forest of 50": RandomForestClassifier(50, random_state=SEED),
        "balanced forest of 20": RandomForestClassifier(20, class_weight="balanced", random_state=SEED),
        "extra trees": ExtraTreesClassifier(20, bootstrap=True, random_state=SEED),
        "bagged trees": BaggingClassifier(tree(1), n_estimators=20, random_state=SEED),
        "two trees": VotingClassifier(pair, voting="soft", flatten_transform=False),
        "one tree": tree(1),
    }


@pytest.mark.parametrize("name", sorted(forests()))
def test_tied_votes_go_to_the_first_class_as_in_scikit_learn(
    name: str, tmp_path: Path, two: EndpointSpec
) -> None:
    model = fit(forests()[name], two)
    folder = gate(model, two, tmp_path)
    assert decision_of(folder) == DecisionRule(DecisionMethod.FIRST_WITHIN, width=terms_of(model) * STEP)
    assert differing(model, folder, two) == 0


@pytest.mark.parametrize("name", ["forest of 20", "extra trees", "one tree"])
def test_tied_votes_of_three_classes_go_to_the_first(name: str, tmp_path: Path, three: EndpointSpec) -> None:
    model = fit(forests()[name], three)
    folder = gate(model, three, tmp_path)
    assert decision_of(folder).method is DecisionMethod.FIRST_WITHIN
    assert differing(model, folder, three) == 0


def lopsided(model: Any) -> Any:
    """The model, fitted so that its classes are tied but for the last bit, which says `yes`."""
    for wet in range(3, 200):
        data = sky()
        data["rain"] = ["yes"] * wet + ["no"] * (len(data) - wet)
        shares = model.fit(data[NUMBERS], data["rain"]).predict_proba(data[NUMBERS][:1])[0]
        if shares[0] < shares[1] and np.float32(shares[0]) == np.float32(shares[1]):
            return model
    raise AssertionError("no share of wet days ties in that way")


def coarse_forests() -> dict[str, Any]:
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier

    return {
        "forest": RandomForestClassifier(20, random_state=SEED),
        "forest of two jobs": RandomForestClassifier(20, n_jobs=2, random_state=SEED),
        "forest of small leaves": RandomForestClassifier(20, min_samples_leaf=2, random_state=SEED),
        "extra trees": ExtraTreesClassifier(20, bootstrap=True, random_state=SEED),
        "balanced tree": DecisionTreeClassifier(class_weight="balanced", random_state=SEED),
    }


@pytest.mark.parametrize("name", sorted(coarse_forests()))
@pytest.mark.parametrize("classes", [2, 3])
def test_shares_that_tie_but_for_the_last_bit_are_decided_as_in_scikit_learn(
    name: str, classes: int, tmp_path: Path, two: EndpointSpec, three: EndpointSpec
) -> None:
    spec = two if classes == 2 else three
    model = fit(coarse_forests()[name], spec, coarse=True)
    jobs = model.get_params().get("n_jobs")
    folder = gate(model, spec, tmp_path)
    assert read_artifact(folder).manifest.format is Format.ONNX
    assert differing(model, folder, spec) == 0
    assert model.get_params().get("n_jobs") == jobs


def test_votes_of_64_bits_are_taken_where_32_bits_lose_the_decision(
    tmp_path: Path, two: EndpointSpec
) -> None:
    from sklearn.tree import DecisionTreeClassifier

    tree = lopsided(DecisionTreeClassifier(min_samples_leaf=300, class_weight="balanced", random_state=SEED))
    folder = gate(tree, two, tmp_path)
    assert decision_of(folder) == DecisionRule(DecisionMethod.MODEL)
    assert differing(tree, folder, two) == 0
    answers = load_runtime(read_artifact(folder), two)(other_rows(two))
    assert {(answer.label, answer.probability) for answer in answers} == {("yes", 0.5)}


def test_largest_of_32_bit_shares_is_another_class_for_tied_votes_of_20_trees(
    tmp_path: Path, two: EndpointSpec
) -> None:
    model = fit(forests()["forest of 20"], two)
    folder = gate(model, two, tmp_path)
    answers = load_runtime(read_artifact(folder), two)(other_rows(two))
    flipped = [a for a in answers if a.label == "no" and (a.probabilities or {})["yes"] > 0.5]
    assert flipped
    assert all(a.probability is not None and a.probability - 0.5 < 2e-7 for a in flipped)


@pytest.mark.parametrize("terms", range(2, 501))
def test_sums_of_32_bit_votes_drift_by_less_than_half_the_width(terms: int) -> None:
    vote, total = np.float32(1 / terms), np.float32(0)
    for votes in range(1, terms + 1):
        total += vote
        assert abs(float(total) - votes / terms) <= max(4, terms) * STEP * 0.26


def test_terms_are_counted_through_pipelines_searches_and_ensembles(two: EndpointSpec) -> None:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GridSearchCV

    forest = RandomForestClassifier(6, random_state=SEED)
    search = fit(GridSearchCV(forest, {"max_depth": [2]}, cv=2), two)
    assert terms_of(final_step(search)) == 6
    assert terms_of(fit(CalibratedClassifierCV(forest, cv=3), two)) == 3 + 6


def thresholds() -> dict[str, tuple[Any, Format | None, DecisionRule]]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import FixedThresholdClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def over(threshold: float, positive: str = "yes") -> DecisionRule:
        return DecisionRule(DecisionMethod.THRESHOLD, threshold=threshold, positive=positive)

    def fixed(model: Any, threshold: Any = 0.25, positive: str | None = "yes") -> Any:
        return FixedThresholdClassifier(model, threshold=threshold, pos_label=positive)

    logistic, forest = LogisticRegression(), RandomForestClassifier(20, random_state=SEED)
    return {
        "low": (fixed(logistic), Format.SKOPS, over(0.25)),
        "of the other class": (fixed(logistic, 0.75, "no"), Format.SKOPS, over(0.75, "no")),
        "automatic": (fixed(logistic, "auto", None), Format.SKOPS, over(0.5)),
        "in a pipeline": (make_pipeline(StandardScaler(), fixed(logistic)), Format.SKOPS, over(0.25)),
        "around a pipeline": (fixed(make_pipeline(StandardScaler(), logistic)), Format.SKOPS, over(0.25)),
        "that votes reach exactly": (fixed(forest), Format.SKOPS, over(0.25)),
    }


@pytest.mark.parametrize("name", sorted(thresholds()))
def test_fixed_threshold_decides(name: str, tmp_path: Path, two: EndpointSpec) -> None:
    model, form, decision = thresholds()[name]
    fit(model, two)
    folder = gate(model, two, tmp_path, format=form)
    assert decision_of(folder) == decision
    assert differing(model, folder, two) == 0


def test_tuned_threshold_decides_in_onnx(tmp_path: Path, two: EndpointSpec) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import TunedThresholdClassifierCV

    model = fit(
        TunedThresholdClassifierCV(LogisticRegression(class_weight={"no": 3}), scoring="recall_macro"), two
    )
    folder = gate(model, two, tmp_path)
    assert read_artifact(folder).manifest.format is Format.ONNX
    assert decision_of(folder) == DecisionRule(
        DecisionMethod.THRESHOLD, threshold=model.best_threshold_, positive="yes"
    )
    assert abs(model.best_threshold_ - 0.5) > 0.05
    assert differing(model, folder, two) == 0


def test_tuned_threshold_of_a_forest_allows_for_32_bit_votes(tmp_path: Path, two: EndpointSpec) -> None:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import TunedThresholdClassifierCV

    forest = RandomForestClassifier(20, random_state=SEED)
    model = fit(TunedThresholdClassifierCV(forest, scoring="recall_macro"), two)
    model.best_threshold_ = 0.3
    folder = gate(model, two, tmp_path)
    assert decision_of(folder) == DecisionRule(
        DecisionMethod.THRESHOLD, width=20 * STEP, threshold=0.3, positive="yes"
    )
    assert differing(model, folder, two) == 0


def catboost(**options: Any) -> Any:
    from catboost import CatBoostClassifier

    quiet = {"logging_level": "Silent", "allow_writing_files": False, "thread_count": 1, "random_seed": SEED}
    return CatBoostClassifier(iterations=10, depth=3, **quiet, **options)


@pytest.mark.parametrize("as_file", [False, True])
def test_threshold_of_catboost_decides(as_file: bool, tmp_path: Path, two: EndpointSpec) -> None:
    model = fit(catboost(), two)
    model.set_probability_threshold(0.25)
    model.save_model(str(tmp_path / "model.cbm"))
    folder = gate(tmp_path / "model.cbm" if as_file else model, two, tmp_path / "out")
    expected = DecisionRule(DecisionMethod.THRESHOLD, threshold=0.25, positive="yes", inclusive=False)
    assert decision_of(folder) == expected
    assert differing(model, folder, two) == 0


@pytest.mark.parametrize("loss", ["MultiClass", "MultiClassOneVsAll"])
def test_catboost_of_three_classes_gives_its_own_labels(
    loss: str, tmp_path: Path, three: EndpointSpec
) -> None:
    model = fit(catboost(loss_function=loss), three)
    folder = gate(model, three, tmp_path)
    assert decision_of(folder) == DecisionRule(DecisionMethod.LARGEST)
    assert differing(model, folder, three) == 0


def functions() -> dict[str, tuple[Any, Format | None]]:
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    from sklearn.model_selection import FixedThresholdClassifier
    from sklearn.neighbors import NearestCentroid
    from sklearn.svm import SVC, NuSVC

    margin = FixedThresholdClassifier(
        LogisticRegression(), threshold=0.8, pos_label="yes", response_method="decision_function"
    )
    return {
        "SVC": (SVC(probability=True, random_state=SEED), None),
        "SVC in scikit-learn": (SVC(probability=True, random_state=SEED), Format.SKOPS),
        "linear SVC": (SVC(kernel="linear", probability=True, random_state=SEED), Format.SKOPS),
        "NuSVC": (NuSVC(nu=0.3, probability=True, random_state=SEED), Format.SKOPS),
        "nearest centroid": (NearestCentroid(), Format.SKOPS),
        "modified Huber": (SGDClassifier(loss="modified_huber", random_state=SEED), None),
        "threshold of a decision function": (margin, Format.SKOPS),
    }


@pytest.mark.parametrize("name", sorted(functions()))
def test_decision_function_decides_where_predict_asks_it(
    name: str, tmp_path: Path, two: EndpointSpec
) -> None:
    model, form = functions()[name]
    fit(model, two)
    folder = gate(model, two, tmp_path, format=form)
    assert differing(model, folder, two) == 0
    if name != "modified Huber":
        assert decision_of(folder) == DecisionRule(DecisionMethod.MODEL)


@pytest.mark.parametrize("name", ["SVC", "NuSVC"])
def test_decision_function_of_three_classes_decides(name: str, tmp_path: Path, three: EndpointSpec) -> None:
    model, form = functions()[name]
    fit(model, three)
    folder = gate(model, three, tmp_path, format=form)
    assert differing(model, folder, three) == 0


def test_refused_decision_is_served_by_the_cure_that_is_named(tmp_path: Path, three: EndpointSpec) -> None:
    model = fit(functions()["modified Huber"][0], three)
    reason = r"publish it as skops \(format='skops'\)"
    with pytest.raises(InvalidArtifact, match=reason):
        gate(model, three, tmp_path, format=Format.ONNX)
    folder = gate(model, three, tmp_path)
    assert decision_of(folder) == DecisionRule(DecisionMethod.MODEL)
    assert differing(model, folder, three) == 0


@pytest.mark.parametrize(("classes", "positive"), [((False, True), True), ((0, 1), 1)])
def test_own_labels_that_are_no_texts_are_named_as_declared(
    classes: tuple[Any, Any], positive: Any, tmp_path: Path
) -> None:
    from sklearn.svm import SVC

    names = ["false", "true"] if positive is True else ["0", "1"]
    spec = _spec(tmp_path, {"name": "rain", "classes": names, "positive_class": names[1]})
    data = sky()
    data["rain"] = [classes[value == "yes"] for value in data["rain"]]
    model = SVC(probability=True, random_state=SEED).fit(data[NUMBERS], data["rain"])
    publish(model, spec=spec, name="tried", version="1", out=tmp_path, data=data)
    folder = tmp_path / spec.name / "tried-1"
    rows = [(share / 100, hour, False) for share in range(101) for hour in (0, 23)]
    served = [answer.label for answer in load_runtime(read_artifact(folder), spec)(rows)]
    assert served == list(trained_labels(model, spec, rows, {}))
    assert set(served) == set(names)


def test_tie_that_only_64_bits_tell_apart_is_refused_and_skops_serves_it(
    tmp_path: Path, two: EndpointSpec
) -> None:
    from sklearn.ensemble import BaggingClassifier
    from sklearn.tree import DecisionTreeClassifier

    stump = DecisionTreeClassifier(min_samples_leaf=300, class_weight="balanced", random_state=SEED)
    model = lopsided(BaggingClassifier(stump, n_estimators=1, bootstrap=False))
    with pytest.raises(InvalidArtifact) as caught:
        gate(model, two, tmp_path, format=Format.ONNX)
    assert "differs from the trained model's predict for 10007 of 10007 rows" in caught.value.message
    assert "'clouds': " in caught.value.message
    assert "predict answers 'yes', served is 'no'" in caught.value.message
    assert "tied there but for the last bits of 64-bit sums" in caught.value.message
    assert "publish it as skops (format='skops')" in caught.value.message
    assert not list(tmp_path.rglob("*.json"))
    folder = gate(model, two, tmp_path)
    assert differing(model, folder, two) == 0


def test_model_whose_labels_nothing_gives_is_refused(tmp_path: Path, two: EndpointSpec) -> None:
    from sklearn.linear_model import LogisticRegression

    model = fit(LogisticRegression(), two)
    usual = model.predict
    model.predict = lambda frame: np.where(frame["hour"] == 12, "no", usual(frame))
    reason = (
        "LogisticRegression decides by something else than its probabilities; no form that Arbiter serves"
    )
    with pytest.raises(InvalidArtifact, match=reason):
        gate(model, two, tmp_path)
    assert not list(tmp_path.rglob("*.json"))


def plain() -> dict[str, Any]:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import (
        AdaBoostClassifier,
        GradientBoostingClassifier,
        RandomForestClassifier,
        StackingClassifier,
    )
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import SVC, LinearSVC

    pair = [("one", LogisticRegression()), ("other", GaussianNB())]
    return {
        "logistic": LogisticRegression(),
        "log loss": SGDClassifier(loss="log_loss", random_state=SEED),
        "boosting": GradientBoostingClassifier(n_estimators=10, random_state=SEED),
        "ada": AdaBoostClassifier(n_estimators=5, random_state=SEED),
        "perceptron of layers": MLPClassifier((4,), max_iter=50, random_state=SEED),
        "stack": StackingClassifier(pair),
        "stack of a forest": StackingClassifier(
            [("one", RandomForestClassifier(5, random_state=SEED)), ("other", GaussianNB())], cv=2
        ),
        "calibrated linear SVC": CalibratedClassifierCV(LinearSVC()),
        "calibrated SVC": CalibratedClassifierCV(SVC()),
    }


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", sorted(plain()))
def test_what_was_served_right_is_served_still(name: str, tmp_path: Path, two: EndpointSpec) -> None:
    model = fit(plain()[name], two)
    folder = gate(model, two, tmp_path)
    expected = DecisionMethod.FIRST_WITHIN if "calibrated" in name else DecisionMethod.LARGEST
    assert decision_of(folder).method is expected
    assert differing(model, folder, two) == 0


def test_encoded_columns_do_not_hide_the_step_that_decides(tmp_path: Path, spec: EndpointSpec) -> None:
    from sklearn.ensemble import RandomForestClassifier

    from tests.registry.conftest import weather

    data = weather(300)
    model = pipeline(RandomForestClassifier(20, random_state=SEED))
    model.fit(data.drop(columns=["rain"]), data["rain"])
    publish(model, spec=spec, name="tried", version="1", out=tmp_path, data=data)
    assert decision_of(tmp_path / spec.name / "tried-1") == DecisionRule(
        DecisionMethod.FIRST_WITHIN, width=20 * STEP
    )
