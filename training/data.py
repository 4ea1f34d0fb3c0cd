"""The data sets as training saw them, and the held-out part that no training ever saw."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SEED = 1234
HELD_OUT_SHARE = 0.3
INCOME = "income"
PREMIUM = "PremiumPrice"


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set cut in two: 70 % to train on, 30 % held out; `sha256` is of the file, None if it was fetched."""

    train: pd.DataFrame
    test: pd.DataFrame
    name: str
    sha256: str | None

    @property
    def rows(self) -> int:
        """How many rows the whole set has."""
        return len(self.train) + len(self.test)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Held-out rows as a client would send them, by feature: texts, None where missing; and their ground truth."""

    rows: list[dict[str, str | None]]
    labels: list[str]


def load(path: Path | None, fetched: str) -> DataSet:
    """The CSV file at `path`, or the set `fetched` of openml.org, cut with seed 1234."""
    frame = _fetch(fetched) if path is None else read(path)
    train, test = _cut(frame)
    return DataSet(
        train, test, fetched if path is None else path.name, None if path is None else _digest(path)
    )


def read(path: Path) -> pd.DataFrame:
    """A CSV file whose values may have a space after the comma; empty cells are missing."""
    import pandas as pd

    return pd.read_csv(path, skipinitialspace=True)


def held_out(path: Path, target: str = INCOME) -> HeldOut:
    """The 30 % of the CSV file at `path` that training did not see, in the order in which the cut gives them."""
    _, test = _cut(read(path))
    names = [name for name in test.columns if name != target]
    columns = [[_text(value) for value in test[name].tolist()] for name in names]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    return HeldOut(rows, [str(label) for label in test[target].tolist()])


def _cut(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(frame, test_size=HELD_OUT_SHARE, random_state=SEED)
    return train, test


def _fetch(name: str) -> pd.DataFrame:
    if name != "adult":
        raise SystemExit(f"the set {name!r} has no public address; give the file with --data PATH")
    from sklearn.datasets import fetch_openml

    frame = fetch_openml("adult", version=2, as_frame=True).frame.rename(columns={"class": INCOME})
    return frame.astype(dict.fromkeys(frame.select_dtypes("category").columns, "object"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _text(value: object) -> str | None:
    return None if value != value or value is None else str(value)  # noqa: PLR0124 (NaN differs from itself)
