"""Where both arms of a request said different things, and whose answer shows the truth."""

from __future__ import annotations

from enum import StrEnum

from domain.ab_tests.observation import Observation, Scores
from domain.requests.new_request import ArmAnswer
from domain.statistics.rules import SeenOnlyFor
from domain.words import Arm, Kind


class AnswerChange(StrEnum):
    """What another answer changed, held against the ground truth."""

    BETTER = "better"
    WORSE = "worse"
    NEITHER = "neither"


def change_of(scores: Scores) -> AnswerChange:
    """What the challenger's answer changed in the place of the champion's.

    >>> change_of(Scores(False, True)).value, change_of(Scores(champion_residual=-2.0, challenger_residual=3.0)).value
    ('better', 'worse')
    """
    right = scores.champion_correct, scores.challenger_correct
    if right[0] is not None and right[1] is not None:
        gain = float(right[1] - right[0])
    elif scores.champion_residual is not None and scores.challenger_residual is not None:
        gain = abs(scores.champion_residual) - abs(scores.challenger_residual)
    else:
        return AnswerChange.NEITHER
    return AnswerChange.BETTER if gain > 0 else AnswerChange.WORSE if gain < 0 else AnswerChange.NEITHER


def disagrees(observation: Observation, kind: Kind) -> bool:
    """Whether both arms have answered or failed, and have said different things.

    >>> said = Observation(1, 1, 1, Arm.CHAMPION, Arm.CHAMPION, None, True, ArmAnswer("a"), ArmAnswer("b"))
    >>> disagrees(said, Kind.CLASSIFIER)
    True
    """
    champion, challenger = observation.champion, observation.challenger
    if not observation.complete or champion is None or challenger is None:
        return False
    if champion.failed != challenger.failed:
        return True
    if kind is Kind.CLASSIFIER:
        return None not in {champion.label, challenger.label} and champion.label != challenger.label
    return None not in {champion.value, challenger.value} and champion.value != challenger.value


def comes_after(observation: Observation, kind: Kind) -> bool | None:
    """Whether the challenger's answer comes after the champion's in order; None where an arm failed."""
    champion, challenger = observation.champion, observation.challenger
    if champion is None or challenger is None or champion.failed or challenger.failed:
        return None
    if kind is Kind.CLASSIFIER:
        texts = champion.label, challenger.label
        return None if texts[0] is None or texts[1] is None else texts[1] > texts[0]
    values = champion.value, challenger.value
    return None if values[0] is None or values[1] is None else values[1] > values[0]


def shown_by(observation: Observation, seen: SeenOnlyFor) -> str | None:
    """Whose answer shows the truth: `champion`, `challenger`, or `either`; None where what was served shows none.

    A challenger that failed is answered for by the champion whatever is drawn, so that its truth is always seen.
    """
    challenger_failed = observation.challenger is not None and observation.challenger.failed
    first, second = shows(observation.champion, seen), shows(observation.challenger, seen)
    if not (first if observation.served_arm is Arm.CHAMPION else second):
        return None
    if first and (second or challenger_failed):
        return "either"
    return "champion" if first else "challenger"


def shows(answer: ArmAnswer | None, seen: SeenOnlyFor) -> bool:
    """Whether an answer is one of those that show the truth.

    >>> shows(ArmAnswer(value=5.0), SeenOnlyFor(least=5.0)), shows(ArmAnswer("no"), SeenOnlyFor(("yes",)))
    (True, False)
    """
    if answer is None or answer.failed:
        return False
    if seen.labels:
        return answer.label in seen.labels
    value = answer.value
    return (
        value is not None
        and (seen.least is None or value >= seen.least)
        and (seen.most is None or value <= seen.most)
    )
