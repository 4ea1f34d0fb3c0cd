"""What the command line shows of A/B tests, with predictions made by the services that a server runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arbiter import wiring
from arbiter.cli.application import run
from arbiter.settings import Settings
from domain.callers import Scope, anonymous
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import PredictCommand
from domain.words import JSONValue

Ask = Callable[..., Any]
EVERYBODY = anonymous(frozenset(Scope))
PERSON: dict[str, JSONValue] = {
    "age": 37, "workclass": "Private", "fnlwgt": 34146, "education": "Bachelors", "education-num": 13,
    "marital-status": "Married-civ-spouse", "occupation": "Craft-repair", "relationship": "Husband",
    "race": "White", "sex": "Male", "capital-gain": 0, "capital-loss": 0, "hours-per-week": 40,
    "native-country": "United-States",
}  # fmt: skip

DISPUTED: dict[str, JSONValue] = {
    **PERSON, "age": 25, "education": "Masters", "education-num": 14, "occupation": "Exec-managerial",
    "hours-per-week": 50,
}  # fmt: skip
"""Only extra trees says that this person earns more than 50,000."""


@pytest.fixture
def say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Runs one command line against a SQLite file of this test; what it printed."""
    monkeypatch.setenv("ARBITER_DATABASE_URL", f"sqlite://{tmp_path / 'arbiter.db'}")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, code: int = 0) -> str:
        assert run(arguments) == code
        captured = capsys.readouterr()
        return captured.out if code == 0 else captured.out + captured.err

    return call


def live(ages: range, truth: str) -> None:
    """One prediction an age, and the same truth about all of them."""

    async def use() -> None:
        async with wiring.running(Settings.load()) as services:
            rows: tuple[JSONValue, ...] = tuple({**PERSON, "age": age} for age in ages)
            made = await services.predictor.predict(PredictCommand("income_classifier", rows, EVERYBODY))
            await services.feedback.give_batch(
                [FeedbackCommand(one.request.id, truth) for one in made], EVERYBODY
            )

    asyncio.run(use())


def test_plan_tells_what_each_way_to_test_needs(say: Callable[..., str], tmp_path: Path) -> None:
    rows = json.loads(say("abtest", "plan", "--accuracy", ".85", "--effect", ".01", "--json"))
    assert [(row["mode"], row["requests"], row["feedbacks"]) for row in rows] == [
        ("paired", 14280, 14280),
        ("paired", 14280, 1428),
        ("split", 87875, 87875),
    ]
    lines = say("abtest", "plan", "--accuracy", ".85", "--effect", ".05", "--agreement", ".9").splitlines()
    assert lines[0] == (
        "to find a difference of +5 points from an accuracy of 85 %, with a chance of 80 %, however often one looks:"
    )
    assert [line.split()[-2:] for line in lines[2:4]] == [["549", "549"], ["549", "55"]]
    assert list(tmp_path.iterdir()) == []


def test_plan_of_costs_is_told_in_shares_of_the_largest_loss(say: Callable[..., str]) -> None:
    (row,) = json.loads(say("abtest", "plan", "--gain", ".05", "--spread", ".3", "--json"))
    assert row == {"mode": "paired", "feedback_on": "every request", "requests": 734, "feedbacks": 734}
    assert "a gain of +5 % of the largest loss" in say("abtest", "plan", "--gain", ".05", "--spread", ".3")


def test_plan_says_until_when_by_what_comes_in(say: Callable[..., str]) -> None:
    live(range(20, 60), ">50K")
    lines = say(
        "abtest", "plan", "--accuracy", ".85", "--effect", ".05", "--endpoint", "income_classifier"
    ).splitlines()
    assert lines[1].split() == ["mode", "feedback", "on", "requests", "feedbacks", "until"]
    # 40 in the first minute of an endpoint count as 40 an hour.
    assert lines[-1] == "income_classifier gets 960 requests and 960 feedbacks a day"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--accuracy", "0", "--effect", ".01"), "accuracy must lie strictly between 0 and 1, not be 0."),
        (("--accuracy", ".85", "--effect", "0"), "effect must not be 0, and added to the accuracy"),
        (("--accuracy", ".85", "--effect", ".2"), "it must stay between 0 and 1, not come to 1.05."),
        (
            ("--accuracy", ".5", "--effect", ".2"),
            "effect 0.2 is impossible with an agreement of 0.9: where both are right or both wrong, neither is better. "
            "At most 0.1 is possible.",
        ),
        (("--accuracy", ".5", "--effect", ".1", "--challenger-weight", "1"), "challengerWeight must lie"),
        (("--accuracy", ".5", "--effect", ".1", "--challenger-weight", "1e-9"), "between 0.001 and 0.999"),
        (("--accuracy", ".5", "--effect", "1e-300"), "effect must be at least 0.000001, not 1e-300"),
        (("--accuracy", ".5", "--effect", "nan"), "effect must not be 0"),
        (
            ("--accuracy", "nan", "--effect", ".1"),
            "accuracy must lie strictly between 0 and 1, not be nan.",
        ),
        (
            ("--accuracy", ".5", "--effect", ".1", "--alpha", "1e-300"),
            "alpha must lie between 1e-09 and 0.5",
        ),
        (("--accuracy", ".5", "--effect", ".1", "--chance", ".01"), "chance must lie between 0.05 and"),
    ],
)
def test_a_plan_that_cannot_be_is_one_line(
    say: Callable[..., str], options: tuple[str, ...], message: str
) -> None:
    said = say("abtest", "plan", *options, code=1)
    assert said.count("\n") == 1
    assert message in said


