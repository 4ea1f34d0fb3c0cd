"""Which class a text means, and which one is the nearest to a text that means none."""

from __future__ import annotations

import time

import pytest

from domain.catalog.classes import Classes
from domain.pacing import CLASSES_ON_LOOP

INCOME = Classes(["<=50K", ">50K"])


@pytest.mark.parametrize(
    ("feedback", "nearest"),
    [
        (">50k", ">50K"),
        (">50K.", ">50K"),
        ("<=50K.", "<=50K"),
        (" > 50K ", ">50K"),
        ("'>50K'", ">50K"),
        ("＞50K", ">50K"),
        ("50K", ">50K"),
        ("rich", None),
        ("", None),
        ("x" * 257, None),
    ],
)
def test_the_nearest_class_is_found_whatever_case_spaces_and_full_stops(
    feedback: str, nearest: str | None
) -> None:
    assert INCOME.nearest(feedback) == nearest


def test_a_refusal_names_value_nearest_class_and_the_classes() -> None:
    error = INCOME.refusal(">50k")
    assert (error.code, error.path) == ("INVALID_FEEDBACK", ("feedback",))
    assert error.message == (
        "feedback '>50k' is no class of this endpoint; the nearest is '>50K'. Send one of: '<=50K', '>50K'."
    )


def test_a_refusal_lists_eight_classes_at_most_and_cuts_long_texts() -> None:
    many = Classes([f"class {number}" for number in range(20)])
    message = many.refusal("clas 17" + "x" * 100).message
    assert message.startswith(f"feedback 'clas 17{'x' * 52}…' is no class")
    assert message.endswith("'class 6', 'class 7' and 12 more.")
    assert many.nearest("clas 17") == "class 17"


def test_ten_thousand_classes_cost_a_few_milliseconds() -> None:
    many = Classes([f"class number {number}" for number in range(10_000)])
    many.nearest("first one prepares")
    started = time.process_time()
    assert many.nearest(f"klass number {CLASSES_ON_LOOP - 1}") == f"class number {CLASSES_ON_LOOP - 1}"
    assert many.nearest("CLASS NUMBER 9999.") == "class number 9999"
    assert time.process_time() - started < 0.1


def test_numbers_compare_as_numbers_where_classes_are_numbers() -> None:
    numbers = Classes(["0", "1"], numeric=True)
    assert [numbers.class_of(text) for text in ("1", "1.0", "1e0", "+1", "2", "1,0", "nan")] == [
        *("1", "1", "1", "1"),
        *(None, None, None),
    ]
