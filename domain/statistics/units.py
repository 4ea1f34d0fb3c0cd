"""What a verdict counts: one unit a subject, so that a person who asks often does not count often."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.statistics.moments import Moments

EVEN = 0.5
"""The weight at which both arms are drawn equally often, so that either's answer is seen equally often."""
GRID = 2**20
"""A bounded loss is kept as a whole number of millionths (2⁻²⁰) of the largest one, so that sums are exact."""


@dataclass(frozen=True, slots=True)
class GainSums:
    """By how much the challenger's answers were worth more than the champion's, over so many units.

    n: units whose truth counts. total, squares: the sums of the gains and of their squares. A gain is +1, 0 or -1 for
    accuracy (only the challenger right, neither or both, only the champion), and the champion's loss minus the
    challenger's in whole steps of `GRID` for bounded losses. risen, fallen: for these, the sums of the cubes of the
    gains above 0, and of those below, both positive, in units of GRID² (a square is divided by GRID before it is
    multiplied, so that no sum leaves the range of whole numbers); None where nobody has computed them. Two add up.

    >>> GainSums(3, 1, 3) + GainSums(1, -1, 1)
    GainSums(n=4, total=0, squares=4, risen=None, fallen=None)
    """

    n: int = 0
    total: int = 0
    squares: int = 0
    risen: int | None = None
    fallen: int | None = None

    def __add__(self, other: GainSums) -> GainSums:
        return GainSums(
            self.n + other.n,
            self.total + other.total,
            self.squares + other.squares,
            _sum(self.risen, other.risen),
            _sum(self.fallen, other.fallen),
        )


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True, slots=True)
class SeenGains:
    """Gains by whose answer shows the truth: the champion's alone, the challenger's alone, or either's.

    Where every truth is seen, or nobody knows, all are in `either`.
    """

    champion: GainSums = GainSums()
    challenger: GainSums = GainSums()
    either: GainSums = GainSums()

    @property
    def together(self) -> GainSums:
        """All three, unweighted."""
        return self.champion + self.challenger + self.either


@dataclass(frozen=True, slots=True)
class UnitSums:
    """The units of one epoch, while `weight` was the challenger's.

    In paired mode by accuracy a subject's unit is its first complete disagreement by request id, else its first
    request; a request without a subject is a unit of its own. complete: those on which both arms have answered or
    failed. disagreements: those units of disagreement, with a truth or without; labelled: those of them with a truth
    that counts. contradicted: truths that came although the served answer was to show none; they are left out.
    higher_*, lower_*: disagreements with a truth by the arm that was drawn, where the challenger's answer comes after
    the champion's in order (of text, or of numbers), and before it: for the alarm. gains: paired tests; guarded: the
    same of the guardrail's metric. champion, challenger, cross: moments of each arm's scores over first requests
    (1 or 0 for accuracy, steps of `GRID` for bounded losses, else the loss); in split mode each arm has its own.
    """

    weight: float
    complete: int = 0
    disagreements: int = 0
    labelled: int = 0
    contradicted: int = 0
    higher_champion: int = 0
    higher_challenger: int = 0
    lower_champion: int = 0
    lower_challenger: int = 0
    gains: SeenGains = SeenGains()
    guarded: SeenGains = SeenGains()
    champion: Moments = field(default_factory=Moments)
    challenger: Moments = field(default_factory=Moments)
    cross: float = 0.0
    guarded_champion: Moments = field(default_factory=Moments)
    guarded_challenger: Moments = field(default_factory=Moments)


@dataclass(frozen=True, slots=True)
class TruthDelays:
    """How long after their requests the truths of one class came: how many in each step of `EDGES`.

    later: those that came later than the test waits; None where that was not counted, and the steps must tell.
    """

    truth: str
    counts: tuple[int, ...]
    later: int | None = None

    def within(self, share: float) -> float | None:
        """The edge before which so many of them came, in seconds; None where it takes the last step, or without any.

        >>> TruthDelays("yes", (3, 0, 1)).within(0.75), TruthDelays("yes", (3, 0, 1)).within(0.9)
        (1.0, 4.0)
        """
        wanted, seen = share * sum(self.counts), 0
        for edge, count in zip(EDGES, self.counts, strict=False):
            seen += count
            if seen and seen >= wanted:
                return edge
        return None


EDGES = tuple(2.0**k for k in range(28))
"""Seconds: step k holds delays from edge k-1 up to, but not including, edge k; the last holds all longer ones."""


@dataclass(frozen=True, slots=True)
class LatencyBlocks:
    """Stretches of about two minutes in which both arms answered: in how many of them one was much slower.

    slower: those in which the challenger's mean latency was above the champion's times the guardrail's ratio;
    faster: the other way round; all: with enough requests of both arms.
    """

    slower: int = 0
    faster: int = 0
    all: int = 0
