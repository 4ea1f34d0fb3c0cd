"""The contract checks that every algorithm must pass, run by `arbiter check` and by the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from domain.errors import InvalidAlgorithm, InvalidFeatures
from domain.requests.request import Answer
from domain.words import JSONValue
from registry.algorithm import Algorithm, check_answers
from registry.comparison import check_fixtures, check_same_answers
from registry.discovery import RegisteredAlgorithm, Registry, reason_of
from registry.endpoints import EndpointSpec
from registry.features import Row
from registry.publishing.rows import parity_rows

_ROWS = 64
_THREADS = 8
_UNKNOWN = "no such feature"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold; `run` returns when it does and raises ArbiterError with the reason when not."""

    name: str
    run: Callable[[], object]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check of one algorithm; `reason` is None when it passed."""

    algorithm: str
    check: str
    reason: str | None

    @property
    def passed(self) -> bool:
        """Whether the check passed."""
        return self.reason is None


def run_checks(registry: Registry) -> list[CheckResult]:
    """Every check of every algorithm, and one failed result for each problem that discovery met elsewhere."""
    results = [
        _result(str(registered), check)
        for registered in registry.algorithms
        for check in checks_of(registered, registry.endpoints[registered.endpoint])
    ]
    reported = {str(registered) for registered in registry.algorithms}
    for problem in registry.problems:
        name = (
            problem.name
            if problem.endpoint in (None, problem.name)
            else f"{problem.endpoint}: {problem.name}"
        )
        if name not in reported:
            results.append(CheckResult(name, "can be registered", problem.reason))
    return results


def _result(algorithm: str, check: Check) -> CheckResult:
    try:
        check.run()
    except Exception as error:  # An algorithm may raise anything: that is what the check is for.
        return CheckResult(algorithm, check.name, reason_of(error))
    return CheckResult(algorithm, check.name, None)


def checks_of(registered: RegisteredAlgorithm, spec: EndpointSpec) -> Iterable[Check]:
    """The checks of one algorithm; only the first when it could not be loaded."""
    yield Check("loads", lambda: _loads(registered))
    instance, artifact = registered.instance, registered.artifact
    if instance is None:
        return
    example = spec.features.validate(dict(spec.example))
    rows = parity_rows(spec, [example], _ROWS)
    yield Check("answers its example", lambda: _answers(instance, [example]))
    yield Check("answers every valid row", lambda: _answers(instance, rows))
    yield Check("batch equals single", lambda: _batch_equals_single(instance, rows))
    yield Check("keeps the order of rows", lambda: _keeps_order(instance, rows))
    yield Check("answers the same from several threads", lambda: _thread_safe(instance, rows))
    yield Check("an absent feature is named", lambda: _names_absent(spec))
    yield Check(
        "an unknown feature is named", lambda: _refused(spec, {**spec.example, _UNKNOWN: 1}, _UNKNOWN)
    )
    if artifact is not None:
        yield Check("artifact has its digest", artifact.model)
        yield Check("fixtures reproduce", lambda: check_fixtures(artifact, instance, spec))


def _loads(registered: RegisteredAlgorithm) -> None:
    if registered.problem is not None:
        raise InvalidAlgorithm(registered.problem)


def _answers(instance: Algorithm, rows: Sequence[Row]) -> list[Answer]:
    """Answers as the server takes them: those that it does not allow are an error here too."""
    return check_answers(instance.spec, instance.predict(rows), len(rows))


def _batch_equals_single(instance: Algorithm, rows: Sequence[Row]) -> None:
    check_same_answers(
        _answers(instance, rows), [_answers(instance, [row])[0] for row in rows], "in a batch than alone"
    )


def _keeps_order(instance: Algorithm, rows: Sequence[Row]) -> None:
    check_same_answers(
        _answers(instance, rows),
        list(reversed(_answers(instance, list(reversed(rows))))),
        "when the rows come in another order",
    )


def _thread_safe(instance: Algorithm, rows: Sequence[Row]) -> None:
    expected = _answers(instance, rows)
    with ThreadPoolExecutor(_THREADS) as pool:
        for answers in pool.map(partial(_answers, instance), [rows] * _THREADS * 4):
            check_same_answers(expected, answers, "from several threads at once")


def _names_absent(spec: EndpointSpec) -> None:
    for feature in spec.features.features:
        if feature.required:
            _refused(
                spec, {key: value for key, value in spec.example.items() if key != feature.name}, feature.name
            )


def _refused(spec: EndpointSpec, row: dict[str, JSONValue], name: str) -> None:
    try:
        spec.features.validate(row)
    except InvalidFeatures as error:
        if len(error.problems) == 1 and error.problems[0].startswith(f"{name} is "):
            return
        raise InvalidAlgorithm(f"the error for {name!r} does not name it: {error.message}") from error
    raise InvalidAlgorithm(f"a row is accepted although {name!r} is wrong in it")
