"""From a fitted model to an algorithm that answers, in one call, and what stops it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from domain.errors import InvalidArtifact, InvalidManifest
from domain.words import Kind, Status
from registry.artifacts import LARGEST_MODEL, Format
from registry.discovery import RegisteredAlgorithm, discover
from registry.endpoints import EndpointSpec, load_endpoint
from registry.features import FeatureType
from registry.publishing import publish
from tests.registry.conftest import SEED, forest, weather, write_endpoint

if TYPE_CHECKING:
    import pandas as pd


def one_hot(data: pd.DataFrame, *, unknown: str = "ignore") -> Any:
    """The commonest pipeline: scaled numbers, one-hot texts, logistic regression."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    prepare = make_column_transformer(
        (StandardScaler(), ["clouds", "hour"]), (OneHotEncoder(handle_unknown=unknown), ["wind-from"])
    )
    return make_pipeline(prepare, LogisticRegression()).fit(
        data[["clouds", "hour", "wind-from"]], data["rain"]
    )


def loaded(root: Path) -> tuple[EndpointSpec, RegisteredAlgorithm]:
    """The one endpoint and the one algorithm of a store, which has no problem."""
    registry = discover(root, entry_points=False)
    assert registry.problems == ()
    (algorithm,) = registry.algorithms
    return registry.endpoints[algorithm.endpoint], algorithm


def files_in(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def test_model_and_data_are_enough(tmp_path: Path) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    said = publish(one_hot(data), data, out=tmp_path)
    spec, algorithm = loaded(tmp_path)
    assert (spec.name, spec.kind, spec.target, spec.classes) == (
        "rain",
        Kind.CLASSIFIER,
        "rain",
        ("no", "yes"),
    )
    assert spec.positive_class == "yes"
    assert (algorithm.name, algorithm.version, algorithm.status) == ("logistic regression", "0.0.1", None)
    assert algorithm.description == "LogisticRegression of scikit-learn."
    assert (said.new, said.first, said.format) == (True, True, Format.ONNX)
    assert algorithm.instance is not None
    (answer,) = algorithm.instance.predict([spec.features.validate(dict(spec.example))])
    assert answer.label == data["rain"][0]
    assert [path for path in files_in(tmp_path) if "/" not in path] == ["rain"]


def test_what_is_not_said_is_neutral_and_nothing_waits_to_be_written(tmp_path: Path) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    publish(one_hot(data), data, out=tmp_path, owner="Ada")
    text = (tmp_path / "rain" / "endpoint.json").read_text()
    assert "TO BE" not in text
    document = json.loads(text)
    assert (document["owner"], document["description"]) == ("Ada", "Predicts rain from 3 features.")


def test_ranges_and_categories_come_from_people_and_not_from_data(tmp_path: Path) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    said = publish(one_hot(data), data, out=tmp_path / "open")
    clouds, hour, wind = load_endpoint(tmp_path / "open" / "rain").features.features
    assert (clouds.type, clouds.minimum, clouds.maximum) == (FeatureType.NUMBER, None, None)
    assert (hour.type, hour.minimum, hour.maximum) == (FeatureType.INTEGER, None, None)
    assert (wind.type, wind.categories) == (FeatureType.CATEGORY, None)
    assert "open     clouds, hour without a range; wind-from taking any text" in repr(said)
    said = publish(
        one_hot(data),
        data,
        out=tmp_path / "bounded",
        ranges={"clouds": (0, 1), "hour": (0, 23)},
        categories={"wind-from": ["north", "east", "south", "west"]},
    )
    clouds, hour, wind = load_endpoint(tmp_path / "bounded" / "rain").features.features
    assert (clouds.bounds, hour.bounds) == ((0, 1), (0, 23))
    assert wind.categories == ("north", "east", "south", "west")
    assert "open     nothing" in repr(said)


def test_encoder_that_refuses_unknown_texts_closes_the_list_and_one_that_ignores_them_does_not(
    tmp_path: Path,
) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    publish(one_hot(data, unknown="error"), data, out=tmp_path)
    assert load_endpoint(tmp_path / "rain").features["wind-from"].categories == ("east", "north", "west")


def test_unknown_text_is_answered_as_by_the_fitted_encoder(tmp_path: Path) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    model = one_hot(data)
    publish(model, data, out=tmp_path)
    spec, algorithm = loaded(tmp_path)
    row = dict(spec.example) | {"wind-from": "südwest"}
    assert algorithm.instance is not None
    (answer,) = algorithm.instance.predict([spec.features.validate(row)])
    asked = data[["clouds", "hour", "wind-from"]].head(1).assign(**{"wind-from": "südwest"})
    assert (answer.probabilities or {})["yes"] == pytest.approx(model.predict_proba(asked)[0, 1], abs=1e-6)


def test_missing_values_are_taken_where_the_model_was_fitted_for_them(tmp_path: Path) -> None:
    data = weather(300, missing=0.1)
    publish(forest(data), data, out=tmp_path, endpoint="umbrella")
    assert [feature.nullable for feature in load_endpoint(tmp_path / "umbrella").features.features] == [
        True
    ] * 4
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    publish(one_hot(data), data, out=tmp_path)
    assert [feature.nullable for feature in load_endpoint(tmp_path / "rain").features.features] == [False] * 3


def test_missing_text_that_an_encoder_learned_is_taken(tmp_path: Path) -> None:
    data = weather(300, missing=0.1)[["wind-from", "rain"]]
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression())
    publish(model.fit(data[["wind-from"]], data["rain"]), data, out=tmp_path)
    wind = load_endpoint(tmp_path / "rain").features["wind-from"]
    assert (wind.nullable, wind.categories) == (True, None)