def test_show_draws_the_interval_and_tells_the_figures(say: Callable[..., str]) -> None:
    say("abtest", "create", "1", "3", "--no-auto-decide", "--min-feedback", "10", "--minimum-effect", ".02")
    live(range(20, 80), ">50K")
    shown = json.loads(say("abtest", "show", "1", "--points", "6", "--json"))
    assert (shown["mode"], shown["auto_decide"]) == ("paired", False)
    assert [
        (arm["arm"], arm["algorithm"], arm["with_feedback"], arm["coverage"]) for arm in shown["arms"]
    ] == [
        ("champion", "random forest 0.0.1", 60, 1.0),
        ("challenger", "catboost 0.1.0", 60, 1.0),
    ]
    assert [point["feedback"] for point in shown["series"]] == [10, 20, 30, 40, 50, 60]
    lines = say("abtest", "show", "1", "--points", "6").splitlines()
    assert lines[0] == "test 1 (A/B test) is running"
    assert lines[1] == f"so far: {shown['result']['reason']}"
    legend = next(
        index for index, line in enumerate(lines) if "← champion better │ challenger better →" in line
    )
    drawn = [line for line in lines[legend + 1 :] if line.strip()]
    known = [point for point in shown["series"] if point["estimate"] is not None]
    # What says the same as the line after it is drawn once, there.
    seen = {(point["estimate"], *point["interval"]): str(point["feedback"]) for point in known}
    assert [line.split()[0] for line in drawn] == list(seen.values())
    assert "←" not in say("abtest", "show", "1", "--points", "0")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (("--minimum-effect", "1e-300"), "minimumEffect"),
        (("--minimum-effect", "nan"), "minimumEffect"),
        (("--alpha", "nan"), "alpha"),
        (("--alpha", "1e-300"), "alpha"),
        (("--equivalence-margin", "1e-300"), "equivalenceMargin"),
        (("--challenger-weight", "1e-300"), "challengerWeight"),
        (("--challenger-weight", "nan"), "challengerWeight"),
        (("--max-duration", "nan"), "maxDuration"),
        (("--max-duration", "1e300"), "maxDuration"),
        (("--max-duration", "1e-300"), "maxDuration"),
        (("--feedback-delay", "nan"), "feedbackDelay"),
        (("--feedback-delay=-1",), "feedbackDelay"),
        (("--min-feedback", "0"), "minFeedback"),
        (("--min-feedback", "1" + "0" * 30), "minFeedback"),
        (("--max-feedback", "1" + "0" * 400), "maxFeedback"),
        (("--max-feedback", "99"), "maxFeedback"),
    ],
    ids=str,
)
def test_a_number_that_cannot_work_is_one_line_that_names_its_field(
    say: Callable[..., str], options: tuple[str, ...], field: str
) -> None:
    said = say("abtest", "create", "1", "3", *options, code=1)
    assert said.count("\n") == 1
    assert f"{field} " in said


@pytest.mark.matrix
def test_a_test_that_has_ended_makes_no_progress_and_says_what_changed_since(say: Callable[..., str]) -> None:
    say("abtest", "create", "1", "2", "--min-feedback", "10", "--minimum-effect", ".02", "--no-auto-decide")
    asyncio.run(_tell_of_one_person(">50K", 12))
    assert "progress" in say("abtest", "show", "1")
    say("abtest", "conclude", "1")
    lines = say("abtest", "show", "1").splitlines()
    assert [line for line in lines if "progress" in line or "since the test ended" in line] == []
    # One person again and again, without a subject: each time the interval is a little narrower.
    assert len([line for line in lines if "●" in line]) == 12
    asyncio.run(_tell_of_one_person("<=50K", 0))
    (told,) = [line for line in say("abtest", "show", "1").splitlines() if "since the test ended" in line]
    assert told.startswith(
        "careful: since the test ended the ground truth of 12 requests was changed: the verdict stands as it was given"
    )
    assert "since then the ground truth of 12 requests was changed and of 0 added" in say(
        "abtest", "verify", "1"
    )


async def _tell_of_one_person(truth: str, asked: int) -> None:
    """So many equal predictions; then the same truth about all that there are."""
    async with wiring.running(Settings.load()) as services:
        if asked:
            rows: tuple[JSONValue, ...] = (DISPUTED,) * asked
            await services.predictor.predict(PredictCommand("income_classifier", rows, EVERYBODY))
        async with services.database.reader() as reader:
            found = await reader.execute_query_dict("SELECT id FROM ml_request ORDER BY id")
        await services.feedback.give_batch([FeedbackCommand(row["id"], truth) for row in found], EVERYBODY)


