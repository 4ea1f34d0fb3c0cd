"""All figures of a test come from one aggregate statement; how late its truths came is a second one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from domain.ab_tests.losses import bounded_metric, has_gains, kind_of, sums_cubes
from domain.ab_tests.observation import LARGEST, SMALLEST
from domain.ab_tests.plan import Mode, Plan
from domain.ab_tests.results.cautions import UnscoredCounts
from domain.ab_tests.results.slices import MOST_SLICES, FeatureValue
from domain.ab_tests.sums import EpochSums, TestSums
from domain.ab_tests.tally import BLOCK_SHIFT, LATEST, LEAST_OF_BLOCK, MICROSECONDS, STEPS
from domain.requests import request_ids
from domain.statistics.figures import LatencyPercentiles
from domain.statistics.moments import Moments
from domain.statistics.rules import Metric, SeenOnlyFor
from domain.statistics.units import GRID, GainSums, LatencyBlocks, SeenGains, TruthDelays, UnitSums
from domain.words import Arm, Kind, OutcomeSeen
from orm.connection.client import INT32, Client, Reader, Row
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

# What a figure can depend on, cheaply: where none of these has changed, the last result still holds, and nothing has
# to be computed. Counts alone would not do, since a truth may change from right to wrong and leave them as they are.
MARKS = (
    "count({arm}_failed)",
    "count({arm}_correct)",
    "sum(CASE WHEN {arm}_correct IS TRUE THEN 1 ELSE 0 END)",
    "count({arm}_residual)",
    "sum({size})",
    "sum({arm}_loss)",
)

# A subject that sticks to its arm was drawn once, however many requests it has: those are in `draws`, and here are the
# requests without a subject, each of which is a draw. Where served_arm is another one, the drawn arm could not answer.
SUMS = """
    count(*) AS requests,
    sum(CASE WHEN complete IS TRUE THEN 1 ELSE 0 END) AS complete,
    count(CASE WHEN drawn_arm = 'champion' AND subject IS NULL THEN 1 END) AS drawn_champion,
    count(CASE WHEN drawn_arm = 'challenger' AND subject IS NULL THEN 1 END) AS drawn_challenger,
    sum(CASE WHEN served_arm = 'champion' THEN 1 ELSE 0 END) AS served_champion,
    sum(CASE WHEN served_arm = 'challenger' THEN 1 ELSE 0 END) AS served_challenger,
    sum(CASE WHEN champion_failed IS TRUE THEN 1 ELSE 0 END) AS failed_champion,
    sum(CASE WHEN challenger_failed IS TRUE THEN 1 ELSE 0 END) AS failed_challenger,
    sum(CASE WHEN complete IS TRUE AND champion_failed IS TRUE AND challenger_failed IS NOT TRUE
        THEN 1 ELSE 0 END) AS champion_failed_alone,
    sum(CASE WHEN complete IS TRUE AND challenger_failed IS TRUE AND champion_failed IS NOT TRUE
        THEN 1 ELSE 0 END) AS challenger_failed_alone,
    sum(disagrees) AS disagreeing,
    count(a) AS champion_n, coalesce(sum(a), 0.0) AS champion_total, coalesce(sum(a * a), 0.0) AS champion_squares,
    count(b) AS challenger_n, coalesce(sum(b), 0.0) AS challenger_total,
    coalesce(sum(b * b), 0.0) AS challenger_squares, coalesce(sum(a * b), 0.0) AS product
