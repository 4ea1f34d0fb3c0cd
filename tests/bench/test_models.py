"""The kinds of models that `python -m bench.models` tries: a handful for each way of serving, all in the matrix."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.models.__main__ import all_kinds, verdict
from bench.models.kind import Kind
from bench.models.server import Served, differing

SHORT = {
    "forest of 20",  # ONNX, tied votes
    "SVC",  # skops, labels alone
    "codes as float, one-hot",  # ONNX, words of the data frame
    "tf-idf",  # skops, texts
    "logarithm of the target",  # skops, functions of numpy's
    "CatBoost",  # cbm
    "a function of one's own",  # refused, cured
}
WAYS = {
    "forest of 20": "onnx",
    "SVC": "skops",
    "tf-idf": "skops",
    "CatBoost": "cbm",
    "a function of one's own": "",
}
KINDS = all_kinds()


def chosen(*, short: bool) -> list[Kind]:
    return [kind for kind in KINDS if (kind.name in SHORT) is short]


def check(kind: Kind, root: Path) -> None:
    for library in ("lightgbm", "xgboost"):
        if library in kind.name.lower():
            pytest.importorskip(library)
    trial, good = verdict(kind, root)
    assert good, trial.outcome
    assert trial.outcome.format == WAYS.get(kind.name, trial.outcome.format)
    if trial.rows:
        served = Served(trial.spec, trial.folder, trial.rows[:50], trial.answers[:50])
        assert differing([served], root / "arbiter.db") == {"shops": 0}


def test_more_than_a_hundred_kinds_are_tried_each_by_its_own_name() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) > 128
    assert {kind.name for kind in KINDS} > SHORT


@pytest.mark.filterwarnings("ignore")  # what libraries say while they fit is no concern of a server
@pytest.mark.parametrize("kind", chosen(short=True), ids=lambda kind: kind.name)
@pytest.mark.matrix
def test_kind_is_served_as_it_answers_itself_or_refused_with_a_cure(kind: Kind, tmp_path: Path) -> None:
    check(kind, tmp_path)


@pytest.mark.matrix
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", chosen(short=False), ids=lambda kind: kind.name)
def test_every_other_kind_too(kind: Kind, tmp_path: Path) -> None:
    check(kind, tmp_path)
