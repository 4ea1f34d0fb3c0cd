"""The contract: what a data scientist writes to have a trained model served, in about ten lines."""

from __future__ import annotations

import inspect
import math
import numbers
from collections.abc import Mapping, Sequence
from re import Pattern
from typing import ClassVar

from domain.errors import AlgorithmFailed, InvalidAlgorithm
from domain.input.storable import NAME, text_problem
from domain.requests.request import Answer
from domain.words import Kind, Status
from registry.artifacts import FIRST_STATUSES, VERSION, Artifact
from registry.endpoints import ENDPOINT_NAME, EndpointSpec
from registry.features import Row
from registry.runtimes import Runtime, load_runtime

_SHOWN = 300


class Algorithm:
    """A trained model of one endpoint; subclass Classifier or Regressor, not this.

    The class keywords say what it is; they are checked when the class is defined, and nothing is registered by
    that. `status` is the first one in the catalogue: "production", "testing" (default), or None for no status.
    `artifact` names the folder below `artifacts/<endpoint>/`. A class without any keyword is an abstract base.

    >>> class Tomorrow(Regressor, endpoint="weather", name="same as today", version="1", owner="Ada"):
    ...     '''Tomorrow is like today.'''
    ...
    ...     def load(self, artifact: Artifact | None) -> None:
    ...         pass
    ...
    ...     def predict(self, rows: Sequence[Row]) -> list[Answer]:
    ...         return [Answer(value=float(row[0] or 0)) for row in rows]
    >>> Tomorrow.status, Tomorrow.kind, Tomorrow.description
    (<Status.TESTING: 'testing'>, <Kind.REGRESSOR: 'regressor'>, 'Tomorrow is like today.')
    """

    artifact: ClassVar[str | None] = None
    kind: ClassVar[Kind]
    endpoint: ClassVar[str] = ""
    name: ClassVar[str] = ""
    version: ClassVar[str] = ""
    owner: ClassVar[str] = ""
    status: ClassVar[Status | None] = Status.TESTING
    description: ClassVar[str] = ""

    def __init_subclass__(
        cls,
        *,
        endpoint: str | None = None,
        name: str | None = None,
        version: str | None = None,
        owner: str | None = None,
        status: str | None = "testing",
    ) -> None:
        super().__init_subclass__()
        if (endpoint, name, version, owner) == (None, None, None, None):
            return
        cls.endpoint = _valid_keyword(cls, "endpoint", endpoint or cls.endpoint, ENDPOINT_NAME)
        cls.version = _valid_keyword(cls, "version", version or cls.version, VERSION)
        cls.name = _valid_keyword(cls, "name", name or cls.name)
        cls.owner = _valid_keyword(cls, "owner", owner or cls.owner)
        cls.status = _valid_status(cls, status)
        cls.description = inspect.cleandoc(cls.__doc__ or "")
        if not hasattr(cls, "kind"):
            raise InvalidAlgorithm(
                f"{cls.__qualname__}: subclass Classifier or Regressor, not Algorithm itself"
            )

    def __init__(self, spec: EndpointSpec) -> None:
        self.spec = spec
        self._runtime: Runtime | None = None

    def load(self, artifact: Artifact | None) -> None:
        """Make ready to predict; called once, in a thread. `artifact` is None where the class names none.

        `artifact.model()` gives the verified bytes, `artifact.manifest` what is known of them, `self.spec` the
        endpoint. Raises InvalidArtifact or InvalidManifest when the model cannot be served.
        """
        if artifact is None:
            raise InvalidAlgorithm(
                f'{type(self).__qualname__}: name its artifact (artifact = "…") or override load() and predict()'
            )
        self._runtime = load_runtime(artifact, self.spec)

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        """One answer for each row, in order; called from several threads at once.

        rows: n tuples of feature values in the endpoint's order, checked before; None is a missing one.
        """
        if self._runtime is None:
            what = f"{self.name} {self.version}" if self.name else "a published model"
            raise AlgorithmFailed(f"{what} was asked before it was loaded")
        return self._runtime(rows)

    @classmethod
    def code(cls) -> str:
        """The source text of the class, for the catalogue; empty where Python has none."""
        try:
            return inspect.getsource(cls)
        except (OSError, TypeError):
            return ""


class Classifier(Algorithm):
    """An algorithm that answers a label and the probability of each class."""

    kind = Kind.CLASSIFIER


class Regressor(Algorithm):
    """An algorithm that answers a value, in the target's unit."""

    kind = Kind.REGRESSOR


def published_algorithm(artifact: Artifact, spec: EndpointSpec) -> Algorithm:
    """The algorithm that a manifest of the artifact store is, without a class of its own; still to be loaded."""
    return (Regressor if artifact.manifest.kind is Kind.REGRESSOR else Classifier)(spec)