"""

# Of what a verdict counts: `unit` is 1 for a subject's unit, `first` for its first request, and `shown` says whose
# answer shows the truth of a unit that has one (NULL: it has none that counts).
CONTRADICTED, CHAMPION, CHALLENGER, EITHER = range(4)
UNITS = f"""
    count(CASE WHEN unit = 1 AND complete IS TRUE THEN 1 END) AS unit_complete,
    sum(unit * disagrees) AS unit_disagreements,
    count(CASE WHEN shown > {CONTRADICTED} AND disagrees = 1 THEN 1 END) AS unit_labelled,
    count(CASE WHEN shown = {CONTRADICTED} THEN 1 END) AS unit_contradicted,
    count(CASE WHEN shown = {EITHER} AND higher = 1 AND drawn_arm = 'champion' THEN 1 END) AS higher_champion,
    count(CASE WHEN shown = {EITHER} AND higher = 1 AND drawn_arm = 'challenger' THEN 1 END) AS higher_challenger,
    count(CASE WHEN shown = {EITHER} AND higher = 0 AND drawn_arm = 'champion' THEN 1 END) AS lower_champion,
    count(CASE WHEN shown = {EITHER} AND higher = 0 AND drawn_arm = 'challenger' THEN 1 END) AS lower_challenger
"""
GAINS = """
    count(CASE WHEN shown = {shown} THEN {gain} END) AS {name}_n,
    coalesce(sum(CASE WHEN shown = {shown} THEN {gain} END), 0) AS {name}_total,
    coalesce(sum(CASE WHEN shown = {shown} THEN ({gain}) * ({gain}) END), 0) AS {name}_squares
"""
CUBES = f"""
    coalesce(sum(CASE WHEN shown = {{shown}} AND {{gain}} > 0
        THEN ({{gain}}) * ({{gain}}) / {GRID} * ({{gain}}) END), 0) AS {{name}}_risen,
    coalesce(sum(CASE WHEN shown = {{shown}} AND {{gain}} < 0
        THEN ({{gain}}) * ({{gain}}) / {GRID} * abs({{gain}}) END), 0) AS {{name}}_fallen
"""
FIRSTS = """
    count(CASE WHEN first = 1 THEN {a} END) AS {name}_champion_n,
    coalesce(sum(CASE WHEN first = 1 THEN {a} END), 0) AS {name}_champion_total,
    coalesce(sum(CASE WHEN first = 1 THEN {a} * {a} END), 0) AS {name}_champion_squares,
    count(CASE WHEN first = 1 THEN {b} END) AS {name}_challenger_n,
    coalesce(sum(CASE WHEN first = 1 THEN {b} END), 0) AS {name}_challenger_total,
    coalesce(sum(CASE WHEN first = 1 THEN {b} * {b} END), 0) AS {name}_challenger_squares,
    coalesce(sum(CASE WHEN first = 1 THEN {a} * {b} END), 0) AS {name}_product
"""

# How many subjects were drawn for each arm in an epoch of `t`.
DRAWN = ", ".join(
    f"(SELECT count(*) FROM draws d WHERE d.epoch_id = t.epoch_id AND d.drawn_arm = '{arm}') AS subjects_{arm}"
    for arm in Arm
)

WHOLE = """
    count(*) AS whole_requests,
    count(CASE WHEN drawn_arm = 'champion' AND subject IS NULL THEN 1 END) AS whole_champion,
    count(CASE WHEN drawn_arm = 'challenger' AND subject IS NULL THEN 1 END) AS whole_challenger,
    count(CASE WHEN complete IS TRUE THEN 1 END) AS whole_complete,
    sum(disagrees) AS whole_disagreeing, count(CASE WHEN unit = 1 AND complete IS TRUE THEN 1 END) AS whole_units,
    sum(unit * disagrees) AS whole_disagreements
"""

UNSCORED = """
    SELECT count(*) AS requests,
        sum(CASE WHEN champion_correct IS NOT NULL OR challenger_correct IS NOT NULL THEN 1 ELSE 0 END) AS counted
    FROM ml_request r JOIN ab_test_observation o ON o.request_id = r.id
    WHERE r.ab_test_id = {test} AND r.feedback_at IS NOT NULL AND r.correct IS NULL
        AND (r.label IS NOT NULL OR r.fault = 'algorithm')
