"""What each request of a test is worth, as SQL: its scores, whether it is a unit, and whose answer shows its truth."""

from __future__ import annotations

from collections.abc import Iterable

from domain.ab_tests.losses import bounded_metric, has_gains, kind_of
from domain.ab_tests.observation import LARGEST, SMALLEST
from domain.ab_tests.plan import Mode, Plan
from domain.statistics.rules import Metric, SeenOnlyFor
from domain.words import Arm, Kind, OutcomeSeen
from orm.connection.statement import Statement

# `a` and `b` are the champion's and the challenger's scores of a request, NULL where it does not count. All figures
# are sums of a, b, a², b² and ab, so that a verdict is a function of a few numbers, whatever the number of requests.
SCORED = {
    Metric.ACCURACY: "CASE WHEN {arm}_correct IS TRUE THEN 1 WHEN {arm}_correct IS FALSE THEN 0 END",
    Metric.MAE: "({size})",
    Metric.RMSE: "(({size}) * ({size}))",
    Metric.COST: "{arm}_loss",
    Metric.BRIER: "{arm}_loss",
}
# PostgreSQL raises an error where a product leaves the range of a double; one such row must not hide all others.
SIZE = (
    f"CASE WHEN abs({{arm}}_residual) > {LARGEST} THEN {LARGEST} "
    f"WHEN abs({{arm}}_residual) < {SMALLEST} THEN 0.0 ELSE abs({{arm}}_residual) END"
)

CONTRADICTED, CHAMPION, CHALLENGER, EITHER = range(4)
"""Whose answer shows the truth of a unit: one arm's alone, or either's; or it came although none was to show it."""


def scored_rows(statement: Statement, ab_test_id: int, plan: Plan, scored_before: int | None) -> str:
    """The observations of a test with their scores that count, and what is known of their subjects, as CTEs.

    `draws` has a line for each draw of a subject, `chosen` one for each subject. `scored` has `a` and `b`, the scores
    of both arms, and where a verdict or a guardrail counts others, `x` and `y`, `u` and `v`. `counted` adds whose
    answer shows a unit's truth.
    """
    column = "label" if kind_of(plan.rules.metric) is Kind.CLASSIFIER else "value"
    # In split mode one arm has not run: nothing can disagree, and nothing has to be looked at.
    differ = (
        "complete IS TRUE AND (champion_failed <> challenger_failed "
        f"OR champion_{column} <> challenger_{column})"
    )
    paired = plan.mode is Mode.PAIRED
    by_disagreement = paired and plan.rules.metric is Metric.ACCURACY
    disagreed = f"min(CASE WHEN {differ} THEN request_id END)" if by_disagreement else "min(request_id)"
    draws = (
        f"SELECT epoch_id, drawn_arm, subject, min(request_id) AS first, {disagreed} AS disagreed, "
        "min(served_arm) AS least, max(served_arm) AS most, count(*) AS requests FROM ab_test_observation "
        f"WHERE ab_test_id = {statement.bind(ab_test_id)} AND subject IS NOT NULL "
        "GROUP BY subject, epoch_id, drawn_arm"
    )
    chosen = (
        "SELECT subject, min(first) AS first, coalesce(min(disagreed), min(first)) AS unit, "
        "CASE WHEN min(least) <> max(most) THEN 1 ELSE 0 END AS met_both, "
        "CASE WHEN sum(requests) > 1 THEN 1 ELSE 0 END AS repeated FROM draws GROUP BY subject"
    )
    order = ' COLLATE "C"' if statement.postgres and column == "label" else ""
    scores = ", ".join(_score_columns(statement, plan, scored_before))
    seen = _seen(statement, plan)
    scored = (
        "SELECT o.request_id, o.epoch_id, o.drawn_arm, o.served_arm, o.subject, o.complete, o.champion_failed, "
        "o.challenger_failed, o.champion_latency, o.challenger_latency, "
        f"CASE WHEN {differ if paired else '1 = 0'} THEN 1 ELSE 0 END AS disagrees, "
        "CASE WHEN champion_failed IS FALSE AND challenger_failed IS FALSE THEN "
        f"CASE WHEN challenger_{column} > champion_{column}{order} THEN 1 "
        f"WHEN challenger_{column} < champion_{column}{order} THEN 0 END END AS higher, "
        "CASE WHEN o.subject IS NULL OR o.request_id = c.first THEN 1 ELSE 0 END AS first, "
        "CASE WHEN o.subject IS NULL OR o.request_id = c.unit THEN 1 ELSE 0 END AS unit, "
        f"{scores}{seen} FROM ab_test_observation o LEFT JOIN chosen c ON c.subject = o.subject "
        f"WHERE o.ab_test_id = {statement.bind(ab_test_id)}"
    )
    counted = f"SELECT scored.*, {_shown(plan)} AS shown FROM scored"
    # SQLite would work out each score anew for each sum that it is part of; PostgreSQL has them in the row at hand.
    once = "" if statement.postgres else "MATERIALIZED "
    return (
        f"draws AS MATERIALIZED ({draws}), chosen AS MATERIALIZED ({chosen}), "
        f"scored AS {once}({scored}), counted AS ({counted})"
    )


