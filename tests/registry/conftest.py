"""A small made-up use case, and models that are trained and published on it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from registry.endpoints import EndpointSpec, load_endpoint
from registry.publishing.gate import publish

if TYPE_CHECKING:
    import pandas as pd

ENDPOINT: dict[str, Any] = {
    "name": "umbrella",
    "kind": "classifier",
    "owner": "Ada",
    "description": "Is an umbrella needed?",
    "target": {"name": "rain", "classes": ["no", "yes"], "positive_class": "yes"},
    "features": [
        {"name": "clouds", "type": "number", "minimum": 0, "maximum": 1},
        {"name": "hour", "type": "integer", "minimum": 0, "maximum": 23, "unit": "hours"},
        {"name": "wind-from", "type": "category", "categories": ["north", "east", "south", "west"]},
        {"name": "holiday", "type": "boolean"},
    ],
    "example": {"clouds": 0.5, "hour": 12, "wind-from": "west", "holiday": False},
}

SEED = 1234


def weather(rows: int, *, missing: float = 0.0) -> pd.DataFrame:
    """Made-up weather: west wind and clouds bring rain; `missing` is the share of empty cells."""
    import pandas as pd

    draw = random.Random(SEED)
    records = []
    for _ in range(rows):
        clouds, wind = draw.random(), draw.choice(["north", "east", "west"])
        record: dict[str, Any] = {
            "clouds": clouds,
            "hour": draw.randrange(24),
            "wind-from": wind,
            "holiday": draw.randrange(2),
        }
        emptied = {name: None if draw.random() < missing else value for name, value in record.items()}
        records.append(emptied | {"rain": "yes" if clouds + (wind == "west") * 0.4 > 0.8 else "no"})
    return pd.DataFrame(records)


def pipeline(estimator: Any, *, imputed: bool = True) -> Any:
    """Imputers (unless told otherwise) and an ordinal encoder before `estimator`."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    encoder = OrdinalEncoder(
        categories=[["north", "east", "south", "west"]],
        handle_unknown="use_encoded_value",
        unknown_value=-1,
    )
    numbers: Any = SimpleImputer(strategy="median") if imputed else "passthrough"
    texts: Any = make_pipeline(SimpleImputer(strategy="most_frequent"), encoder) if imputed else encoder
    parts = [("numbers", numbers, ["clouds", "hour", "holiday"]), ("texts", texts, ["wind-from"])]
    return make_pipeline(ColumnTransformer(parts), estimator)


def forest(data: pd.DataFrame, *, imputed: bool = True) -> Any:
    """A small random forest, fitted."""
    from sklearn.ensemble import RandomForestClassifier

    model = pipeline(RandomForestClassifier(10, random_state=SEED), imputed=imputed)
    return model.fit(data.drop(columns=["rain"]), data["rain"])


def write_endpoint(root: Path, **changes: Any) -> Path:
    """endpoint.json of the use case, with top-level fields changed, below `root`."""
    document = ENDPOINT | changes
    path = root / str(document["name"]) / "endpoint.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


@pytest.fixture(scope="session")
def spec(tmp_path_factory: pytest.TempPathFactory) -> EndpointSpec:
    """The use case."""
    return load_endpoint(write_endpoint(tmp_path_factory.mktemp("endpoint")))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, spec: EndpointSpec) -> Path:
    """An artifacts root with the use case and its published forest `forest` 1; copy it before changing it."""
    root = tmp_path_factory.mktemp("published")
    write_endpoint(root)
    data = weather(400)
    publish(forest(data), spec=spec, data=data, held_out=weather(100), name="forest", version="1", out=root)
    return root
