"""Choosing: which algorithm answers a call. An immutable table, rebuilt when the catalogue changes; no I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.errors import AlgorithmAmbiguous, AlgorithmNotAvailable, AlgorithmWithdrawn, EndpointNotFound
from domain.requests.request import AlgorithmConditions
from domain.words import Arm, Status, Traffic

UNCONDITIONAL = AlgorithmConditions()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An algorithm as routing sees it. One that is not ready (its code or artifact is gone) is never chosen."""

    id: int
    name: str
    version: str
    status: Status | None
    ready: bool = True
    withdrawn: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.version} (id {self.id})"


@dataclass(frozen=True, slots=True)
class RunningTest:
    """A running test as routing sees it: its arms, the challenger's weight, and the epoch of that weight.

    In a `paired` test both arms run on every request; in a `shadow` one the champion always serves.
    """

    id: int
    epoch_id: int
    champion_id: int
    challenger_id: int
    challenger_weight: float
    salt: str
    traffic: Traffic
    paired: bool = False
    shadow: bool = False

    def draw(self, subject: str | None, random: Callable[[], float]) -> Route:
        """The arm for one call: by the subject's position when one is given, else by `random` in [0, 1)."""
        if self.shadow:
            return Route(self.champion_id, self.id, self.epoch_id, Arm.CHAMPION, 1.0, self.challenger_id)
        if (random() if subject is None else position(self.salt, subject)) < self.challenger_weight:
            arm, probability = Arm.CHALLENGER, self.challenger_weight
            chosen, other = self.challenger_id, self.champion_id
        else:
            arm, probability = Arm.CHAMPION, 1 - self.challenger_weight
            chosen, other = self.champion_id, self.challenger_id
        return Route(chosen, self.id, self.epoch_id, arm, probability, other if self.paired else None)


@dataclass(frozen=True, slots=True)
class Route:
    """The chosen algorithm and, for a call of a test, how it was drawn; `other_id` runs too in a paired test."""

    algorithm_id: int
    ab_test_id: int | None = None
    epoch_id: int | None = None
    arm: Arm | None = None
    serving_probability: float | None = None
    other_id: int | None = None

    @property
    def pair(self) -> tuple[int, int] | None:
        """The ids of champion and challenger where both run; else None."""
        if self.other_id is None:
            return None
        ids = (self.algorithm_id, self.other_id)
        return ids if self.arm is Arm.CHAMPION else (ids[1], ids[0])

    def served_by(self, arm: Arm) -> Route:
        """The same, served by this arm of the pair, whichever was drawn."""
        if arm is self.arm or self.other_id is None:
            return self
        return replace(self, algorithm_id=self.other_id, other_id=self.algorithm_id, arm=arm)