def _score_columns(statement: Statement, plan: Plan, scored_before: int | None) -> Iterable[str]:
    """The pairs of scores of this test, each with the condition under which it counts."""
    for names, expression in _pairs(plan).items():
        champion, challenger = (
            expression.format(arm=arm, size=SIZE.format(arm=arm)) for arm in (Arm.CHAMPION, Arm.CHALLENGER)
        )
        for name, value in zip(names, (champion, challenger), strict=True):
            # In a paired test a request counts for both arms or for neither: a difference of pairs needs both.
            paired = plan.mode is Mode.PAIRED
            counts = [f"({champion}) IS NOT NULL AND ({challenger}) IS NOT NULL"] if paired else []
            if scored_before is not None:
                counts.append(f"o.request_id < {statement.bind(scored_before)}")
            yield (
                f"CASE WHEN {' AND '.join(counts)} THEN {value} END AS {name}"
                if counts
                else f"{value} AS {name}"
            )


def _pairs(plan: Plan) -> dict[tuple[str, str], str]:
    """Which scores are read, by the names of both arms' columns."""
    rules, guard = plan.rules, plan.rules.guardrail_metric
    pairs = {("a", "b"): SCORED[rules.metric]}
    if unit_names(plan) == ("x", "y"):
        pairs["x", "y"] = SCORED[Metric.COST]
    if guard is not None:
        pairs["u", "v"] = SCORED[guard.metric]
    return pairs


def unit_names(plan: Plan) -> tuple[str, str]:
    """The scores that a verdict counts: those of a bounded error are the stored losses, not the residuals."""
    bounded = bounded_metric(plan.rules) is plan.rules.metric
    return ("x", "y") if bounded and kind_of(plan.rules.metric) is Kind.REGRESSOR else ("a", "b")


def _seen(statement: Statement, plan: Plan) -> str:
    """Whether each arm's answer shows the truth, where that is asked."""
    seen = plan.rules.only_for
    if seen is None or plan.rules.outcome_seen is not OutcomeSeen.ONLY_FOR:
        return ""
    return "".join(
        f", CASE WHEN {arm}_failed IS FALSE AND {_shows(statement, seen, arm)} THEN 1 ELSE 0 END AS {arm}_shows"
        for arm in (Arm.CHAMPION, Arm.CHALLENGER)
    )


def _shows(statement: Statement, seen: SeenOnlyFor, arm: Arm) -> str:
    if seen.labels:
        return statement.among(f"{arm}_label", seen.labels)
    bounds = ((">=", seen.least), ("<=", seen.most))
    return " AND ".join(
        f"{arm}_value {sign} {statement.bind(float(bound))}" for sign, bound in bounds if bound is not None
    )


def _shown(plan: Plan) -> str:
    """Whose answer shows the truth of a unit that has one, as `domain.ab_tests.disagreement.shown_by`."""
    if plan.mode is Mode.SPLIT:
        return "CAST(NULL AS INTEGER)"
    a, b = unit_names(plan)
    none = f"unit = 0 OR {a} IS NULL OR {b} IS NULL"
    if plan.rules.outcome_seen is not OutcomeSeen.ONLY_FOR or plan.rules.only_for is None:
        return f"CASE WHEN {none} THEN NULL ELSE {EITHER} END"
    return (
        f"CASE WHEN {none} THEN NULL "
        "WHEN (CASE WHEN served_arm = 'champion' THEN champion_shows ELSE challenger_shows END) = 0 "
        f"THEN {CONTRADICTED} WHEN champion_shows = 0 THEN {CHALLENGER} "
        f"WHEN challenger_shows = 1 OR challenger_failed IS TRUE THEN {EITHER} ELSE {CHAMPION} END"
    )


def gains(plan: Plan) -> list[tuple[int, str]]:
    """By how much the challenger's answer was worth more: right answers are better when more, losses when less."""
    a, b = unit_names(plan)
    gain = f"{b} - {a}" if plan.rules.metric is Metric.ACCURACY else f"{a} - {b}"
    return [(shown, gain) for shown in _shown_values(plan)] if has_gains(plan) else []


def guarded_gains(plan: Plan) -> list[tuple[int, str]]:
    """The same by the guardrail's metric; none without one, and none in split mode."""
    guard = plan.rules.guardrail_metric
    if guard is None or plan.mode is Mode.SPLIT:
        return []
    gain = "v - u" if guard.metric is Metric.ACCURACY else "u - v"
    return [(shown, gain) for shown in _shown_values(plan)]


def _shown_values(plan: Plan) -> tuple[int, ...]:
    only = plan.rules.outcome_seen is OutcomeSeen.ONLY_FOR and plan.rules.only_for is not None
    return (CHAMPION, CHALLENGER, EITHER) if only else (EITHER,)
