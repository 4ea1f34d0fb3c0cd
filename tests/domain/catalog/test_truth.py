"""How feedback is read: by value, as a cell of a table, and as the old service's clients send it."""

from __future__ import annotations

from typing import Any

import pytest

from domain.catalog.classes import Classes
from domain.catalog.truth import ground_truth_of, is_empty_cell, is_missing
from domain.errors import InvalidFeedback
from domain.requests.feedback import FeedbackCommand
from domain.words import FeedbackForm, Kind

VALUE, CELL, LEGACY = FeedbackForm.VALUE, FeedbackForm.CELL, FeedbackForm.LEGACY
LEVELS = Classes(["low", "high"])
SIGNS = Classes(["+", "-"])


def read(
    feedback: Any, form: FeedbackForm, classes: Classes | None, kind: Kind = Kind.CLASSIFIER
) -> str | None:
    return ground_truth_of(FeedbackCommand(1, feedback, form), kind, classes)


@pytest.mark.parametrize("form", [VALUE, CELL])
@pytest.mark.parametrize("feedback", ["HIGH", "high.", "rich", "h", 1, "nan"])
def test_what_is_no_declared_class_is_refused(form: FeedbackForm, feedback: Any) -> None:
    with pytest.raises(InvalidFeedback, match="is no class of this endpoint"):
        read(feedback, form, LEVELS)


def test_the_old_service_takes_any_text() -> None:
    assert [read(text, LEGACY, LEVELS) for text in ("rich", " high ", "")] == ["rich", "high", None]


@pytest.mark.parametrize("form", list(FeedbackForm))
def test_where_no_class_is_declared_any_text_is_taken(form: FeedbackForm) -> None:
    assert read("rich", form, None) == "rich"


@pytest.mark.parametrize("text", ["25,5", "1,234", "1 234", "1_000", "nan", "inf", "1e999", "0x10", "٣"])
@pytest.mark.parametrize("form", list(FeedbackForm))
def test_a_regressors_truth_is_a_finite_number_in_plain_notation(form: FeedbackForm, text: str) -> None:
    with pytest.raises(InvalidFeedback, match="finite number"):
        read(text, form, None, Kind.REGRESSOR)


@pytest.mark.parametrize("text", ["", " ", "nan", "NaN", "NAN", "<NA>", "NaT", "None", "NA", "N/A", "null"])
def test_a_cell_without_a_value_says_nothing(text: str) -> None:
    command = FeedbackCommand(1, text, CELL)
    assert is_empty_cell(command, Kind.CLASSIFIER, LEVELS)
    assert is_empty_cell(command, Kind.REGRESSOR, None)
    assert not is_empty_cell(FeedbackCommand(1, text), Kind.CLASSIFIER, LEVELS)
    assert not is_empty_cell(FeedbackCommand(1, text, LEGACY), Kind.CLASSIFIER, LEVELS)


def test_words_that_may_be_a_truth_are_one_where_no_class_is_declared() -> None:
    assert [is_missing(text, Kind.CLASSIFIER, None) for text in ("None", "NA", "null", "nan", "")] == [
        *(False, False, False),
        *(True, True),
    ]


@pytest.mark.parametrize("name", ["nan", "NaN", "None", "NA", "<NA>"])
def test_a_class_that_is_called_like_a_missing_value_wins(name: str) -> None:
    classes = Classes([name, "inf"])
    command = FeedbackCommand(1, f" {name} ", CELL)
    assert not is_empty_cell(command, Kind.CLASSIFIER, classes)
    assert ground_truth_of(command, Kind.CLASSIFIER, classes) == name


def test_the_mark_of_exports_is_taken_away_from_cells_alone() -> None:
    assert [read(cell, CELL, SIGNS) for cell in ("-", "'-", "+", "'+")] == ["-", "-", "+", "+"]
    assert [read(cell, CELL, None) for cell in ("'=1+1", "''=1", "'tis")] == ["=1+1", "'=1", "'tis"]
    assert read("'=1+1", VALUE, None) == "'=1+1"
    with pytest.raises(InvalidFeedback):
        read("'-", VALUE, SIGNS)


def test_a_class_that_begins_with_the_mark_wins() -> None:
    assert read("'-a", CELL, Classes(["'-a", "-a"])) == "'-a"


def test_an_empty_cell_is_no_class_even_where_one_is_called_so() -> None:
    assert is_empty_cell(FeedbackCommand(1, " ", CELL), Kind.CLASSIFIER, Classes(["", "yes"]))


FLAGS = Classes(["true", "false"])


@pytest.mark.parametrize("form", list(FeedbackForm))
def test_a_truth_value_is_the_class_of_its_name_where_one_is_declared(form: FeedbackForm) -> None:
    assert [read(value, form, FLAGS) for value in (True, False)] == ["true", "false"]
    for classes in (LEVELS, Classes(["0", "1"], numeric=True), None):
        with pytest.raises(InvalidFeedback, match="must be text or a number"):
            read(True, form, classes)


def test_a_cell_that_a_table_wrote_for_a_truth_value_is_the_class_of_its_name() -> None:
    assert [read(cell, CELL, FLAGS) for cell in ("True", " FALSE ", "false")] == ["true", "false", "false"]
    assert read("True", CELL, Classes(["true", "True"])) == "True"
    assert read("True", CELL, None) == "True"
    for form in (VALUE, CELL):
        with pytest.raises(InvalidFeedback, match="is no class of this endpoint"):
            read("True" if form is VALUE else "T", form, FLAGS)