@dataclass(frozen=True, slots=True)
class EndpointRoutes:
    """All that routing knows of one endpoint. Candidates stand in id order."""

    endpoint: str
    candidates: tuple[Candidate, ...]
    test: RunningTest | None = None
    plain: Route | None = field(init=False)

    def __post_init__(self) -> None:
        # The commonest call, a plain prediction while no test takes it, is answered by one attribute.
        open_test = self.test is not None and self.test.traffic is Traffic.ALL
        object.__setattr__(self, "plain", None if open_test else self._first_in_production(UNCONDITIONAL))

    def choose(
        self, conditions: AlgorithmConditions, subject: str | None, random: Callable[[], float]
    ) -> Route:
        """The route for these conditions; see the rules in docs/design.md.

        Raises AlgorithmNotAvailable when nothing meets them, AlgorithmAmbiguous when several do and none is first.
        """
        if conditions == UNCONDITIONAL and self.plain is not None:
            return self.plain
        if conditions.algorithm is not None:
            return self._explicit(conditions)
        if conditions.status is None or conditions.status == Status.PRODUCTION:
            return self._production(conditions, subject, random)
        if conditions.status == Status.TESTING:
            return self._testing(conditions)
        if conditions.status == Status.AB_TESTING:
            return self._ab_testing(conditions, subject, random)
        raise AlgorithmNotAvailable(
            f"No algorithm of {self.endpoint} has the status {conditions.status!r}: "
            "ask for production, testing or ab_testing, or leave the status out.",
            path=("conditions", "status"),
        )

    def _explicit(self, conditions: AlgorithmConditions) -> Route:
        named = [c for c in self.candidates if _is_called(c, conditions.algorithm)]
        found = [
            c for c in named if _meets(c, conditions) and c.status is not None and _has(c, conditions.status)
        ]
        if len(found) == 1:
            return Route(found[0].id)
        if found:
            raise self._ambiguous(found, f"called {conditions.algorithm!r}")
        _refuse_withdrawn(self.endpoint, [c for c in named if conditions.version in (None, c.version)])
        raise AlgorithmNotAvailable(self._why_not(conditions, named), path=("conditions", "algorithm"))

    def _production(
        self, conditions: AlgorithmConditions, subject: str | None, random: Callable[[], float]
    ) -> Route:
        test = self.test
        if test is not None and test.traffic is Traffic.ALL and self._both_arms_meet(test, conditions):
            return test.draw(subject, random)
        route = self._first_in_production(conditions)
        if route is None:
            raise AlgorithmNotAvailable(self._why_none_in_production(conditions), path=("conditions",))
        return route

    def _why_none_in_production(self, conditions: AlgorithmConditions) -> str:
        for candidate in self.candidates:
            wanted = candidate.status is Status.PRODUCTION and conditions.version in (None, candidate.version)
            if wanted and not candidate.ready:
                return (
                    f"{candidate} of {self.endpoint} is in production but not loaded; the server's /readyz says why. "
                    "Set another one to production, or ask for another status."
                )
        return (
            f"No algorithm of {self.endpoint} in production meets the conditions{_version_note(conditions)}. "
            "Set one to production, or ask for another status or version."
        )

    def _first_in_production(self, conditions: AlgorithmConditions) -> Route | None:
        for candidate in self.candidates:
            if candidate.status is Status.PRODUCTION and _meets(candidate, conditions):
                return Route(candidate.id)
        # A test never takes an endpoint out of service: its champion stands in, outside the test.
        for candidate in self._arms_that_meet(conditions):
            return Route(candidate.id)
        return None

    def _arms_that_meet(self, conditions: AlgorithmConditions) -> Iterable[Candidate]:
        """The champion, else (when its artifact is gone) the challenger, if it meets the conditions."""
        if self.test is None:
            return ()
        arms = [
            c
            for id_ in (self.test.champion_id, self.test.challenger_id)
            for c in self.candidates
            if c.id == id_ and c.ready
        ][:1]
        return [c for c in arms if _meets(c, conditions)]

    def _testing(self, conditions: AlgorithmConditions) -> Route:
        found = [c for c in self.candidates if c.status is Status.TESTING and _meets(c, conditions)]
        if len(found) == 1:
            return Route(found[0].id)
        if found:
            raise self._ambiguous(found, "in testing")
        raise AlgorithmNotAvailable(
            f"No algorithm of {self.endpoint} in testing meets the conditions{_version_note(conditions)}.",
            path=("conditions",),
        )

    def _ab_testing(
        self, conditions: AlgorithmConditions, subject: str | None, random: Callable[[], float]
    ) -> Route:
        if self.test is None:
            raise AlgorithmNotAvailable(
                f"No A/B test runs on {self.endpoint}: create one, or leave the status out.",
                path=("conditions", "status"),
            )
        if self._both_arms_meet(self.test, conditions):
            return self.test.draw(subject, random)
        if conditions.version is None:
            # One arm cannot answer since its artifact is gone: the other serves, and nothing counts.
            for candidate in self._arms_that_meet(conditions):
                return Route(candidate.id)
        raise AlgorithmNotAvailable(
            f"The arms of A/B test {self.test.id} on {self.endpoint} do not both meet the conditions"
            f"{_version_note(conditions)}: leave the version out.",
            path=("conditions",),
        )

    def _both_arms_meet(self, test: RunningTest, conditions: AlgorithmConditions) -> bool:
        arms = [c for c in self.candidates if c.id in (test.champion_id, test.challenger_id)]
        return sum(_meets(c, conditions) for c in arms) == len((Arm.CHAMPION, Arm.CHALLENGER))

    def _ambiguous(self, found: Sequence[Candidate], which: str) -> AlgorithmAmbiguous:
        names = [str(candidate) for candidate in found]
        return AlgorithmAmbiguous(
            f"Several algorithms of {self.endpoint} are {which}: {', '.join(names)}. "
            "Name one by its version or its id.",
            candidates=names,
            path=("conditions",),
        )

    def _why_not(self, conditions: AlgorithmConditions, named: Sequence[Candidate]) -> str:
        if not named:
            known = ", ".join(str(candidate) for candidate in self.candidates) or "none"
            return f"{self.endpoint} has no algorithm {conditions.algorithm!r}. It has: {known}."
        found = [c for c in named if conditions.version in (None, c.version)]
        if not found:
            versions = ", ".join(candidate.version for candidate in named)
            return (
                f"{named[0].name} of {self.endpoint} has no version {conditions.version!r}, but {versions}."
            )
        if not any(c.ready for c in found):
            return f"{found[0]} of {self.endpoint} is not loaded; the server's /readyz says why."
        if all(c.status is None for c in found):
            return f"{found[0]} of {self.endpoint} has no status: set it to testing or production first."
        return f"{found[0]} of {self.endpoint} is not in {conditions.status}."


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """The routes of every endpoint, by name."""

    routes: Mapping[str, EndpointRoutes]

    def choose(
        self, endpoint: str, conditions: AlgorithmConditions, subject: str | None, random: Callable[[], float]
    ) -> Route:
        """The route for one call. Raises EndpointNotFound, AlgorithmNotAvailable or AlgorithmAmbiguous."""
        routes = self.routes.get(endpoint)
        if routes is None:
            raise EndpointNotFound(f"There is no endpoint {endpoint!r}.", path=("endpoint",))
        return routes.choose(conditions, subject, random)


