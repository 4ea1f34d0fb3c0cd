"""Models of texts pass the gate and are served as they were fitted, in whatever locale the server runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.errors import InvalidArtifact
from registry import publishing
from registry.artifacts import Layout, read_artifact
from registry.endpoints import EndpointSpec, load_endpoint
from registry.publishing import publish
from registry.publishing.declaring.endpoint_draft import draft_endpoint
from registry.publishing.rows import parity_rows
from registry.runtimes import load_runtime
from tests.registry.conftest import write_endpoint

WORDS = ["good", "bad", "naïve", "café", "Straße", "plot", "日本語", "DON'T"]
ASKED = [
    "good naïve plot",
    "GOOD CAFÉ",
    "goodécafé bad",
    "",
    "日本語 good",
    "cafe\u0301 Straße STRASSE",
    "İstanbul good\nbad",
    "no word that is known",
]
LOCALES: dict[str, dict[str, str]] = {
    "C": {"LC_ALL": "C"},
    "none": {},
    "absent": {"LC_ALL": "xx_YY.UTF-8"},
    "ASCII": {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
SERVE = """
import json, sys
from pathlib import Path
from registry.artifacts import read_artifact
from registry.endpoints import load_endpoint
from registry.runtimes import load_runtime
spec = load_endpoint(Path(sys.argv[1]))
runtime = load_runtime(read_artifact(Path(sys.argv[2])), spec)
rows = [spec.features.validate({"review": text, "size": 0.5}) for text in json.loads(sys.argv[3])]
print(json.dumps([answer.probability for answer in runtime(rows)]))
"""


def reviews(count: int = 300) -> Any:
    """Made-up reviews, and whether they are good ones."""
    import pandas as pd

    draw = np.random.default_rng(7)
    texts = [" ".join(draw.choice(WORDS, draw.integers(1, 8))) for _ in range(count)]
    size = draw.random(count).round(3)
    good = ["yes" if ("good" in text) + size[n] > 0.9 else "no" for n, text in enumerate(texts)]
    return pd.DataFrame({"review": texts, "size": size, "rain": good})


def spec_of(root: Path, *, alone: bool = False, **review: Any) -> EndpointSpec:
    features: list[dict[str, Any]] = [
        {"name": "review", "type": "text", "length": 300, "nullable": False} | review,
        {"name": "size", "type": "number", "minimum": 0, "maximum": 1, "nullable": False},
    ]
    example = {"review": "good", "size": 0.5}
    if alone:
        features, example = features[:1], {"review": "good"}
    return load_endpoint(write_endpoint(root, features=features, example=example))


def tfidf(data: Any, **options: Any) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    parts = [("review", TfidfVectorizer(**options), "review"), ("size", "passthrough", ["size"])]
    model = make_pipeline(ColumnTransformer(parts), LogisticRegression())
    return model.fit(data[["review", "size"]], data["rain"])


def first(data: Any, **options: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(TfidfVectorizer(**options), LogisticRegression()).fit(data["review"], data["rain"])


def catboost(data: Any) -> Any:
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(iterations=20, random_seed=1, thread_count=1, logging_level="Silent")
    model.set_params(allow_writing_files=False)
    return model.fit(data[["review", "size"]], data["rain"], text_features=["review"])


def gate(model: Any, spec: EndpointSpec, data: Any, root: Path, **options: Any) -> Path:
    publish(model, spec=spec, data=data, name="tried", version="1", out=root, **options)
    return root / spec.name / "tried-1"


def frame(texts: list[str]) -> Any:
    import pandas as pd

    return pd.DataFrame({"review": texts, "size": 0.5})


def served(folder: Path, spec: EndpointSpec, texts: list[str | None]) -> list[float | None]:
    rows = [spec.features.validate(dict.fromkeys(spec.features.names, 0.5) | {"review": t}) for t in texts]
    return [answer.probability for answer in load_runtime(read_artifact(folder), spec)(rows)]


@pytest.mark.parametrize(
    ("make", "locales"),
    [
        (tfidf, ["C", "none"]),
        pytest.param(tfidf, ["absent", "ASCII"], marks=pytest.mark.matrix),
        pytest.param(catboost, list(LOCALES), marks=pytest.mark.matrix),
    ],
)
@pytest.mark.matrix
def test_text_model_answers_as_it_does_itself_whatever_the_locale(
    tmp_path: Path, make: Any, locales: list[str]
) -> None:
    data, spec = reviews(), spec_of(tmp_path)
    model = make(data)
    folder = gate(model, spec, data, tmp_path)
    expected = model.predict_proba(frame(ASKED))[:, 1].tolist()
    assert np.std(expected) > 0.05
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("LC_", "LANG", "PYTHON"))}
    for name in locales:
        done = subprocess.run(
            [sys.executable, "-c", SERVE, str(tmp_path / spec.name), str(folder), json.dumps(ASKED)],
            env=inherited | {"PYTHONPATH": os.pathsep.join(sys.path)} | LOCALES[name],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (name, done.stderr.decode()[-500:])
        assert json.loads(done.stdout) == pytest.approx(expected, abs=1e-12), name


def test_vectoriser_as_the_first_step_takes_the_only_text_of_its_endpoint(tmp_path: Path) -> None:
    data, spec = reviews(), spec_of(tmp_path, alone=True)
    model = first(data)
    folder = gate(model, spec, data, tmp_path)
    assert read_artifact(folder).manifest.layout is Layout.TEXTS
    expected = model.predict_proba(ASKED)[:, 1].tolist()
    assert served(folder, spec, list(ASKED)) == pytest.approx(expected, abs=1e-12)


def test_model_of_one_text_is_refused_for_an_endpoint_of_more_features(tmp_path: Path) -> None:
    data = reviews()
    with pytest.raises(InvalidArtifact, match=r"fitted on a list of texts, and umbrella declares 2 features"):
        gate(first(data), spec_of(tmp_path), data, tmp_path)


def test_onnx_is_refused_for_texts_with_the_reason(tmp_path: Path) -> None:
    data, spec = reviews(), spec_of(tmp_path)
    with pytest.raises(InvalidArtifact, match=r"only as 'skops' \(its words are taken apart as scikit-learn"):
        gate(tfidf(data), spec, data, tmp_path, format="onnx")


@pytest.mark.parametrize("make", [tfidf, catboost])
def test_missing_text_is_refused_with_a_cure_that_works(tmp_path: Path, make: Any) -> None:
    data, spec = reviews(), spec_of(tmp_path, nullable=True)
    with pytest.raises(InvalidArtifact, match=r"feature 'review' may be missing.*fills={'review': "):
        gate(make(data), spec, data, tmp_path)
    holed = data.assign(review=data["review"].where(data.index % 7 != 0))
    model = make(holed.fillna({"review": ""}))
    folder = gate(model, spec, holed, tmp_path, fills={"review": ""})
    empty, missing = served(folder, spec, ["", None])
    assert missing == empty == pytest.approx(float(model.predict_proba(frame([""]))[0, 1]), abs=1e-12)


def test_missing_text_that_the_model_fills_itself_is_served_so(tmp_path: Path) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    data, spec = reviews(), spec_of(tmp_path, nullable=True)
    holed = data.assign(review=data["review"].where(data.index % 7 != 0))
    filled = SimpleImputer(strategy="constant", fill_value="good")
    words = make_pipeline(filled, FunctionTransformer(np.ravel), CountVectorizer())
    columns = ColumnTransformer([("review", words, ["review"])], remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression()).fit(holed[["review", "size"]], holed["rain"])
    folder = gate(model, spec, holed, tmp_path)
    good, missing = served(folder, spec, ["good", None])
    assert missing == good == pytest.approx(float(model.predict_proba(frame(["good"]))[0, 1]), abs=1e-12)


@pytest.mark.parametrize("private", [True, False])
def test_manifest_keeps_texts_of_the_data_only_where_they_are_not_private(
    tmp_path: Path, private: bool
) -> None:
    data, spec = reviews(), spec_of(tmp_path, private=private)
    folder = gate(tfidf(data), spec, data, tmp_path)
    kept = {str(one.row["review"]) for one in read_artifact(folder).manifest.fixtures}
    assert (kept == {"good"}) is private
    assert bool(kept & set(data["review"]) - {"good"}) is not private


def test_words_are_written_into_one_file_and_the_model_keeps_its_own(tmp_path: Path) -> None:
    data, spec = reviews(), spec_of(tmp_path, alone=True)
    model = first(data, max_features=5)
    gate(model, spec, data, tmp_path)
    assert {type(number) for number in model[0].vocabulary_.values()} == {np.int64}
    with zipfile.ZipFile(tmp_path / spec.name / "tried-1" / "model.skops") as file:
        assert len(file.namelist()) == len(set(file.namelist())) < 10


def test_gate_asks_texts_of_mixed_words_strange_letters_and_full_length(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, nullable=True)
    data = [(text, 0.5) for text in ("good café", "bad plot", "日本語の文章")]
    rows = parity_rows(spec, data, 3000)
    texts = {row[0] for row in rows}
    assert {None, "", " ", "nan", "naïve café", "İstanbul", "two\r\nlines\tand a tab"} <= texts
    assert "é" * 300 in texts
    known = {"good", "café", "bad", "plot", "日本語", "の文章"}
    mixed = [text for text in texts if isinstance(text, str) and len(known & set(text.split(" "))) > 3]
    assert len(mixed) > 100
    assert any("goodéplot" in text for text in mixed)
    assert all(spec.features.validate({"review": row[0], "size": row[1]}) == row for row in rows)


def test_draft_tells_texts_from_categories(tmp_path: Path) -> None:
    import pandas as pd

    count = 30
    data = pd.DataFrame(
        {
            "review": [f"the plot of film {n} is good" for n in range(count)],
            "note": ["short"] * (count - 1) + ["two\nlines"],
            "letter": ["x" * 1500] + ["y"] * (count - 1),
            "colour": ["dark sea green", "red"] * (count // 2),
            "code": [f"A{n}" for n in range(count)],
            "rain": ["no", "yes"] * (count // 2),
        }
    )
    features = draft_endpoint(data, "films", "rain")["features"]
    drafted = {f["name"]: (f["type"], f.get("length")) for f in features}  # type: ignore[union-attr, index, call-overload]
    assert drafted == {
        "review": ("text", 1000),
        "note": ("text", 1000),
        "letter": ("text", 2000),
        "colour": ("category", None),
        "code": ("category", None),
    }


@pytest.mark.parametrize(("make", "columns"), [(first, ["review"]), (tfidf, ["review", "size"])])
def test_column_that_the_model_takes_apart_is_declared_as_text(
    tmp_path: Path, make: Any, columns: list[str]
) -> None:
    data = reviews()
    publishing.publish(make(data), data=data[[*columns, "rain"]], endpoint="films", out=tmp_path)
    features = json.loads((tmp_path / "films" / "endpoint.json").read_text())["features"]
    assert [feature["type"] for feature in features] == ["text", "number"][: len(columns)]
    assert (features[0]["length"], features[0]["nullable"]) == (1000, False)