def test_store_is_the_one_that_servers_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBITER_ARTIFACTS", str(tmp_path / "store"))
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    assert publish(one_hot(data), data).folder == tmp_path / "store" / "rain" / "logistic_regression-0.0.1"


def test_several_values_for_a_row_are_refused_with_the_way_to_one(tmp_path: Path) -> None:
    from catboost import CatBoostRegressor

    data = weather(300)[["clouds", "hour"]]
    loss = "MultiQuantile:alpha=0.1,0.5,0.9"
    model = CatBoostRegressor(2, loss_function=loss, logging_level="Silent", allow_writing_files=False)
    model.fit(data, data["hour"])
    with pytest.raises(
        InvalidArtifact, match=r"gives 3 values for each row, and shade answers one; .* for the median"
    ):
        publish(model, data, out=tmp_path / "store", endpoint="shade")
    assert not (tmp_path / "store").exists()


def test_notebook_shows_what_was_published_and_how_to_ask_it(tmp_path: Path) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    said = publish(one_hot(data), data, held_out=weather(100), out=tmp_path, endpoint="umbrella")
    lines = repr(said).splitlines()
    assert lines[0] == "logistic regression 0.0.1 of umbrella is published"
    assert lines[1] == f"  folder   {tmp_path}/umbrella/logistic_regression-0.0.1"
    assert lines[2] == "  format   onnx"
    assert lines[3].startswith("  parity   rows 10,")
    assert lines[4].startswith("  metrics  rows 100, accuracy 0.")
    assert lines[6].startswith("  ask      curl -s http://localhost:8000/api/v1/umbrella/predict -H ")
    second = publish(one_hot(data), data, out=tmp_path, endpoint="umbrella", version="0.0.2")
    assert (
        "'http://localhost:8000/api/v1/umbrella/predict?algorithm=logistic+regression&version=0.0.2'"
        in second.ask
    )
    assert second.first is False
    assert "  begins " not in repr(said)
    assert repr(second).splitlines()[-2] == (
        "  begins   without a status, so it answers nobody yet: an A/B test or `arbiter status set ID testing` changes "
        "that (`arbiter algorithms` lists the ids)"
    )


