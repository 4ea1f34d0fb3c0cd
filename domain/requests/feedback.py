"""Ground truth: how it is read, and when an answer is right."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from domain.errors import Failure, InvalidFeedback
from domain.requests.external_ids import ExternalName
from domain.requests.request import Request
from domain.words import FeedbackForm, JSONValue, Kind

MAX_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class FeedbackCommand:
    """The ground truth for one request; None clears it. The request is named by its id, or as `called`."""

    request_id: int | None
    feedback: JSONValue
    form: FeedbackForm = FeedbackForm.VALUE
    called: ExternalName | None = None


@dataclass(frozen=True, slots=True)
class FeedbackResult:
    """What became of one feedback of a batch: the request, or the reason why nothing was stored.

    `skipped` when the feedback was a cell without a value: the request is as it was.
    """

    request: Request | None
    failure: Failure | None = None
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class FeedbackUpdate:
    """The feedback columns of one request as they shall be; all None but the id clears them.

    `correct` is for a classifier's request, `residual` (value minus ground truth) for a regressor's.
    """

    request_id: int
    feedback: str | None
    feedback_at: datetime | None
    correct: bool | None
    residual: float | None


@dataclass(frozen=True, slots=True)
class FeedbackEvent:
    """One change of a request's ground truth: what it became (None where it was cleared), by whom and when."""

    request_id: int
    feedback: str | None
    created_by: str
    created_at: datetime


def normalised(feedback: JSONValue, kind: Kind) -> str | None:
    """The feedback as it is stored: trimmed NFC text, or None when it clears what was stored.

    Raises InvalidFeedback when it is neither text nor a number, is longer than 10,000 characters, or is not a
    finite number although the algorithm is a regressor.

    >>> normalised(" <=50K ", Kind.CLASSIFIER)
    '<=50K'
    >>> normalised("", Kind.REGRESSOR) is None
    True
    """
    if feedback is None:
        return None
    if isinstance(feedback, bool) or not isinstance(feedback, str | int | float):
        raise InvalidFeedback("feedback must be text or a number.", path=("feedback",))
    if isinstance(feedback, float) and not math.isfinite(feedback):
        raise InvalidFeedback("feedback must be text or a finite number.", path=("feedback",))
    text = normal_text(_text_of(feedback))
    if len(text) > MAX_LENGTH:
        raise InvalidFeedback(f"feedback must have no more than {MAX_LENGTH} characters.", path=("feedback",))
    if "\x00" in text:
        raise InvalidFeedback("feedback must not contain null characters.", path=("feedback",))
    if text and kind is Kind.REGRESSOR and number_of(text) is None:
        raise InvalidFeedback(
            f"feedback for a regressor must be a finite number, such as 25000 or 0.5, not {text[:60]!r}.",
            path=("feedback",),
        )
    return text or None


def normal_text(text: str) -> str:
    """A text as ground truth spells it: in NFC, without spaces around it.

    >>> normal_text(" yes ")
    'yes'
    """
    return unicodedata.normalize("NFC", text).strip()


def number_of(text: str) -> float | None:
    """The finite number that a text spells in plain decimal or scientific notation, or None.

    >>> number_of("1e3"), number_of("1_000"), number_of("nan"), number_of("١٢")
    (1000.0, None, None, None)
    """
    if "_" in text or not text.isascii():
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_correct(label: str, feedback: str, *, numeric: bool = False) -> bool:
    """Whether a classifier's label is the ground truth: the same text, or the same number for numeric classes.

    >>> is_correct("1", "1.0"), is_correct("1", "1.0", numeric=True)
    (False, True)
    """
    if numeric:
        answer, truth = number_of(label), number_of(feedback)
        if answer is not None and truth is not None:
            return answer == truth
    return normal_text(label) == feedback


def residual(value: float, feedback: str) -> float:
    """A regressor's value minus the ground truth, in the target's unit.

    >>> residual(26_000.0, "25000")
    1000.0
    """
    return value - float(feedback)


def _text_of(feedback: str | float) -> str:
    if isinstance(feedback, float) and feedback.is_integer():
        return str(int(feedback))  # JSON knows one kind of number: 1.0 and 1 name the same class.
    return str(feedback)