@pytest.mark.matrix
def test_a_verdict_can_be_verified(say: Callable[..., str]) -> None:
    say("abtest", "create", "1", "3", "--no-auto-decide")
    assert "arbiter: " in say("abtest", "verify", "1", code=1)
    live(range(20, 40), ">50K")
    say("abtest", "conclude", "1")
    live(range(40, 60), "<=50K")
    found = json.loads(say("abtest", "verify", "1", "--json"))
    assert (found["matches"], found["verdict"], found["recomputed"]) == (True, "inconclusive", "inconclusive")
    assert found["differences"] == []
    assert say("abtest", "verify", "1").startswith(
        "test 1: the verdict inconclusive follows from the observations"
    )


@pytest.mark.matrix
def test_replay_compares_an_algorithm_with_what_was_served(say: Callable[..., str]) -> None:
    live(range(20, 60), ">50K")
    found = json.loads(say("replay", "3", "--limit", "30", "--json"))
    assert (found["algorithm"], found["requests"], found["skipped"]) == (3, 30, 0)
    assert [(arm["algorithm"], arm["with_feedback"]) for arm in found["arms"]] == [
        ("what was served", 30),
        ("catboost 0.1.0", 30),
    ]
    assert json.loads(say("replay", "3", "--served-by", "2", "--json"))["requests"] == 0
    assert json.loads(say("replay", "3", "--created-before", "2025-01-02", "--json"))["requests"] == 0
    assert say("replay", "3").startswith("40 requests compared, 0 skipped: ")


def test_a_test_is_told_which_answers_show_the_truth_and_what_mistakes_cost(say: Callable[..., str]) -> None:
    say(
        "abtest", "create", "1", "3", "--outcome-seen", "only_for", "--outcome-seen-for", ">50K", "--metric", "cost",
        "--cost", ">50K,<=50K,10", "--cost", '"<=50K",>50K,1', "--otherwise-costs", "2", "--guardrail-metric",
        "accuracy", "--guardrail-margin", ".05", "--min-duration", "60",
    )  # fmt: skip
    rules = json.loads(say("abtest", "show", "1", "--json"))["rules"]
    assert {name: rules[name] for name in ("outcome_seen", "only_for", "costs", "guardrail_metric")} == {
        "outcome_seen": "only_for",
        "only_for": {"labels": [">50K"], "least": None, "most": None},
        "costs": {"costs": [[">50K", "<=50K", 10.0], ["<=50K", ">50K", 1.0]], "otherwise": 2.0},
        "guardrail_metric": {"metric": "accuracy", "margin": 0.05},
    }
    assert (rules["metric"], rules["minimum_duration"]) == ("cost", 60.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--cost", "yes,no"),
            "--cost takes the true class, the answer and a number, as in yes,no,10, not 'yes,no'",
        ),
        (("--cost", "yes,no,much"), "--cost takes the true class"),
        (("--guardrail-metric", "brier"), "--guardrail-metric and --guardrail-margin are given together"),
        (("--outcome-seen", "only_for"), "outcomeSeenFor must name the labels"),
        (("--outcome-seen", "only_for", "--outcome-seen-for", "yes"), "names 'yes', which is no class"),
        (
            ("--outcome-seen", "only_for", "--outcome-seen-for", ">50K", "--serve", "CHAMPION_ONLY"),
            "Use RANDOM with challengerWeight 0.5",
        ),
    ],
)
def test_what_a_test_cannot_be_told_is_one_line_with_the_cure(
    say: Callable[..., str], options: tuple[str, ...], message: str
) -> None:
    said = say("abtest", "create", "1", "3", *options, code=1)
    assert said.count("\n") == 1
    assert message in said


def test_show_names_what_holds_a_verdict_back_and_conclude_accepts_it(say: Callable[..., str]) -> None:
    say("abtest", "create", "1", "2", "--serve", "CHAMPION_ONLY", "--min-feedback", "10", "--no-auto-decide")
    asyncio.run(_tell_of_one_person(">50K", 30))
    (held,) = [line for line in say("abtest", "show", "1").splitlines() if line.startswith("held back: ")]
    assert held == (
        "held back: the verdict would be: promoted; to accept what holds it, "
        "`arbiter abtest conclude 1 --accept unknown_outcomes --accept late_truths`"
    )
    ended = say("abtest", "conclude", "1", "--accept", "unknown_outcomes", "--accept", "late_truths")
    assert ended.startswith("test 1 (A/B test) is decided, promoted\n")


def test_slices_of_a_test_are_told_by_value(say: Callable[..., str]) -> None:
    say("abtest", "create", "4", "5", "--no-auto-decide")
    assert "no prediction of the test has this feature" in say("abtest", "slices", "1", "AnyChronicDiseases")
    assert "does not declare the feature 'Age' as indexed" in say("abtest", "slices", "1", "Age", code=1)