def test_array_without_names_gets_numbered_features(tmp_path: Path) -> None:
    data = weather(300)
    from sklearn.linear_model import LinearRegression

    cells = data[["clouds", "hour"]].to_numpy()
    publish(LinearRegression().fit(cells, data["holiday"]), cells, endpoint="shade", out=tmp_path)
    spec, algorithm = loaded(tmp_path)
    assert (spec.kind, spec.features.names, spec.target) == (Kind.REGRESSOR, ("x0", "x1"), "prediction")
    assert algorithm.problem is None


@pytest.mark.parametrize("classes", [[0, 1], [False, True], ["no", "yes"]])
def test_classes_keep_their_type(tmp_path: Path, classes: list[object]) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    data["rain"] = [classes[int(text == "yes")] for text in data["rain"]]
    publish(one_hot(data), data, out=tmp_path)
    spec, _ = loaded(tmp_path)
    assert spec.numeric_classes is (classes == [0, 1] and type(classes[0]) is int)
    assert spec.classes == {bool: ("false", "true"), int: ("0", "1"), str: ("no", "yes")}[type(classes[0])]


def test_second_publication_of_the_same_model_changes_nothing(tmp_path: Path) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    model = one_hot(data)
    publish(model, data, out=tmp_path, owner="Ada")
    before = (tmp_path / "rain" / "logistic_regression-0.0.1" / "manifest.json").read_bytes()
    again = publish(model, data, out=tmp_path, owner="Bob")
    assert (again.new, again.first) == (False, False)
    assert repr(again).splitlines()[0] == "logistic regression 0.0.1 of rain was published already"
    assert (tmp_path / "rain" / "logistic_regression-0.0.1" / "manifest.json").read_bytes() == before


def test_another_model_of_the_same_name_and_version_is_refused(tmp_path: Path) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    publish(one_hot(data), data, out=tmp_path)
    before = files_in(tmp_path)
    with pytest.raises(
        InvalidArtifact,
        match=r"is another model than this; raise the version \(there are: logistic_regression-0\.0\.1\)",
    ):
        publish(one_hot(data.head(200)), data.head(200), out=tmp_path)
    assert files_in(tmp_path) == before


