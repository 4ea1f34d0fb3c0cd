"""The server itself: its version, its database, and what could not be loaded."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import strawberry

from domain.callers import Scope
from domain.catalog.entries import LoadProblem
from graph.operation.context import Info
from graph.vocabulary.costs import sized
from graph.vocabulary.fields import resolved


@strawberry.type(description="Something that could not be loaded; everything else is served all the same.")
class Problem:
    """A part that is not served, and why."""

    name: str = strawberry.field(description="The algorithm, endpoint or plug-in.")
    endpoint: str | None = strawberry.field(
        description="The endpoint that it belongs to, where that is known."
    )
    reason: str = strawberry.field(description="Why it could not be loaded.")

    @classmethod
    def of(cls, problem: LoadProblem) -> Problem:
        """The GraphQL form of a problem."""
        return cls(name=problem.name, endpoint=problem.endpoint, reason=problem.reason)


@strawberry.type(description="The server that answers.")
class Server:
    """Facts about the server."""

    version: str = strawberry.field(description="The version of Arbiter.")
    database: str = strawberry.field(description="The kind of database: `sqlite` or `postgres`.")
    problems: list[Problem] = strawberry.field(
        description="What could not be loaded; empty when all is well.", metadata=sized(20)
    )


@cache
def installed_version() -> str:
    """The version of the installed distribution."""
    return version("arbiter-server")


@strawberry.type
class Queries:
    """The root query for the server."""

    @resolved(description="The server that answers.", needs=Scope.READ)
    def server(self, info: Info) -> Server:
        """From the snapshot and the settings."""
        return Server(
            version=installed_version(),
            database=info.context.services.database.dialect,
            problems=[Problem.of(problem) for problem in info.context.snapshot.problems],
        )
