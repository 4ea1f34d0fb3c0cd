"""Which ground truth a feedback gives: read as its edge sends it, and held against the declared classes."""

from __future__ import annotations

import unicodedata

from domain.catalog.classes import Classes
from domain.input.cells import GUARD, unescape_formula
from domain.requests.feedback import FeedbackCommand, normalised
from domain.words import FeedbackForm, Kind

NO_VALUE = frozenset({"", "nan", "<na>", "nat"})
"""How programs write a cell that has no value, in lower case."""

MAYBE_NO_VALUE = frozenset({"na", "n/a", "none", "null"})
"""The same, where it cannot be the truth: these are words, and somebody may call a class so."""


FLAGS = ("false", "true")
"""How classes that are truth values are called, each at the place of its own value."""


def ground_truth_of(command: FeedbackCommand, kind: Kind, classes: Classes | None) -> str | None:
    """The ground truth as it is stored, or None when it clears what was stored.

    classes: those that the request's endpoint declares; None where it declares none. Raises InvalidFeedback for
    what cannot be the truth, and, unless the form is LEGACY, for what is no declared class: it names the nearest.
    """
    given = command.feedback
    if command.form is FeedbackForm.CELL and isinstance(given, str):
        given = _flag_of(_without_guard(given, classes), classes)
    elif isinstance(given, bool) and classes is not None:
        given = classes.class_of(FLAGS[given]) or given
    text = normalised(given, kind)
    strict = command.form is not FeedbackForm.LEGACY
    if strict and text is not None and classes is not None and classes.class_of(text) is None:
        raise classes.refusal(text)
    return text


def is_empty_cell(command: FeedbackCommand, kind: Kind, classes: Classes | None) -> bool:
    """Whether the feedback is a cell without a value, which neither gives a truth nor takes one back."""
    return (
        command.form is FeedbackForm.CELL
        and isinstance(command.feedback, str)
        and is_missing(command.feedback, kind, classes)
    )


def is_missing(text: str, kind: Kind, classes: Classes | None) -> bool:
    """Whether a text means that there is no value, as in tables and forms; a class that is called so wins.

    >>> is_missing("NaN", Kind.CLASSIFIER, None), is_missing("nan", Kind.CLASSIFIER, Classes(["nan", "inf"]))
    (True, False)
    """
    bare = unicodedata.normalize("NFC", text).strip()
    if bare and classes is not None and classes.class_of(bare) is not None:
        return False
    word = bare.casefold()
    return word in NO_VALUE or (word in MAYBE_NO_VALUE and (classes is not None or kind is Kind.REGRESSOR))


def scorable_feedback(feedback: str | None, classes: Classes | None) -> str | None:
    """The stored feedback as far as answers are scored against it: None where it is no declared class.

    >>> classes = Classes(["no", "yes"])
    >>> scorable_feedback("rich", classes), scorable_feedback("yes", classes), scorable_feedback("25", None)
    (None, 'yes', '25')
    """
    if feedback is None or classes is None or classes.class_of(feedback) is not None:
        return feedback
    return None


def _flag_of(cell: str, classes: Classes | None) -> str:
    """The text of a cell, in which tables write a truth value as True or TRUE: the class true, where it is one."""
    text = cell.strip()
    flag = text.lower()
    if classes is None or flag not in FLAGS or classes.class_of(text) is not None:
        return cell
    return classes.class_of(flag) or cell


def _without_guard(cell: str, classes: Classes | None) -> str:
    """The text of a cell without the ' that exports put before what looks like a formula."""
    if classes is None:
        return unescape_formula(cell)
    text = unicodedata.normalize("NFC", cell).strip()
    # A declared class is exported as it is; older exports guarded it too.
    if classes.class_of(text) is None and classes.class_of(text.removeprefix(GUARD)) is not None:
        return text.removeprefix(GUARD)
    return cell