"""


async def sums_of(
    client: Client, ab_test_id: int, plan: Plan, *, scored_before: int | None = None
) -> TestSums:
    """The counts and sums of a test that is run by this plan, in one statement; its delays are not among them.

    scored_before: only requests below this id are scored (None: all); the other counts are of all requests.
    """
    return _test_sums(await _sums(client, ab_test_id, plan, scored_before, with_unscored=False), plan)


async def sums_and_unscored(
    client: Client, ab_test_id: int, plan: Plan, *, scored_before: int | None = None
) -> tuple[TestSums, UnscoredCounts]:
    """The same, and how many requests have a ground truth that is no class, in the same statement."""
    # A regressor's truth is a number, whatever it is.
    with_unscored = kind_of(plan.rules.metric) is Kind.CLASSIFIER
    rows = await _sums(client, ab_test_id, plan, scored_before, with_unscored=with_unscored)
    if not rows or not with_unscored:
        return _test_sums(rows, plan), UnscoredCounts()
    return _test_sums(rows, plan), UnscoredCounts(rows[0]["unscored"], int(rows[0]["unscored_counted"] or 0))


async def truth_delays(client: Client, ab_test_id: int, plan: Plan) -> tuple[TruthDelays, ...]:
    """How long after their requests the truths of each class came that score, by class; none of a regressor's."""
    if kind_of(plan.rules.metric) is Kind.REGRESSOR:
        return ()
    statement = Statement(client)
    requested = f"({int(request_ids.EPOCH.timestamp())} + (r.id >> {request_ids.MILLISECOND_BITS}) / 1000)"
    # Whole seconds, as `domain.ab_tests.tally.delay_of`: SQLite would round a fraction up to the next one.
    came = (
        "CAST(floor(extract(epoch FROM r.feedback_at)) AS BIGINT)"
        if statement.postgres
        else "CAST(strftime('%s', substr(r.feedback_at, 1, 19)) AS INTEGER)"
    )
    steps = " ".join(f"WHEN seconds < {1 << step} THEN {step}" for step in range(STEPS - 1))
    came_by_class = (
        f"SELECT r.feedback AS truth, {came} - {requested} AS seconds FROM ab_test_observation o "
        f"JOIN ml_request r ON r.id = o.request_id WHERE o.ab_test_id = {statement.bind(ab_test_id)} "
        "AND (o.champion_correct IS NOT NULL OR o.challenger_correct IS NOT NULL) AND r.feedback IS NOT NULL"
    )
    # Materialized: SQLite would work out the seconds anew for each step.
    rows = await statement.rows(
        f"WITH came AS MATERIALIZED ({came_by_class}) SELECT truth, CASE {steps} ELSE {STEPS - 1} END AS step, "
        f"count(*) AS n, count(CASE WHEN seconds > {_number(statement, plan)} THEN 1 END) AS later "
        "FROM came GROUP BY truth, step"
    )
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * STEPS)
    later: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row["truth"]][row["step"]] += row["n"]
        later[row["truth"]] += row["later"]
    return tuple(TruthDelays(truth, tuple(counts[truth]), later[truth]) for truth in sorted(counts))


async def marks_of(client: Client, ab_test_ids: Iterable[int]) -> dict[int, tuple[object, ...]]:
    """What changes whenever figures of these tests do, by test, in one statement: counts and sums of all that counts.

    A test without requests is absent.
    """
    statement = Statement(client)
    tests = statement.among("ab_test_id", ab_test_ids, largest=INT32)
    marks = [mark.format(arm=arm, size=SIZE.format(arm=arm)) for arm in Arm for mark in MARKS]
    names = [f"mark{n}" for n in range(len(marks))]
    columns = ", ".join(f"{mark} AS {name}" for mark, name in zip(marks, names, strict=True))
    rows = await statement.rows(
        "SELECT ab_test_id, count(*) AS requests, sum(CASE WHEN complete IS TRUE THEN 1 ELSE 0 END) AS complete, "
        f"{columns} FROM ab_test_observation WHERE {tests} GROUP BY ab_test_id"
    )
    return {row["ab_test_id"]: (row["requests"], row["complete"], *[row[n] for n in names]) for row in rows}


