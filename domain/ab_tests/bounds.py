"""Within which bounds the numbers of a new test must lie: outside them it could never find anything.

They hold when a test begins or its weights change. What was stored before them is read and decided as it is.
"""

from __future__ import annotations

from datetime import timedelta

from domain.statistics.rules import FieldRule, Metric, VerdictRules, check_fields, field_error

LEAST_ALPHA, MOST_ALPHA = 1e-9, 0.5
"""Below, a verdict would need evidence that a test of a billion never meets; above, the promise is worth nothing."""
LEAST_EFFECT, MOST_MARGIN = 1e-6, 0.5
"""Smaller differences take more ground truths than can be counted; half of all answers is no equality."""
LEAST_WEIGHT, MOST_WEIGHT = 0.001, 0.999
"""An arm with less than one request in a thousand shows nothing, and its checks need requests of both arms."""
MOST_FEEDBACK = 2**31 - 1
"""The largest whole number that clients hold."""
LONGEST = timedelta(days=36_500)
SHORTEST = timedelta(seconds=1)


def check_numbers(
    *,
    alpha: float,
    minimum_effect: float | None,
    minimum_feedback: int | None,
    maximum_feedback: int | None,
    equivalence_margin: float | None,
    challenger_weight: float,
) -> None:
    """Raises InvalidABTest, naming the field and its bounds, for all numbers outside their bounds together."""
    counted = f"must lie between 1 and {MOST_FEEDBACK:,}, or be left out"
    check_fields(
        _share("alpha", alpha, LEAST_ALPHA, MOST_ALPHA),
        (
            minimum_effect is None or LEAST_EFFECT <= minimum_effect < 1.0,
            "minimumEffect",
            f"must be at least {LEAST_EFFECT:f} and below 1, not {_given(minimum_effect)}; left out, "
            "the test says what it takes to find 0.01",
        ),
        _share("equivalenceMargin", equivalence_margin, LEAST_EFFECT, MOST_MARGIN),
        (minimum_feedback is None or 1 <= minimum_feedback <= MOST_FEEDBACK, "minFeedback", counted),
        (maximum_feedback is None or 1 <= maximum_feedback <= MOST_FEEDBACK, "maxFeedback", counted),
        _weight(challenger_weight),
    )


def check_weight(challenger_weight: float) -> None:
    """Raises InvalidABTest unless the weight leaves both arms some requests."""
    check_fields(_weight(challenger_weight))


def _weight(challenger_weight: float) -> FieldRule:
    return _share("challengerWeight", challenger_weight, LEAST_WEIGHT, MOST_WEIGHT)


def check_together(rules: VerdictRules, feedback_delay: timedelta, *, paired: bool) -> None:
    """Raises InvalidABTest where a maximum would end every such test before its first verdict."""
    # Each arm needs the least; of a split test's requests it gets only its own.
    least = rules.least if paired else 2 * rules.least
    # Among them must be those that tell two classifiers apart, whatever minFeedback says.
    needed = max(least, rules.minimum_informative) if rules.metric is Metric.ACCURACY else least
    if rules.maximum_feedback is not None and rules.maximum_feedback < needed:
        cure = "raise it, or lower minFeedback" if needed == least else "raise it"
        raise field_error(
            "maxFeedback",
            f"{rules.maximum_feedback:,} is reached before any verdict, which needs {needed:,} requests with "
            f"feedback: {cure}",
        )
    if (
        rules.minimum_duration is not None
        and rules.maximum_duration is not None
        and rules.minimum_duration >= rules.maximum_duration
    ):
        raise field_error("minDuration", "must be shorter than maxDuration: no verdict could ever be given")
    if rules.maximum_duration is not None and feedback_delay >= rules.maximum_duration:
        raise field_error(
            "feedbackDelay", "must be shorter than maxDuration: no request would be old enough to count"
        )


def seconds(value: float, name: str, *, least: timedelta = timedelta(0)) -> timedelta:
    """So many seconds as a duration. Raises InvalidABTest below `least`, above a hundred years and for no number."""
    if not least.total_seconds() <= value <= LONGEST.total_seconds():
        raise field_error(
            name,
            f"is in seconds and must lie between {least.total_seconds():.0f} and {LONGEST.total_seconds():.0f}, "
            f"a hundred years, not be {value:g}",
        )
    return timedelta(seconds=value)


def _share(name: str, value: float | None, least: float, most: float) -> FieldRule:
    """A share lies within its bounds, or is left out."""
    rule = (
        f"must lie strictly between 0 and 1, from {_plain(least)} to {_plain(most)}, not be {_given(value)}"
    )
    return value is None or least <= value <= most, name, rule


def _given(value: float | None) -> str:
    """A number that came, in a message that only a wrong one is shown in."""
    return "left out" if value is None else f"{value:g}"


def _plain(value: float) -> str:
    """Without an exponent, as people write it."""
    return f"{value:.9f}".rstrip("0")
