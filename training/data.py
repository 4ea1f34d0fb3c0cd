"""The data sets as training saw them, and the held-out part that no training ever saw.

    python -m training.data --out adult.csv

fetches the Adult census from openml.org, where both of its halves are one data set, and writes it as the file that the
other commands of this package read. They fetch it themselves where no `--data` is given; scikit-learn keeps it in its
data folder. The shipped algorithms of `income_classifier` were trained on the first half alone, the file `adult.data`
of the UCI repository: only its held-out part is rows that they never saw.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SEED = 1234
HELD_OUT_SHARE = 0.3
INCOME = "income"
PREMIUM = "PremiumPrice"
CULTIVAR = "cultivar"
FETCHED = {INCOME: "adult", PREMIUM: "medicalpremium", CULTIVAR: "wine"}
"""The set of each target, by the name under which it is known."""

WINES = ("Barolo", "Grignolino", "Barbera")
"""What scikit-learn calls class_0, class_1 and class_2: Forina et al. 1986, Vitis 25, 189–201, name them."""

REMARK = "|"
UCI_COLUMNS = (
    *(
        "age",
        "workclass",
        "fnlwgt",
        "education",
        "education-num",
        "marital-status",
        "occupation",
        "relationship",
    ),
    *("race", "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country", INCOME),
)
"""What the columns of `adult.data` mean; the file itself does not say."""


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
    """The CSV file at `path`, or the set `fetched` of scikit-learn or openml.org, cut with seed 1234.

    Raises SystemExit, with the cure, where the set has no public address or cannot be fetched.
    """
    frame = fetch(fetched) if path is None else read(path)
    train, test = _cut(frame)
    source = _file_of(fetched) if path is None else path
    return DataSet(
        train, test, fetched if path is None else path.name, None if source is None else _digest(source)
    )


def read(path: Path) -> pd.DataFrame:
    """A CSV file whose values may have a space after the comma; empty cells are missing.

    The files of the UCI repository are read as they come: `adult.data` and `adult.test` have no header, write `?` for
    what is missing, and `adult.test` begins with a remark and ends its classes with a full stop.
    """
    import pandas as pd

    with path.open(encoding="utf-8") as file:
        start = file.read(1)
    if not (start.isdigit() or start == REMARK):
        return pd.read_csv(path, skipinitialspace=True)
    frame = pd.read_csv(path, skipinitialspace=True, names=UCI_COLUMNS, na_values="?", comment=REMARK)
    frame[INCOME] = frame[INCOME].str.removesuffix(".")
    return frame


def held_out(path: Path | None, target: str = INCOME) -> HeldOut:
    """The 30 % that training did not see, in the order in which the cut gives them; see `load` for `path`."""
    test = load(path, FETCHED[target]).test
    names = [name for name in test.columns if name != target]
    columns = [[_text(value) for value in test[name].tolist()] for name in names]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    return HeldOut(rows, [str(label) for label in test[target].tolist()])


def _cut(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(frame, test_size=HELD_OUT_SHARE, random_state=SEED)
    return train, test


def fetch(name: str) -> pd.DataFrame:
    """The set `wine`, which scikit-learn ships, or `adult` of openml.org. Raises SystemExit where it cannot be had."""
    if name == "wine":
        return _wine()
    if name != "adult":
        raise SystemExit(f"the set {name!r} has no public address; give the file with --data PATH")
    from sklearn.datasets import fetch_openml

    try:
        frame = fetch_openml("adult", version=2, as_frame=True).frame
    except OSError as error:  # URLError and time-outs are OSErrors.
        raise SystemExit(
            f"the set 'adult' could not be fetched from openml.org ({error}). Without a network, give the file with "
            "--data PATH: the UCI Machine Learning Repository has it under the name Adult, as adult.data."
        ) from error
    frame = frame.rename(columns={"class": INCOME})
    return frame.astype(dict.fromkeys(frame.select_dtypes("category").columns, "object"))


def _wine() -> pd.DataFrame:
    """The wines by name, under a heading that fits into a URL and a query as it stands."""
    from sklearn.datasets import load_wine

    wine = load_wine(as_frame=True)
    frame = wine.data.rename(columns={"od280/od315_of_diluted_wines": "od280_od315"})
    frame[CULTIVAR] = [WINES[number] for number in wine.target]
    return frame


def _file_of(name: str) -> Path | None:
    """The file in which scikit-learn ships the set `name`; None where it does not."""
    if name != "wine":
        return None
    import sklearn.datasets

    return Path(sklearn.datasets.__file__).parent / "data" / "wine_data.csv"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _text(value: object) -> str | None:
    return None if value != value or value is None else str(value)  # noqa: PLR0124 (NaN differs from itself)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fetch the Adult set and write it as a CSV file."""
    parser = argparse.ArgumentParser(prog="python -m training.data", description="Fetch the Adult census.")
    parser.add_argument("--out", type=Path, default=Path("adult.csv"), help="the file to write")
    out: Path = parser.parse_args(arguments).out
    frame = fetch("adult")
    frame.to_csv(out, index=False)
    print(f"{out}: {len(frame):,} rows")


if __name__ == "__main__":
    main()