async def sums_by_feedback(
    reader: Reader, ab_test_id: int, plan: Plan, points: int, *, scored_before: int | None = None
) -> list[TestSums]:
    """The sums of a test after each of up to `points` equal shares of its feedback that counts, as it came."""
    statement = Statement(reader)
    scored = _scored(statement, ab_test_id, plan, scored_before)
    rows = await statement.rows(
        f"WITH {scored}, placed AS (SELECT s.*, ntile({statement.bind(points)}) OVER "
        "(ORDER BY r.feedback_at, r.id) AS part FROM counted s JOIN ml_request r ON r.id = s.request_id "
        f"WHERE a IS NOT NULL OR b IS NOT NULL), totals AS (SELECT part, epoch_id, {_aggregates(plan)} FROM placed "
        f"GROUP BY part, epoch_id), whole AS (SELECT epoch_id, {WHOLE} FROM counted GROUP BY epoch_id) "
        f"SELECT t.*, w.*, e.challenger_weight, {DRAWN} FROM totals t JOIN whole w ON w.epoch_id = t.epoch_id "
        "JOIN ab_test_epoch e ON e.id = t.epoch_id ORDER BY t.part, t.epoch_id"
    )
    # The database gives what each part adds; the sums after a part are those before it and what it adds. How often
    # the arms disagree needs no feedback, and so is known of all requests.
    epochs: dict[int, EpochSums] = {}
    found: dict[int, TestSums] = {}
    for row in rows:
        added = _epoch(row, plan)
        before = epochs.get(row["epoch_id"])
        epochs[row["epoch_id"]] = _with_whole(added if before is None else before + added, row)
        found[row["part"]] = TestSums(tuple(epochs.values()))
    return list(found.values())


async def sums_by_value(
    reader: Reader, ab_test_id: int, plan: Plan, feature: str, *, scored_before: int | None = None
) -> list[tuple[FeatureValue, TestSums]]:
    """The sums of a test's requests by their value of an indexed feature, those of most requests first.

    At most `MOST_SLICES` values; None is that of the requests without one. A subject's unit is that of the whole test,
    and subjects count for no draws here: the lot is checked for the whole test.
    """
    statement = Statement(reader)
    scored = _scored(statement, ab_test_id, plan, scored_before)
    rows = await statement.rows(
        f"WITH {scored}, sliced AS (SELECT s.*, f.text, f.number FROM counted s LEFT JOIN request_feature f "
        f"ON f.request_id = s.request_id AND f.feature = {statement.bind(feature)}), "
        f"ranked AS (SELECT text, number, row_number() OVER (ORDER BY count(*) DESC, text, number) AS place "
        f"FROM sliced GROUP BY text, number), totals AS (SELECT text, number, epoch_id, {_aggregates(plan)} "
        "FROM sliced GROUP BY text, number, epoch_id) "
        "SELECT t.*, e.challenger_weight, 0 AS subjects_champion, 0 AS subjects_challenger FROM totals t JOIN ranked r "
        "ON r.text IS NOT DISTINCT FROM t.text AND r.number IS NOT DISTINCT FROM t.number "
        f"JOIN ab_test_epoch e ON e.id = t.epoch_id WHERE r.place <= {statement.bind(MOST_SLICES)} "
        "ORDER BY r.place, t.epoch_id"
    )
    found: dict[FeatureValue, list[EpochSums]] = {}
    for row in rows:
        value = row["text"] if row["number"] is None else float(row["number"])
        found.setdefault(value, []).append(_epoch(row, plan))
    return [(value, TestSums(tuple(epochs))) for value, epochs in found.items()]


