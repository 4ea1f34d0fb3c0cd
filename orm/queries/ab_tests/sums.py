"""All figures of a test come from one aggregate statement; how late its truths came is a second one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from domain.ab_tests.losses import kind_of, sums_cubes
from domain.ab_tests.plan import Plan
from domain.ab_tests.results.cautions import UnscoredCounts
from domain.ab_tests.results.slices import MOST_SLICES, FeatureValue
from domain.ab_tests.sums import EpochSums, TestSums
from domain.ab_tests.tally import BLOCK_SHIFT, LATEST, LEAST_OF_BLOCK, MICROSECONDS, STEPS
from domain.requests import request_ids
from domain.statistics.units import GRID, TruthDelays
from domain.words import Arm, Kind
from orm.connection.client import INT32, Client, Reader, Row
from orm.connection.statement import Statement
from orm.queries.ab_tests.scored_rows import (
    CONTRADICTED,
    EITHER,
    SIZE,
    gains,
    guarded_gains,
    scored_rows,
    unit_names,
)
from orm.queries.ab_tests.sum_rows import epoch_sums, sums_of_rows, with_whole

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
    return sums_of_rows(await _sums(client, ab_test_id, plan, scored_before, with_unscored=False), plan)


async def sums_and_unscored(
    client: Client, ab_test_id: int, plan: Plan, *, scored_before: int | None = None
) -> tuple[TestSums, UnscoredCounts]:
    """The same, and how many requests have a ground truth that is no class, in the same statement."""
    # A regressor's truth is a number, whatever it is.
    with_unscored = kind_of(plan.rules.metric) is Kind.CLASSIFIER
    rows = await _sums(client, ab_test_id, plan, scored_before, with_unscored=with_unscored)
    if not rows or not with_unscored:
        return sums_of_rows(rows, plan), UnscoredCounts()
    return sums_of_rows(rows, plan), UnscoredCounts(
        rows[0]["unscored"], int(rows[0]["unscored_counted"] or 0)
    )


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
    scored = scored_rows(statement, ab_test_id, plan, scored_before)
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
        added = epoch_sums(row, plan)
        before = epochs.get(row["epoch_id"])
        epochs[row["epoch_id"]] = with_whole(added if before is None else before + added, row)
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
    scored = scored_rows(statement, ab_test_id, plan, scored_before)
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
        found.setdefault(value, []).append(epoch_sums(row, plan))
    return [(value, TestSums(tuple(epochs))) for value, epochs in found.items()]


async def _sums(
    client: Client, ab_test_id: int, plan: Plan, scored_before: int | None, *, with_unscored: bool
) -> list[Row]:
    statement = Statement(client)
    # Statement.bind numbers the parameters in the order of the text, so the parts are made in that order.
    scored = scored_rows(statement, ab_test_id, plan, scored_before)
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


def _aggregates(plan: Plan) -> str:
    """All sums of a group of rows of `counted`."""
    parts = [SUMS, UNITS]
    a, b = unit_names(plan)
    parts.append(FIRSTS.format(name="unit", a=a, b=b))
    for template in (GAINS, CUBES) if sums_cubes(plan) else (GAINS,):
        parts += [template.format(name=f"gain{shown}", shown=shown, gain=gain) for shown, gain in gains(plan)]
    if plan.rules.guardrail_metric is not None:
        parts.append(FIRSTS.format(name="guarded", a="u", b="v"))
        parts += [
            GAINS.format(name=f"guarded{shown}", shown=shown, gain=gain)
            for shown, gain in guarded_gains(plan)
        ]
    return ", ".join(parts)


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
