"""The short form of the measurement under attack: what is no matter of time holds, and no time is that of before."""

from __future__ import annotations

import pytest

from bench.hostile import QUICK, Findings, bars_of, measure
from bench.report import Bar

A_STALL = 1_000.0
"""Milliseconds: huge rows held the event loop for three times as long, and slow documents too. A busy machine does
not."""
FACTS = (
    "not answered with 200",
    "their calls answered 503",
    "aggregates that were not answered",
    "/readyz meanwhile: answers other than 200",
    "sockets with a key that were refused meanwhile",
    "lines of the log that were lost and counted",
    "lines neither read nor counted",
)


def unmet(bars: list[Bar]) -> list[str]:
    """The bars about facts that do not hold."""
    return [bar.name for bar in bars if bar.name in FACTS and bar.verdict != "pass"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    return measure(tmp_path_factory.mktemp("besieged"), QUICK, keep=False)


@pytest.mark.matrix
def test_everybody_is_served_beside_strangers_and_analysts(found: Findings) -> None:
    bars = bars_of(found)
    assert {bar.name for bar in bars} >= set(FACTS)
    assert unmet(bars) == []


@pytest.mark.matrix
def test_what_strangers_send_was_sent_and_refused(found: Findings) -> None:
    (documents,) = found.documents.attackers[0]
    assert set(documents["answers"]) <= {
        "allowed, RATE_LIMITED",
        "allowed, answered",
        "too long, MAX_CHARACTERS",
    }
    assert documents["documents"] == sum(documents["answers"].values())
    sockets, halves = found.connections.attackers[0]
    assert (sockets["opened"] >= 1_000, halves["opened"] >= 500) == (True, True)


@pytest.mark.matrix
def test_nothing_takes_as_long_as_it_once_did(found: Findings) -> None:
    slowest = {
        name: compared.rounds[0][1]["prediction"]["p99_ms"]
        for name, compared in (
            ("documents", found.documents),
            ("analysts", found.analysed.compared),
            ("pages", found.pages),
            ("connections", found.connections),
        )
    }
    assert {name: took for name, took in slowest.items() if took > A_STALL} == {}
    assert max(found.revoked) < 5
    assert found.ended_besieged < 15
    assert found.growth < 50


def test_a_bar_at_nothing_is_missed_without_a_ratio() -> None:
    assert [Bar("refused", count, at_most=0.0).verdict for count in (0, 2)] == ["pass", "miss"]