async def _sums(
    client: Client, ab_test_id: int, plan: Plan, scored_before: int | None, *, with_unscored: bool
) -> list[Row]:
    statement = Statement(client)
    # Statement.bind numbers the parameters in the order of the text, so the parts are made in that order.
    scored = _scored(statement, ab_test_id, plan, scored_before)
    recent = (
        f"SELECT champion_latency, challenger_latency FROM {_answered(statement, ab_test_id)} "
        f"ORDER BY request_id DESC LIMIT {statement.bind(LATEST)}"
    )
    more = columns = ""
    if with_unscored:
        more = f"unscored AS ({UNSCORED.format(test=statement.bind(ab_test_id))}), "
        columns = ", (SELECT requests FROM unscored) AS unscored, (SELECT counted FROM unscored) AS unscored_counted"
    if plan.guarded:
        more += f"blocks AS ({_blocks(statement, ab_test_id, plan)}), "
        columns += (
            ", (SELECT count(*) FROM blocks) AS blocks, (SELECT coalesce(sum(slower), 0) FROM blocks) AS slower, "
            "(SELECT coalesce(sum(faster), 0) FROM blocks) AS faster"
        )
    return await statement.rows(
        f"WITH {scored}, recent AS ({recent}), {more}{_ranked('champion')}, {_ranked('challenger')}, "
        f"totals AS (SELECT epoch_id, {_aggregates(plan)} FROM counted GROUP BY epoch_id), "
        "subjects AS (SELECT count(*) AS subjects, coalesce(sum(met_both), 0) AS met_both, "
        "coalesce(sum(repeated), 0) AS repeated FROM chosen) "
        f"SELECT t.*, e.challenger_weight, {DRAWN}, {_p95('champion')}, {_p95('challenger')}, "
        "(SELECT subjects FROM subjects) AS subjects, (SELECT met_both FROM subjects) AS met_both, "
        f"(SELECT repeated FROM subjects) AS repeated{columns} "
        "FROM totals t JOIN ab_test_epoch e ON e.id = t.epoch_id ORDER BY t.epoch_id"
    )


def _scored(statement: Statement, ab_test_id: int, plan: Plan, scored_before: int | None) -> str:
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
    if _unit_names(plan) == ("x", "y"):
        pairs["x", "y"] = SCORED[Metric.COST]
    if guard is not None:
        pairs["u", "v"] = SCORED[guard.metric]
    return pairs


def _unit_names(plan: Plan) -> tuple[str, str]:
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
    a, b = _unit_names(plan)
    none = f"unit = 0 OR {a} IS NULL OR {b} IS NULL"
    if plan.rules.outcome_seen is not OutcomeSeen.ONLY_FOR or plan.rules.only_for is None:
        return f"CASE WHEN {none} THEN NULL ELSE {EITHER} END"
    return (
        f"CASE WHEN {none} THEN NULL "
        "WHEN (CASE WHEN served_arm = 'champion' THEN champion_shows ELSE challenger_shows END) = 0 "
        f"THEN {CONTRADICTED} WHEN champion_shows = 0 THEN {CHALLENGER} "
        f"WHEN challenger_shows = 1 OR challenger_failed IS TRUE THEN {EITHER} ELSE {CHAMPION} END"
    )


def _aggregates(plan: Plan) -> str:
    """All sums of a group of rows of `counted`."""
    parts = [SUMS, UNITS]
    a, b = _unit_names(plan)
    parts.append(FIRSTS.format(name="unit", a=a, b=b))
    for template in (GAINS, CUBES) if sums_cubes(plan) else (GAINS,):
        parts += [
            template.format(name=f"gain{shown}", shown=shown, gain=gain) for shown, gain in _gains(plan)
        ]
    if plan.rules.guardrail_metric is not None:
        parts.append(FIRSTS.format(name="guarded", a="u", b="v"))
        parts += [
            GAINS.format(name=f"guarded{shown}", shown=shown, gain=gain)
            for shown, gain in _guarded_gains(plan)
        ]
    return ", ".join(parts)


