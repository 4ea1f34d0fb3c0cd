"""No wrong answer passes the gate: kinds of models that were once published and answered otherwise than fitted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.errors import InvalidArtifact
from registry.artifacts import Format, read_artifact
from registry.endpoints import EndpointSpec, class_name, load_endpoint
from registry.publishing.export import is_catboost
from registry.publishing.gate import publish
from registry.publishing.preparation import is_missing
from registry.runtimes import load_runtime
from tests.registry.conftest import SEED, forest, weather, write_endpoint

pytestmark = pytest.mark.matrix  # sixty fitted models

ROWS = 400
CODES = ["1", "2", "3", "4"]


def shops(seed: int = SEED) -> Any:
    """Made-up shops: the code of a region (whole numbers as floats), a size, and whether the shop pays."""
    import pandas as pd

    draw = np.random.default_rng(seed)
    code, size = draw.integers(1, 5, ROWS).astype(float), draw.random(ROWS)
    pays = np.where(np.isin(code, [2, 4]) | (size > 0.9), "yes", "no")
    return pd.DataFrame({"code": code, "size": size, "pays": pays.astype(object)})


def blanks(data: Any, share: float = 0.2) -> Any:
    """The same shops with some codes not known."""
    return data.assign(code=data["code"].where(np.random.default_rng(7).random(len(data)) > share))


def spec_of(root: Path, code: dict[str, Any] | None = None, *, nullable: bool = True) -> EndpointSpec:
    feature: dict[str, Any] = {
        "name": "code",
        "type": "category",
        "categories": CODES,
        "nullable": nullable,
    } | (code or {})
    size = {"name": "size", "type": "number", "minimum": 0, "maximum": 1, "nullable": False}
    firsts: dict[str, Any] = {"boolean": True, "number": 1}
    first = firsts.get(str(feature["type"])) or (feature["categories"] or ["good film"])[0]
    return load_endpoint(
        write_endpoint(
            root,
            target={"name": "pays", "classes": ["no", "yes"], "positive_class": "yes"},
            features=[feature, size],
            example={"code": first, "size": 0.5},
        )
    )


def fitted(data: Any, steps: list[Any], final: Any) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline

    coded = make_pipeline(*steps) if len(steps) > 1 else steps[0]
    model = make_pipeline(
        ColumnTransformer([("code", coded, ["code"]), ("size", "passthrough", ["size"])]), final
    )
    return model.fit(data[["code", "size"]], data["pays"])


def catboost(data: Any) -> Any:
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(iterations=20, random_seed=SEED, thread_count=1, logging_level="Silent")
    model.set_params(allow_writing_files=False)
    return model.fit(data[["code", "size"]], data["pays"], cat_features=["code"])


def gate(model: Any, spec: EndpointSpec, data: Any, out: Path, **options: Any) -> Path:
    publish(model, spec=spec, data=data, name="tried", version="1", out=out, **options)
    return out / spec.name / "tried-1"


def assert_served_as_fitted(
    folder: Path, spec: EndpointSpec, model: Any, data: Any, trained_on: Any = None
) -> None:
    """Served answers equal what the model answers to the rows of the data frame as they are.

    trained_on: the same rows in the words of the model, where they are others than those of the endpoint.
    """
    rows = [
        spec.features.validate(
            {
                "code": None
                if is_missing(code)
                else class_name(code)
                if spec.features["code"].categories
                else code,
                "size": size,
            }
        )
        for code, size in zip(data["code"].tolist(), data["size"].tolist(), strict=True)
    ]
    answers = load_runtime(read_artifact(folder), spec)(rows)
    trained = model.predict_proba((data if trained_on is None else trained_on)[["code", "size"]])[:, 1]
    served = np.array([answer.probability for answer in answers], dtype=np.float64)
    np.testing.assert_allclose(served, trained, atol=1e-5)
    assert trained.std() > 0.1


def one_hot(**options: Any) -> Any:
    from sklearn.preprocessing import OneHotEncoder

    return OneHotEncoder(handle_unknown="ignore", sparse_output=False, **options)


def ordinal(**options: Any) -> Any:
    from sklearn.preprocessing import OrdinalEncoder

    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, **options)


def target() -> Any:
    from sklearn.preprocessing import TargetEncoder

    return TargetEncoder(cv=3)


def imputer() -> Any:
    from sklearn.impute import SimpleImputer

    return SimpleImputer(strategy="most_frequent")


def regression() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression()


def tree() -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=4, random_state=SEED)


ENCODERS = [(one_hot, regression), (ordinal, tree), (target, regression)]


@pytest.mark.parametrize("written", [float, int, bool, str], ids=lambda written: written.__name__)
@pytest.mark.parametrize(("encoder", "final"), ENCODERS)
def test_codes_are_served_by_whatever_name_training_gave_them(
    tmp_path: Path, encoder: Callable[[], Any], final: Callable[[], Any], written: type
) -> None:
    data = shops()
    data["code"] = (
        np.isin(data["code"], [2, 4]) if written is bool else data["code"].astype(int).astype(written)
    )
    spec = spec_of(tmp_path, {"categories": ["false", "true"]} if written is bool else None, nullable=False)
    model = fitted(data, [encoder()], final())
    assert_served_as_fitted(gate(model, spec, data, tmp_path), spec, model, data)


@pytest.mark.parametrize(("encoder", "final"), ENCODERS)
def test_codes_that_blanks_made_floats_are_served_as_the_model_answers(
    tmp_path: Path, encoder: Callable[[], Any], final: Callable[[], Any]
) -> None:
    data, spec = blanks(shops()), spec_of(tmp_path)
    model = fitted(data, [imputer(), encoder()], final())
    assert_served_as_fitted(gate(model, spec, data, tmp_path), spec, model, data)


@pytest.mark.parametrize("kind", ["encoder", "catboost"])
def test_codes_trained_as_other_texts_are_refused_and_the_cure_works(tmp_path: Path, kind: str) -> None:
    csv, spec = shops(), spec_of(tmp_path, nullable=False)

    def train(data: Any) -> Any:
        return catboost(data) if kind == "catboost" else fitted(data, [one_hot()], regression())

    texts = csv.assign(code=csv["code"].astype(str))
    model = train(texts)
    form = Format.CBM if kind == "catboost" else Format.ONNX
    with pytest.raises(InvalidArtifact) as caught:
        gate(model, spec, csv, tmp_path, format=form)
    assert "the model was fitted on '" in caught.value.message
    cure = "data['code'] = data['code'].map(lambda code: str(int(float(code))), na_action='ignore')"
    assert cure in caught.value.message
    assert not list(tmp_path.rglob("manifest.json"))
    if form is Format.ONNX:
        folder = gate(model, spec, csv, tmp_path, format=Format.SKOPS)
        assert_served_as_fitted(folder, spec, model, texts.assign(code=csv["code"].astype(int)), texts)
        shutil.rmtree(folder)
    data = csv.copy()
    exec(cure, {"data": data})
    cured = train(data)
    assert_served_as_fitted(gate(cured, spec, data, tmp_path), spec, cured, data)


def test_data_read_anew_may_hold_numbers_where_training_made_texts(tmp_path: Path) -> None:
    csv, spec = shops(), spec_of(tmp_path, nullable=False)
    data = csv.assign(code=csv["code"].astype(int).astype(str))
    for model in (fitted(data, [one_hot()], regression()), catboost(data)):
        folder = gate(model, spec, csv, tmp_path, replace=True)
        assert_served_as_fitted(folder, spec, model, data)


def test_truth_values_that_catboost_took_as_texts_are_refused_and_the_cure_works(tmp_path: Path) -> None:
    data = shops().assign(code=lambda shops: np.isin(shops["code"], [2, 4]))
    spec = spec_of(tmp_path, {"categories": ["false", "true"]}, nullable=False)
    cure = "data['code'] = data['code'].astype(str).str.lower()"
    with pytest.raises(InvalidArtifact) as caught:
        gate(catboost(data), spec, data, tmp_path)
    assert f"before training write {cure}, and train again" in caught.value.message
    exec(cure, {"data": data})
    model = catboost(data)
    assert_served_as_fitted(gate(model, spec, data, tmp_path), spec, model, data)


def test_truth_values_of_a_boolean_are_served_as_catboost_answers(tmp_path: Path) -> None:
    data = shops().assign(code=lambda shops: np.isin(shops["code"], [2, 4]))
    spec = spec_of(tmp_path, {"type": "boolean", "categories": None}, nullable=False)
    model = catboost(data)
    assert_served_as_fitted(gate(model, spec, data, tmp_path), spec, model, data)


@pytest.mark.parametrize("missing", [np.nan, None], ids=["NaN", "None"])
def test_missing_category_that_an_encoder_learned_is_served_without_a_fill(
    tmp_path: Path, missing: float | None
) -> None:
    data, spec = texts_with(missing), spec_of(tmp_path)
    model = fitted(data, [one_hot()], regression())
    assert_served_as_fitted(gate(model, spec, data, tmp_path), spec, model, data)


@pytest.mark.parametrize("fill", ["missing", "1"])
@pytest.mark.parametrize(("encoder", "final"), [*ENCODERS, (lambda: ordinal(encoded_missing_value=9), tree)])
def test_fill_that_is_not_what_the_model_learned_is_refused_and_the_cure_works(
    tmp_path: Path, encoder: Callable[[], Any], final: Callable[[], Any], fill: str
) -> None:
    data, spec = texts_with(np.nan), spec_of(tmp_path)
    model = fitted(data, [encoder()], final())
    with pytest.raises(InvalidArtifact) as caught:
        gate(model, spec, data, tmp_path, fills={"code": fill})
    assert f"missing values of 'code' itself, and not as {fill!r} (fills)" in caught.value.message
    assert "for {'code': None}" in caught.value.message
    cured = fitted(data, [imputer(), encoder()], final())
    assert_served_as_fitted(gate(cured, spec, data, tmp_path), spec, cured, data)


def texts_with(missing: float | None) -> Any:
    """Shops of which those without a code pay, so that a missing value means something."""
    data = blanks(shops())
    data["pays"] = data["pays"].where(data["code"].notna(), "yes")
    texts = [missing if is_missing(code) else str(int(code)) for code in data["code"].tolist()]
    return data.assign(code=objects(texts))


def objects(values: list[Any]) -> Any:
    """A column of Python objects, in which None stays None: pandas would make it NaN in a column of texts."""
    import pandas as pd

    return pd.Series(values, dtype=object)


def test_fill_beside_an_imputer_must_be_the_imputers_own_value(tmp_path: Path) -> None:
    data, spec = texts_with(np.nan), spec_of(tmp_path)
    model = fitted(data, [imputer(), one_hot()], regression())
    usual = model.steps[0][1].transformers_[0][1].steps[0][1].statistics_[0]
    other = next(code for code in ("1", "2") if code != usual)
    with pytest.raises(InvalidArtifact, match="leave that fill out"):
        gate(model, spec, data, tmp_path, fills={"code": other})
    gate(model, spec, data, tmp_path, fills={"code": usual})


@pytest.mark.parametrize("form", [Format.ONNX, Format.SKOPS])
def test_fill_defines_a_missing_value_that_training_had_filled(tmp_path: Path, form: Format) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

    raw, spec = blanks(shops()).round(2), spec_of(tmp_path, {"type": "number", "categories": None})
    histograms = HistGradientBoostingClassifier(max_iter=10)
    final = RandomForestClassifier(10, random_state=SEED) if form is Format.ONNX else histograms
    model = fitted(raw.fillna({"code": 2.0}), ["passthrough"], final)
    folder = gate(model, spec, raw, tmp_path, fills={"code": 2}, format=form)
    answers = load_runtime(read_artifact(folder), spec)([(None, 0.5), (2.0, 0.5)])
    assert answers[0] == answers[1]


def test_fill_is_refused_where_trees_learned_the_missing_value(tmp_path: Path) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    data, spec = blanks(shops()).round(2), spec_of(tmp_path, {"type": "number", "categories": None})
    data["pays"] = data["pays"].where(data["code"].notna(), "yes")
    model = fitted(data, ["passthrough"], HistGradientBoostingClassifier(max_iter=10))
    with pytest.raises(InvalidArtifact, match="leave that fill out"):
        gate(model, spec, data, tmp_path, fills={"code": 1}, format=Format.SKOPS)
    folder = gate(model, spec, data, tmp_path, format=Format.SKOPS)
    assert_served_as_fitted(folder, spec, model, data)


def test_forest_trained_with_missing_values_is_refused_as_onnx_and_served_as_skops(
    tmp_path: Path, spec: EndpointSpec
) -> None:
    data = weather(300, missing=0.2)
    model = forest(data, imputed=False)
    with pytest.raises(InvalidArtifact, match=r"answers missing values of '.*' another way: put an imputer"):
        gate(model, spec, data, tmp_path, format=Format.ONNX)
    folder = gate(model, spec, data, tmp_path)
    names = list(spec.features.names)
    columns = [[None if is_missing(value) else value for value in data[name].tolist()] for name in names]
    rows = [spec.features.validate(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
    served = [answer.probability for answer in load_runtime(read_artifact(folder), spec)(rows)]
    assert served == model.predict_proba(data[names])[:, 1].tolist()


def regressor_spec(root: Path) -> EndpointSpec:
    numbers = [{"name": name, "type": "number", "nullable": False} for name in ("one", "two")]
    return load_endpoint(
        write_endpoint(
            root,
            kind="regressor",
            target={"name": "count"},
            features=numbers,
            example={"one": 0.5, "two": 0.5},
        )
    )


def counts(unit: float = 1.0) -> Any:
    import pandas as pd

    draw = np.random.default_rng(SEED)
    one, two = draw.random(ROWS), draw.random(ROWS)
    return pd.DataFrame({"one": one, "two": two, "count": unit * (np.exp(2 * one) + two)})


def catboost_regressor(loss: str, data: Any) -> Any:
    from catboost import CatBoostRegressor

    model = CatBoostRegressor(iterations=20, random_seed=SEED, loss_function=loss, logging_level="Silent")
    model.set_params(allow_writing_files=False, thread_count=1)
    return model.fit(data[["one", "two"]], data["count"])


@pytest.mark.parametrize("from_file", [False, True], ids=["object", "file"])
@pytest.mark.parametrize(
    "loss", ["RMSE", "MAE", "Poisson", "Tweedie:variance_power=1.5", "LogLinQuantile:alpha=0.5"]
)
def test_catboost_serves_what_its_own_predict_answers(tmp_path: Path, loss: str, *, from_file: bool) -> None:
    data, spec = counts(), regressor_spec(tmp_path)
    model = catboost_regressor(loss, data)
    path = tmp_path / "model.cbm"
    model.save_model(str(path))
    folder = gate(path if from_file else model, spec, data, tmp_path)
    rows = list(zip(data["one"].tolist(), data["two"].tolist(), strict=True))
    values = [answer.value for answer in load_runtime(read_artifact(folder), spec)(rows)]
    assert values == model.predict(data[["one", "two"]]).tolist()


@pytest.mark.parametrize("from_file", [False, True], ids=["object", "file"])
@pytest.mark.parametrize(
    ("loss", "values", "cure"),
    [
        ("RMSEWithUncertainty", 2, "RMSE"),
        ("MultiQuantile:alpha=0.2,0.5,0.8", 3, "Quantile:alpha=0.5"),
    ],
)
def test_catboost_of_several_values_is_refused_by_name_and_the_cure_works(
    tmp_path: Path, loss: str, values: int, cure: str, *, from_file: bool
) -> None:
    data, spec = counts(), regressor_spec(tmp_path)
    path = tmp_path / "model.cbm"
    model = catboost_regressor(loss, data)
    model.save_model(str(path))
    name = loss.split(":", maxsplit=1)[0]
    with pytest.raises(InvalidArtifact, match=rf"loss {name} gives {values} values .*loss_function='{cure}'"):
        gate(path if from_file else model, spec, data, tmp_path)
    cured = catboost_regressor(cure, data)
    assert is_catboost(cured)
    gate(cured, spec, data, tmp_path)


def test_model_of_two_targets_is_refused(tmp_path: Path) -> None:
    from sklearn.tree import DecisionTreeRegressor

    data, spec = counts(), regressor_spec(tmp_path)
    model = DecisionTreeRegressor(max_depth=3).fit(data[["one", "two"]], data[["count", "one"]])
    with pytest.raises(InvalidArtifact, match="DecisionTreeRegressor gives 2 values for each row"):
        gate(model, spec, data, tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_histogram_boosting_of_counts_is_refused_as_onnx_and_served_as_skops(tmp_path: Path) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.pipeline import make_pipeline

    data, spec = counts(), regressor_spec(tmp_path)
    data = data.round({"one": 2, "two": 2})
    numbers = ColumnTransformer([("numbers", "passthrough", ["one", "two"])])
    model = make_pipeline(numbers, HistGradientBoostingRegressor(loss="poisson", max_iter=10))
    model.fit(data[["one", "two"]], data["count"])
    with pytest.raises(InvalidArtifact, match=r"answers the logarithm of this loss; publish it as skops"):
        gate(model, spec, data, tmp_path, format=Format.ONNX)
    gate(model, spec, data, tmp_path)


def test_text_model_of_an_open_category_is_served_as_skops_and_never_as_onnx(
    tmp_path: Path,
) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    data = shops()
    draw = np.random.default_rng(SEED)
    words = [" ".join(draw.choice(["good", "bad", "film", "plot"], 3)) for _ in range(len(data))]
    data["code"] = np.array(words, dtype=object)
    data["pays"] = ["yes" if "good" in text else "no" for text in words]
    parts = [("text", TfidfVectorizer(), "code"), ("size", "passthrough", ["size"])]
    model = make_pipeline(ColumnTransformer(parts), regression()).fit(data[["code", "size"]], data["pays"])
    spec = spec_of(tmp_path, {"categories": None}, nullable=False)
    with pytest.raises(InvalidArtifact, match=r"ONNX cuts them at letters beyond ASCII"):
        gate(model, spec, data, tmp_path, format=Format.ONNX)
    data.loc[:9, "code"] = "naïve café"
    assert_served_as_fitted(gate(model, spec, data, tmp_path), spec, model, data)


def test_accents_and_capitals_of_declared_categories_are_kept(tmp_path: Path) -> None:
    names = ["Zürich", "zürich", "Łódź", "東京"]
    data = shops()
    data["code"] = np.array([names[int(code) - 1] for code in data["code"]], dtype=object)
    spec = spec_of(tmp_path, {"categories": [*names, "Genève"]}, nullable=False)
    for model in (fitted(data, [one_hot()], regression()), catboost(data)):
        assert_served_as_fitted(gate(model, spec, data, tmp_path, replace=True), spec, model, data)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_linear_regression_passes_in_any_unit(tmp_path: Path, unit: float) -> None:
    from sklearn.linear_model import LinearRegression

    data, spec = counts(unit), regressor_spec(tmp_path)
    data["count"] -= data["count"].mean()
    model = LinearRegression().fit(data[["one", "two"]], data["count"])
    gate(model, spec, data, tmp_path)


def test_scaler_and_regression_pass_without_declared_ranges(tmp_path: Path) -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = counts()
    data["rain"] = np.where(data["count"] > 3, "yes", "no").astype(object)
    numbers = [{"name": name, "type": "number", "nullable": False} for name in ("one", "two")]
    spec = load_endpoint(write_endpoint(tmp_path, features=numbers, example={"one": 0.5, "two": 0.5}))
    model = make_pipeline(StandardScaler(), regression()).fit(data[["one", "two"]], data["rain"])
    gate(model, spec, data, tmp_path)


@pytest.mark.parametrize(("missing", "text"), [(np.nan, "nan"), (None, "None")])
def test_category_named_as_a_missing_value_is_refused_and_the_cure_works(
    tmp_path: Path, missing: float | None, text: str
) -> None:
    data = texts_with(missing)
    named = data.assign(code=objects([text if code == "1" else code for code in data["code"].tolist()]))
    spec = spec_of(tmp_path, {"categories": [text, "2", "3", "4"]})
    with pytest.raises(InvalidArtifact) as caught:
        gate(fitted(named, [one_hot()], regression()), spec, named, tmp_path, format=Format.ONNX)
    assert f"does not tell the text {text!r} of 'code' from a missing value" in caught.value.message
    cured, renamed = fitted(data, [one_hot()], regression()), spec_of(tmp_path)
    assert_served_as_fitted(gate(cured, renamed, data, tmp_path), renamed, cured, data)


@pytest.mark.filterwarnings("ignore")
def test_codes_that_are_served_well_are_not_blamed_for_scaled_trees(tmp_path: Path) -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    draw = np.random.default_rng(SEED)
    data = shops()
    data["size"] = data["size"].round(3)
    data["pays"] = np.where(draw.random(ROWS) < data["size"], "yes", "no").astype(object)
    scaled = make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=SEED))
    with pytest.raises(InvalidArtifact, match="if a scaler stands before trees, leave it out") as caught:
        gate(
            fitted(data, [one_hot()], scaled),
            spec_of(tmp_path, nullable=False),
            data,
            tmp_path,
            format=Format.ONNX,
        )
    assert "was fitted on" not in caught.value.message


@pytest.mark.filterwarnings("ignore")
def test_logarithm_is_the_reason_and_not_the_codes_beside_it(tmp_path: Path) -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    data = shops()
    data["pays"] = np.exp(data["code"] / 2 + data["size"])
    folder = write_endpoint(
        tmp_path,
        kind="regressor",
        target={"name": "pays", "unit": "euro"},
        features=[
            {"name": "code", "type": "category", "categories": CODES, "nullable": False},
            {"name": "size", "type": "number", "minimum": 0, "maximum": 1, "nullable": False},
        ],
        example={"code": "1", "size": 0.5},
    )
    model = fitted(data, [one_hot()], HistGradientBoostingRegressor(loss="poisson", max_iter=10))
    with pytest.raises(InvalidArtifact, match="answers the logarithm of this loss") as caught:
        gate(model, load_endpoint(folder), data, tmp_path, format=Format.ONNX)
    assert "was fitted on" not in caught.value.message


def test_model_of_texts_that_onnx_cannot_hold_is_served_by_scikit_learn(tmp_path: Path) -> None:
    data, spec = shops(), spec_of(tmp_path, nullable=False)
    model = fitted(data, [one_hot(max_categories=3)], regression())
    with pytest.raises(InvalidArtifact, match=r"skl2onnx cannot convert .*publish it as skops"):
        gate(model, spec, data, tmp_path, format=Format.ONNX)
    assert_served_as_fitted(gate(model, spec, data, tmp_path), spec, model, data)