def _refuse_withdrawn(endpoint: str, named: Sequence[Candidate]) -> None:
    """Raises AlgorithmWithdrawn where everything that was named is withdrawn."""
    if named and all(candidate.withdrawn for candidate in named):
        raise AlgorithmWithdrawn(
            f"{named[0]} of {endpoint} was withdrawn and answers no more: name another one, or none.",
            path=("conditions", "algorithm"),
        )


def _meets(candidate: Candidate, conditions: AlgorithmConditions) -> bool:
    return candidate.ready and conditions.version in (None, candidate.version)


def _has(candidate: Candidate, status: str | None) -> bool:
    return status is None or candidate.status == status


def _is_called(candidate: Candidate, algorithm: int | str | None) -> bool:
    if isinstance(algorithm, int):
        return candidate.id == algorithm
    return algorithm in (candidate.name, str(candidate.id))


def _version_note(conditions: AlgorithmConditions) -> str:
    return "" if conditions.version is None else f" (version {conditions.version!r})"


def position(salt: str, subject: str) -> float:
    """Where `subject` stands in [0, 1) under `salt`: the first 8 bytes of blake2b(salt ‖ subject) over 2^64.

    A subject whose position is below the challenger's weight is served by the challenger. The salt is the
    test's own, so that the subjects of one test are shuffled anew in the next.

    >>> round(position("salt", "alice"), 6)
    0.190661
    """
    digest = hashlib.blake2b(salt.encode() + subject.encode(), digest_size=64).digest()
    # Dividing the top 53 bits keeps the result below 1, which a float of all 64 bits would round up to.
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53