def _gains(plan: Plan) -> list[tuple[int, str]]:
    """By how much the challenger's answer was worth more: right answers are better when more, losses when less."""
    a, b = _unit_names(plan)
    gain = f"{b} - {a}" if plan.rules.metric is Metric.ACCURACY else f"{a} - {b}"
    return [(shown, gain) for shown in _shown_values(plan)] if has_gains(plan) else []


def _guarded_gains(plan: Plan) -> list[tuple[int, str]]:
    guard = plan.rules.guardrail_metric
    if guard is None or plan.mode is Mode.SPLIT:
        return []
    gain = "v - u" if guard.metric is Metric.ACCURACY else "u - v"
    return [(shown, gain) for shown in _shown_values(plan)]


def _shown_values(plan: Plan) -> tuple[int, ...]:
    only = plan.rules.outcome_seen is OutcomeSeen.ONLY_FOR and plan.rules.only_for is not None
    return (CHAMPION, CHALLENGER, EITHER) if only else (EITHER,)


def _answered(statement: Statement, ab_test_id: int) -> str:
    """The requests that are not pending, where they cost least: SQLite has just copied them."""
    if statement.postgres:
        return f"ab_test_observation WHERE ab_test_id = {statement.bind(ab_test_id)} AND complete IS TRUE"
    return "scored WHERE complete IS TRUE"


def _blocks(statement: Statement, ab_test_id: int, plan: Plan) -> str:
    """Stretches of time in which both arms answered, and whether one was much slower, as `domain.ab_tests.tally`."""
    whole = "CAST(trunc({0} * {1}) AS BIGINT)" if statement.postgres else "CAST({0} * {1} AS INTEGER)"
    totals = {arm: f"CAST(sum({whole.format(f'{arm}_latency', MICROSECONDS)}) AS BIGINT)" for arm in Arm}
    counts = {arm: f"count({arm}_latency)" for arm in Arm}
    champion = f"{totals[Arm.CHAMPION]} * {counts[Arm.CHALLENGER]}"
    challenger = f"{totals[Arm.CHALLENGER]} * {counts[Arm.CHAMPION]}"
    cast = "::float8" if statement.postgres else ""
    ratios = [f"{statement.bind(plan.rules.guardrails.latency_ratio)}{cast}" for _ in range(2)]
    return (
        f"SELECT CASE WHEN {challenger} > {ratios[0]} * ({champion}) THEN 1 ELSE 0 END AS slower, "
        f"CASE WHEN {champion} > {ratios[1]} * ({challenger}) THEN 1 ELSE 0 END AS faster "
        f"FROM {_answered(statement, ab_test_id)} GROUP BY request_id >> {BLOCK_SHIFT} "
        f"HAVING {counts[Arm.CHAMPION]} >= {LEAST_OF_BLOCK} AND {counts[Arm.CHALLENGER]} >= {LEAST_OF_BLOCK}"
    )


def _ranked(arm: str) -> str:
    return (
        f"{arm}_ranked AS (SELECT {arm}_latency AS latency, row_number() OVER (ORDER BY {arm}_latency) AS place "
        f"FROM recent WHERE {arm}_latency IS NOT NULL)"
    )


def _p95(arm: str) -> str:
    # Nearest rank, as `domain.ab_tests.tally.p95`: percentile_disc is PostgreSQL's alone.
    count = f"(SELECT count(*) FROM {arm}_ranked)"
    return (
        f"{count} AS {arm}_ranks, "
        f"(SELECT min(latency) FROM {arm}_ranked WHERE 20 * place >= 19 * {count}) AS {arm}_p95"
    )


def _number(statement: Statement, plan: Plan) -> str:
    cast = "::float8" if statement.postgres else ""
    return f"{statement.bind(plan.feedback_delay.total_seconds())}{cast}"


