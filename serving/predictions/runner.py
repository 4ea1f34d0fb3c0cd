"""Runs the chosen algorithms on a call's rows; in a paired test both arms, without the champion waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from domain.catalog.routing import Route
from domain.errors import DeadlineExceeded, Failure, Overloaded
from domain.pacing import RUN_ROWS_ON_LOOP
from domain.requests.new_request import ArmAnswer
from domain.requests.request import Answer
from domain.words import Arm, Fault
from registry.features import Row
from serving.catalog.catalog import Snapshot
from serving.ports import Executor

CHALLENGER_DEADLINE = 10.0


@dataclass(slots=True)
class RunResult:
    """What one algorithm said of some rows, and the seconds that it took for all of them."""

    answers: Sequence[Answer | Failure]
    seconds: float
    refused: Overloaded | None = None

    def arm_answer(self, place: int, *, probabilities: bool = False) -> ArmAnswer:
        """The same of one row as an observation holds it, with its probabilities where its test is scored by them."""
        answer = self.answers[place]
        if isinstance(answer, Failure):
            return ArmAnswer(failed=True, latency=self.seconds)
        kept = answer.probabilities if probabilities else None
        return ArmAnswer(answer.label, answer.value, False, self.seconds, kept)


@dataclass(frozen=True, slots=True)
class PairedRun:
    """Both arms' runs on the rows at `positions` of a call, of which one or both still run.

    probabilities: whether the test is scored by them.
    """

    positions: tuple[int, ...]
    champion: asyncio.Future[RunResult]
    challenger: asyncio.Future[RunResult]
    probabilities: bool = False


@dataclass(slots=True)
class CallResult:
    """What a call's rows are answered, who was drawn and who served, and what the arms of a test have said."""

    answers: list[Answer | Failure]
    routes: list[Route | Failure]
    drawn: dict[int, Arm] = field(default_factory=dict)
    champion: dict[int, ArmAnswer] = field(default_factory=dict)
    challenger: dict[int, ArmAnswer] = field(default_factory=dict)
    pending: PairedRun | None = None

    def serve(self, position: int, route: Route, answer: Answer | Failure) -> None:
        """Answer a row by this route."""
        self.answers[position], self.routes[position] = answer, route


_Item: TypeAlias = tuple[int, Row, Route]
"""A row that an algorithm gets, with its position in the call and its route."""