def test_two_publishers_at_once_leave_one_whole_algorithm(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    data = weather(200)[["clouds", "hour", "wind-from", "rain"]]
    models = [one_hot(data), one_hot(data.head(150))]

    def told(model: Any) -> str:
        try:
            return str(publish(model, data, out=tmp_path, endpoint="umbrella").new)
        except InvalidArtifact as error:
            return error.message

    with ThreadPoolExecutor(2) as pool:
        first, other = sorted(pool.map(told, models), key=len)
    assert first == "True"
    assert "raise the version" in other or "was changed while the model was being published" in other
    loaded(tmp_path)
    assert not [path for path in files_in(tmp_path) if path.startswith(".")]


def test_change_that_breaks_callers_needs_a_reason_which_stands_in_the_file(tmp_path: Path) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    model = one_hot(data)
    publish(model, data, out=tmp_path)
    old = load_endpoint(tmp_path / "rain")
    with pytest.raises(InvalidManifest, match=r"'hour' began at no bound and begins at 0.*--breaking REASON"):
        publish(model, data, out=tmp_path, version="2", ranges={"hour": (0, 23)})
    assert load_endpoint(tmp_path / "rain") == old
    publish(model, data, out=tmp_path, version="2", ranges={"hour": (0, 23)}, breaking="clocks have 24 hours")
    new = load_endpoint(tmp_path / "rain")
    assert new.features["hour"].bounds == (0, 23)
    assert new.breaking is not None
    assert (new.breaking.reason, new.breaking.of) == ("clocks have 24 hours", old.digest)


def test_status_is_one_of_two_or_none(tmp_path: Path) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    with pytest.raises(InvalidManifest, match="status 'live' must be 'production' or 'testing'"):
        publish(one_hot(data), data, out=tmp_path, status="live")
    assert files_in(tmp_path) == []
    publish(one_hot(data), data, out=tmp_path, status="testing")
    assert loaded(tmp_path)[1].status is Status.TESTING


def test_columns_that_the_data_lacks_are_named(tmp_path: Path) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    with pytest.raises(InvalidArtifact, match="fitted on columns that the data lacks: hour; give the data"):
        publish(one_hot(data), data.drop(columns=["hour"]), out=tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_several_columns_that_may_be_the_answer_are_asked_about(tmp_path: Path) -> None:
    data = weather(300)[["clouds", "hour", "wind-from", "rain"]]
    twice = data.assign(snow="no")
    with pytest.raises(InvalidArtifact, match=r"may predict: rain, snow; say which \(--target\)"):
        publish(one_hot(data), twice, out=tmp_path)
    assert publish(one_hot(data), twice, out=tmp_path, target="rain").spec.target == "rain"


def test_dates_are_refused_by_the_columns_name(tmp_path: Path) -> None:
    import pandas as pd
    from sklearn.tree import DecisionTreeClassifier

    data = weather(60)[["clouds", "rain"]].assign(day=pd.Timestamp("2026-11-30"))
    model = DecisionTreeClassifier().fit(data[["clouds"]].assign(day=1), data["rain"])
    with pytest.raises(InvalidArtifact, match=r"column 'day' holds Timestamp values, .* as a number of days"):
        publish(model, data, out=tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_missing_values_of_pandas_own_kind_are_missing_values(tmp_path: Path) -> None:
    data = weather(300, missing=0.1)
    data["hour"] = data["hour"].astype("Int64")
    assert publish(forest(weather(300, missing=0.1)), data, out=tmp_path, endpoint="umbrella").new


class _Holey:
    """Answers NaN in the last hour of the day."""

    feature_names_in_ = ("hour",)
    n_features_in_ = 1

    def predict(self, frame: pd.DataFrame) -> Any:
        return frame["hour"].where(frame["hour"] != 23).to_numpy()


def test_model_that_answers_nan_to_a_row_is_refused_with_the_row(tmp_path: Path) -> None:
    told = r"itself answers no finite number to [0-9]+ of .* rows .* first to \{'hour': 23\}"
    with pytest.raises(InvalidArtifact, match=told):
        publish(_Holey(), weather(300)[["hour"]], out=tmp_path / "store", endpoint="shade")
    assert not (tmp_path / "store").exists()


def test_file_of_two_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.skops"
    with path.open("wb") as file:
        file.truncate(2 * LARGEST_MODEL)
    with pytest.raises(
        InvalidArtifact, match="has 2,048 MiB, and a server loads at most 1,024 MiB; train a smaller"
    ):
        publish(path, weather(10), out=tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_endpoint_that_is_there_is_used_as_it_is(tmp_path: Path) -> None:
    before = write_endpoint(tmp_path).read_bytes()
    data = weather(300)
    said = publish(forest(data), data, out=tmp_path, endpoint="umbrella")
    assert (said.spec.owner, said.first) == ("Ada", False)
    assert (tmp_path / "umbrella" / "endpoint.json").read_bytes() == before
    assert loaded(tmp_path)[1].owner == "Ada"


def test_endpoint_that_changes_while_a_model_is_published_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frame itself changes the file when it is asked for its columns' types, long after the file was read."""
    path = write_endpoint(tmp_path)
    data = weather(300)
    model = forest(data)
    asked = model.predict

    def predict(rows: Any) -> Any:
        path.write_text(path.read_text().replace("Is an umbrella needed?", "Take one?"))
        return asked(rows)

    model.predict = predict
    with pytest.raises(
        InvalidArtifact, match=r"was changed while the model was being published, .* publish again"
    ):
        publish(model, data, out=tmp_path, endpoint="umbrella")
    assert files_in(tmp_path) == ["umbrella", "umbrella/endpoint.json"]


def test_keywords_of_earlier_releases_still_publish(tmp_path: Path, spec: EndpointSpec) -> None:
    data = weather(300)
    said = publish(forest(data), spec=spec, data=data, held_out=data, name="wood", version="3", out=tmp_path)
    assert said.folder == tmp_path / "umbrella" / "wood-3"
    assert said.metrics["rows"] == 300
    assert SEED == 1234