def _test_sums(rows: list[Row], plan: Plan) -> TestSums:
    if not rows:
        return TestSums(blocks=LatencyBlocks() if plan.guarded else None)
    first, latency = rows[0], None
    if first["champion_p95"] is not None and first["challenger_p95"] is not None:
        latency = LatencyPercentiles(
            first["champion_p95"], first["challenger_p95"], first["champion_ranks"], first["challenger_ranks"]
        )
    return TestSums(
        tuple(_epoch(row, plan) for row in rows),
        latency,
        first["subjects"],
        int(first["met_both"]),
        int(first["repeated"]),
        blocks=LatencyBlocks(int(first["slower"]), int(first["faster"]), first["blocks"])
        if plan.guarded
        else None,
    )


def _epoch(row: Row, plan: Plan) -> EpochSums:
    return EpochSums(
        weight=row["challenger_weight"],
        requests=row["requests"],
        complete=row["complete"],
        drawn_champion=row["drawn_champion"] + row["subjects_champion"],
        drawn_challenger=row["drawn_challenger"] + row["subjects_challenger"],
        served_champion=row["served_champion"],
        served_challenger=row["served_challenger"],
        failed_champion=row["failed_champion"],
        failed_challenger=row["failed_challenger"],
        champion_failed_alone=row["champion_failed_alone"],
        challenger_failed_alone=row["challenger_failed_alone"],
        champion=_moments(row, "champion"),
        challenger=_moments(row, "challenger"),
        cross=float(row["product"]),
        disagreeing=int(row["disagreeing"]),
        units=_units(row, plan),
    )


def _with_whole(epoch: EpochSums, row: Row) -> EpochSums:
    units = epoch.units and replace(
        epoch.units, complete=row["whole_units"], disagreements=int(row["whole_disagreements"])
    )
    return replace(
        epoch,
        requests=row["whole_requests"],
        drawn_champion=row["whole_champion"] + row["subjects_champion"],
        drawn_challenger=row["whole_challenger"] + row["subjects_challenger"],
        complete=row["whole_complete"],
        disagreeing=int(row["whole_disagreeing"]),
        units=units,
    )


def _units(row: Row, plan: Plan) -> UnitSums:
    units = UnitSums(
        weight=row["challenger_weight"],
        complete=row["unit_complete"],
        disagreements=int(row["unit_disagreements"]),
        labelled=row["unit_labelled"],
        contradicted=row["unit_contradicted"],
        higher_champion=row["higher_champion"],
        higher_challenger=row["higher_challenger"],
        lower_champion=row["lower_champion"],
        lower_challenger=row["lower_challenger"],
        gains=_seen_gains(row, "gain", [shown for shown, _ in _gains(plan)], cubes=sums_cubes(plan)),
        champion=_moments(row, "unit_champion"),
        challenger=_moments(row, "unit_challenger"),
        cross=float(row["unit_product"]),
    )
    if plan.rules.guardrail_metric is None:
        return units
    return replace(
        units,
        guarded=_seen_gains(row, "guarded", [shown for shown, _ in _guarded_gains(plan)]),
        guarded_champion=_moments(row, "guarded_champion"),
        guarded_challenger=_moments(row, "guarded_challenger"),
    )


def _seen_gains(row: Row, name: str, shown: list[int], *, cubes: bool = False) -> SeenGains:
    def sums(number: int) -> GainSums:
        names = ("n", "total", "squares", *(("risen", "fallen") if cubes else ()))
        return GainSums(**{one: int(row[f"{name}{number}_{one}"]) if number in shown else 0 for one in names})

    return SeenGains(champion=sums(CHAMPION), challenger=sums(CHALLENGER), either=sums(EITHER))


def _moments(row: Row, name: str) -> Moments:
    return Moments(row[f"{name}_n"], float(row[f"{name}_total"]), float(row[f"{name}_squares"]))