def check_answers(spec: EndpointSpec, answers: Sequence[Answer], count: int) -> list[Answer]:
    """The `count` answers that an algorithm gave, as `spec` allows them, each number a plain float.

    A classifier's label must be a declared class and its probabilities numbers within 0..1, a regressor's value a
    finite number. Whole numbers and numpy's become floats here, once, so that nothing after this meets another type.
    Raises AlgorithmFailed for anything else, and names the field.
    """
    if len(answers) != count:
        raise AlgorithmFailed(f"the algorithm gave {len(answers)} answers for {count} rows")
    checked = _valid_value if spec.kind is Kind.REGRESSOR else _valid_label
    return [checked(spec, answer) for answer in answers]


def _valid_value(spec: EndpointSpec, answer: Answer) -> Answer:
    if type(answer) is not Answer:
        raise _not_allowed(spec, answer, "it is no Answer")
    if (answer.label, answer.probability, answer.probabilities) != (None, None, None):
        raise _not_allowed(spec, answer, "a regressor gives a value only")
    value = _plain(answer.value)
    if value is None or not math.isfinite(value):
        raise _not_allowed(spec, answer, "value must be a finite number")
    return answer if value is answer.value else Answer(value=value)


def _valid_label(spec: EndpointSpec, answer: Answer) -> Answer:
    if type(answer) is not Answer:
        raise _not_allowed(spec, answer, "it is no Answer")
    label, probability, shares = answer.label, answer.probability, answer.probabilities
    if not isinstance(label, str) or label not in (spec.classes or ()):
        raise _not_allowed(spec, answer, f"label must be one of {', '.join(spec.classes or ())}")
    if answer.value is not None:
        raise _not_allowed(spec, answer, "a classifier gives no value")
    if type(label) is str and _is_share(probability) and _are_shares(shares, spec):
        return answer
    return Answer(
        label=str(label),
        probability=None if probability is None else _share(spec, answer, probability),
        probabilities=None if shares is None else _plain_shares(spec, answer, shares),
    )


def _is_share(value: object) -> bool:
    return value is None or (type(value) is float and 0.0 <= value <= 1.0)


def _are_shares(shares: object, spec: EndpointSpec) -> bool:
    """Whether nothing must be done to the probabilities, which holds for those of every bundled algorithm."""
    if type(shares) is not dict:
        return shares is None
    classes = spec.classes or ()
    for name, share in shares.items():
        if (
            type(share) is not float
            or not 0.0 <= share <= 1.0
            or type(name) is not str
            or name not in classes
        ):
            return False
    return True


def _plain_shares(spec: EndpointSpec, answer: Answer, shares: object) -> dict[str, float]:
    if not isinstance(shares, Mapping):
        raise _not_allowed(spec, answer, "probabilities must be a mapping from classes to numbers")
    for name in shares:
        if not isinstance(name, str) or name not in (spec.classes or ()):
            raise _not_allowed(spec, answer, f"probabilities may name only {', '.join(spec.classes or ())}")
    return {str(name): _share(spec, answer, share) for name, share in shares.items()}


def _share(spec: EndpointSpec, answer: Answer, value: object) -> float:
    share = _plain(value)
    if share is None or not 0.0 <= share <= 1.0:
        raise _not_allowed(spec, answer, "a probability must be a number from 0 to 1")
    return share


def _plain(value: object) -> float | None:
    """A number as a float; None for what is none, a truth value among them."""
    if type(value) is float:
        return value
    # Truth values of Python and of numpy are no numbers here, though Python would count True as 1.
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _not_allowed(spec: EndpointSpec, answer: object, reason: str) -> AlgorithmFailed:
    shown = repr(answer)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return AlgorithmFailed(
        f"the algorithm gave an answer that {spec.name} does not allow: {reason}, not {shown}"
    )


def _valid_keyword(cls: type, keyword: str, value: object, pattern: Pattern[str] | None = None) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > NAME:
        raise InvalidAlgorithm(
            f'{cls.__qualname__}: give the class keyword {keyword}="…", a text of at most {NAME} characters',
            path=(keyword,),
        )
    problem = text_problem(value)
    if problem is not None:
        raise InvalidAlgorithm(f"{cls.__qualname__}: the class keyword {keyword} {problem}", path=(keyword,))
    if pattern is not None and not pattern.fullmatch(value):
        raise InvalidAlgorithm(
            f"{cls.__qualname__}: {keyword}={value!r} may hold only letters, digits and '-', '_'"
            + (" and '.'" if pattern is VERSION else " and begins with a letter"),
            path=(keyword,),
        )
    return value


def _valid_status(cls: type, status: str | None) -> Status | None:
    if status not in (*FIRST_STATUSES, None):
        raise InvalidAlgorithm(
            f'{cls.__qualname__}: status={status!r} must be "production", "testing" or None (no status)',
            path=("status",),
        )
    return None if status is None else Status(status)