class Runner:
    """Runs calls. `challenger_deadline` (seconds) is how long the challenger of a paired test may take."""

    def __init__(
        self, timer: Callable[[], float], *, challenger_deadline: float = CHALLENGER_DEADLINE
    ) -> None:
        self._timer = timer
        self._deadline = challenger_deadline
        self._challenger_begins = False

    async def run(
        self, rows: Sequence[Row | Failure], routes: Sequence[Route | Failure], snapshot: Snapshot
    ) -> CallResult:
        """What the chosen algorithms say of the rows that may run; each algorithm gets its rows as one batch.

        The choice's failure comes before the row's own: a call for an algorithm that is not there says that first.
        Raises Overloaded when an algorithm that must answer has too many rows waiting.
        """
        result = CallResult([], list(routes))
        batches: dict[tuple[int, int | None], list[_Item]] = {}
        for position, (row, route) in enumerate(zip(rows, routes, strict=True)):
            if position and position % RUN_ROWS_ON_LOOP == 0:
                await asyncio.sleep(0)
            if isinstance(route, Failure):
                result.answers.append(route)
            elif isinstance(row, Failure):
                result.answers.append(row)
            else:
                result.answers.append(NO_ANSWER_YET)
                batches.setdefault(route.pair or (route.algorithm_id, None), []).append(
                    (position, row, route)
                )
        for (first_id, second_id), items in batches.items():
            first = snapshot.executors[first_id]
            # The rows of a batch have one route, or routes of one test.
            kept = items[0][2].ab_test_id in snapshot.scored_by_probabilities
            if second_id is None:
                await self._run_one(first, items, result, probabilities=kept)
            else:
                executors = first, snapshot.executors[second_id]
                await self._run_both(executors, items, result, probabilities=kept)
        return result

    async def _run_one(
        self, executor: Executor, items: list[_Item], result: CallResult, *, probabilities: bool
    ) -> None:
        """Rows of one algorithm: outside any test, or of the serving arm in split mode."""
        run = await self._timed(executor, [row for _, row, _ in items])
        if run.refused is not None:
            raise run.refused
        for place, (position, _, route) in enumerate(items):
            if place and place % RUN_ROWS_ON_LOOP == 0:
                await asyncio.sleep(0)
            result.serve(position, route, run.answers[place])
            if route.arm is not None:
                result.drawn[position] = route.arm
                answers = result.champion if route.arm is Arm.CHAMPION else result.challenger
                answers[position] = run.arm_answer(place, probabilities=probabilities)

    async def _run_both(
        self,
        executors: tuple[Executor, Executor],
        items: list[_Item],
        result: CallResult,
        *,
        probabilities: bool,
    ) -> None:
        """Rows of a paired test. Callers wait for the drawn arms, and for the champion where a challenger failed.

        The caller waits only for what answers it. Rows that drew the champion do not wait for the challenger, whose
        answers come later and complete the observations: so a slow challenger costs its own callers time, and
        nobody else. Rows that drew the challenger get the champion's answer where the challenger fails or is late.
        """
        champion, challenger = await self._start(executors, [row for _, row, _ in items])
        try:
            if any(route.arm is Arm.CHALLENGER for _, _, route in items):
                await challenger
            served = [_serving_arm(route, place, challenger) for place, (_, _, route) in enumerate(items)]
            if Arm.CHAMPION in served:
                refused = (await champion).refused
                if refused is not None:
                    # A challenger that is overloaded has failed; without its champion the call has no answer.
                    raise refused  # noqa: TRY301  the other arm's run must be given up too
        except BaseException:
            # Also when the caller is cancelled: no row is logged for this call, so no observation needs the arms.
            champion.cancel()
            challenger.cancel()
            raise
        for place, (position, _, route) in enumerate(items):
            run = (champion if served[place] is Arm.CHAMPION else challenger).result()
            result.serve(position, route.served_by(served[place]), run.answers[place])
            if route.arm is not None:
                result.drawn[position] = route.arm
            if champion.done():
                answered = champion.result()
                result.champion[position] = answered.arm_answer(place, probabilities=probabilities)
            if challenger.done():
                answered = challenger.result()
                result.challenger[position] = answered.arm_answer(place, probabilities=probabilities)
        if not (champion.done() and challenger.done()):
            # From here on nobody cancels them: the rows will be logged, and the completer waits for both arms.
            positions = tuple(position for position, _, _ in items)
            result.pending = PairedRun(positions, champion, challenger, probabilities)

    async def _start(
        self, executors: tuple[Executor, Executor], batch: list[Row]
    ) -> tuple[asyncio.Future[RunResult], asyncio.Future[RunResult]]:
        """Begin both arms, those with a thread first; one that runs on the event loop has answered at once.

        They begin in turns: two threads share the interpreter, and always being second would look like being slow.
        """
        deadlines = (None, self._deadline)
        begun: dict[int, asyncio.Future[RunResult]] = {}
        for arm in (1, 0) if self._challenger_begins else (0, 1):
            if not executors[arm].immediate(len(batch)):
                begun[arm] = asyncio.ensure_future(self._timed(executors[arm], batch, deadlines[arm]))
        self._challenger_begins = not self._challenger_begins
        # Only now the arms that run on the event loop: they hold it, and the threads work meanwhile.
        for arm in (0, 1):
            if arm not in begun:
                begun[arm] = asyncio.get_running_loop().create_future()
                begun[arm].set_result(await self._timed(executors[arm], batch))
        return begun[0], begun[1]

    async def _timed(self, executor: Executor, batch: list[Row], deadline: float | None = None) -> RunResult:
        """Run a batch; one that the executor refuses, or that passes the deadline, has failed on every row."""
        started = self._timer()
        try:
            if deadline is None:
                answers = await executor.run(batch)
            else:
                async with asyncio.timeout(deadline):
                    answers = await executor.run(batch)
        except Overloaded as error:
            return RunResult(
                [Failure(error.code, error.message, fault=Fault.ALGORITHM)] * len(batch),
                self._timer() - started,
                error,
            )
        except TimeoutError:
            return RunResult(
                [DeadlineExceeded(f"The algorithm did not answer within {deadline:g} seconds.").as_failure()]
                * len(batch),
                self._timer() - started,
            )
        return RunResult(answers, self._timer() - started)


NO_ANSWER_YET = Failure("ALGORITHM_FAILED", "The algorithm has not answered.", fault=Fault.ALGORITHM)
"""Stands for the answer of a row until its algorithm has run."""


def _serving_arm(route: Route, place: int, challenger: asyncio.Future[RunResult]) -> Arm:
    """The arm that answers: the drawn one, but never a challenger that failed."""
    if route.arm is Arm.CHALLENGER and not isinstance(challenger.result().answers[place], Failure):
        return Arm.CHALLENGER
    return Arm.CHAMPION
