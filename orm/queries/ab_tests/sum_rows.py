"""From a row of sums to the values that a verdict is made of."""

from __future__ import annotations

from dataclasses import replace

from domain.ab_tests.losses import sums_cubes
from domain.ab_tests.plan import Plan
from domain.ab_tests.sums import EpochSums, TestSums
from domain.statistics.figures import LatencyPercentiles
from domain.statistics.moments import Moments
from domain.statistics.units import GainSums, LatencyBlocks, SeenGains, UnitSums
from orm.connection.client import Row
from orm.queries.ab_tests.scored_rows import CHALLENGER, CHAMPION, EITHER, gains, guarded_gains


def sums_of_rows(rows: list[Row], plan: Plan) -> TestSums:
    """A test's sums from a row for each epoch, each with the figures of the whole test."""
    if not rows:
        return TestSums(blocks=LatencyBlocks() if plan.guarded else None)
    first, latency = rows[0], None
    if first["champion_p95"] is not None and first["challenger_p95"] is not None:
        latency = LatencyPercentiles(
            first["champion_p95"], first["challenger_p95"], first["champion_ranks"], first["challenger_ranks"]
        )
    return TestSums(
        tuple(epoch_sums(row, plan) for row in rows),
        latency,
        first["subjects"],
        int(first["met_both"]),
        int(first["repeated"]),
        blocks=LatencyBlocks(int(first["slower"]), int(first["faster"]), first["blocks"])
        if plan.guarded
        else None,
    )


def epoch_sums(row: Row, plan: Plan) -> EpochSums:
    """What happened in the epoch of this row."""
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


def with_whole(epoch: EpochSums, row: Row) -> EpochSums:
    """The same with the counts of all requests of the epoch, with a truth or without."""
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
        gains=_seen_gains(row, "gain", [shown for shown, _ in gains(plan)], cubes=sums_cubes(plan)),
        champion=_moments(row, "unit_champion"),
        challenger=_moments(row, "unit_challenger"),
        cross=float(row["unit_product"]),
    )
    if plan.rules.guardrail_metric is None:
        return units
    return replace(
        units,
        guarded=_seen_gains(row, "guarded", [shown for shown, _ in guarded_gains(plan)]),
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
