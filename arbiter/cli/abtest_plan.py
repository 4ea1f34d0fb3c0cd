"""`arbiter abtest plan`: how many predictions and ground truths a test will need, before it begins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import typer

from arbiter.cli.output import AsJson, Row, say, show_json, show_rows
from domain.ab_tests.bounds import LEAST_ALPHA, LEAST_EFFECT, LEAST_WEIGHT, MOST_ALPHA, MOST_WEIGHT
from domain.errors import InvalidInput
from domain.statistics import power

EVEN = 0.5
MOST_CHANCE = 1 - 1e-9
"""Certainty would take infinitely many requests; a chance below alpha is had without any test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSizePlan:
    """What a test of two classifiers is to find, and in which circumstances.

    accuracy: the champion's. effect: the difference of accuracies. agreement: the share of requests on which both are
    right or both wrong. chance: of finding the effect if it is there.

    Raises InvalidInput for shares outside 0 and 1 or outside the bounds of a test, and for an effect that the others
    make impossible.
    """

    accuracy: float
    effect: float
    agreement: float = 0.9
    alpha: float = 0.05
    chance: float = power.POWER
    challenger_weight: float = EVEN

    def __post_init__(self) -> None:
        for name in ("accuracy", "agreement", "alpha", "chance", "challenger_weight"):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                raise InvalidInput(
                    f"--{name.replace('_', '-')} must lie strictly between 0 and 1, not be {value:g}."
                )
        for name, least, most in (
            ("alpha", LEAST_ALPHA, MOST_ALPHA),
            ("challenger_weight", LEAST_WEIGHT, MOST_WEIGHT),
            ("chance", self.alpha, MOST_CHANCE),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise InvalidInput(
                    f"--{name.replace('_', '-')} must lie between {least:g} and {most:.10g}, not be {value:g}."
                )
        reached = self.accuracy + self.effect
        if 0.0 < abs(self.effect) < LEAST_EFFECT:
            raise InvalidInput(
                f"--effect must be at least {LEAST_EFFECT:f}, not {self.effect:g}: "
                "a smaller difference takes more ground truths than can be counted."
            )
        if self.effect == 0.0 or not 0.0 <= reached <= 1.0:
            raise InvalidInput(
                "--effect must not be 0, and added to --accuracy it must stay between 0 and 1, "
                f"not come to {reached:g}."
            )
        if abs(self.effect) > self.disagreement:
            raise InvalidInput(
                f"--effect {self.effect:g} is impossible with --agreement {self.agreement:g}: where both are right "
                f"or both wrong, neither is better. At most {self.disagreement:g} is possible."
            )

    @property
    def disagreement(self) -> float:
        """The share of requests on which exactly one is right; rounded, so that .9 leaves .1."""
        return round(1.0 - self.agreement, 12)

    def ways(self) -> list[Row]:
        """The requests and the feedbacks that each way to test needs.

        >>> [(way["requests"], way["feedbacks"]) for way in SampleSizePlan(accuracy=0.85, effect=0.01).ways()]
        [(7847, 7847), (7847, 785), (38922, 38922)]
        """
        asked = (self.disagreement, self.effect, self.alpha, self.chance)
        pairs, discordant = math.ceil(power.paired_n(*asked)), math.ceil(power.discordant_n(*asked))
        weight = self.challenger_weight
        split = power.split_n(self.accuracy, self.effect, weight, self.alpha, self.chance)
        both = math.ceil(split * weight) + math.ceil(split * (1.0 - weight))
        return [
            _way("paired", "every request", pairs, pairs),
            _way("paired", "disagreements (feedback queue)", pairs, discordant),
            _way("split", "every request", both, both),
        ]


def _way(mode: str, feedback_on: str, requests: int, feedbacks: int) -> Row:
    return {"mode": mode, "feedback_on": feedback_on, "requests": requests, "feedbacks": feedbacks}


def plan(
    *,
    accuracy: Annotated[float, typer.Option(help="The champion's share of right answers, such as .85.")],
    effect: Annotated[float, typer.Option(help="The difference worth finding: .01 is one point.")],
    agreement: Annotated[
        float, typer.Option(help="The share of requests on which both are right or both are wrong.")
    ] = 0.9,
    alpha: Annotated[float, typer.Option(help="The chance of a wrong winner that is accepted.")] = 0.05,
    chance: Annotated[
        float, typer.Option(help="The chance to find the difference if it is there.")
    ] = power.POWER,
    challenger_weight: Annotated[float, typer.Option(help="The challenger's share in split mode.")] = EVEN,
    as_json: AsJson = False,
) -> None:
    """Say how many requests and feedbacks a test of two classifiers needs, in both modes.

    Example: `arbiter abtest plan --accuracy .85 --effect .01 --agreement .9`
    """
    sizes = SampleSizePlan(
        accuracy=accuracy,
        effect=effect,
        agreement=agreement,
        alpha=alpha,
        chance=chance,
        challenger_weight=challenger_weight,
    )
    if as_json:
        show_json(sizes.ways())
        return
    say(
        f"to find a difference of {100 * effect:+g} points from an accuracy of {100 * accuracy:g} %, "
        f"with a chance of {100 * chance:g} %:"
    )
    show_rows(
        [{name: _display(value) for name, value in way.items()} for way in sizes.ways()],
        as_json=False,
        empty="",
    )
    say("for one look at the end; a test that may be looked at any time needs more")


def _display(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
