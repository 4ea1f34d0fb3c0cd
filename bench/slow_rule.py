"""`arbiter serve` with one more rule for documents, which is slow: a stand-in for rules whose time grows with squares.

    ARBITER_DATABASE_URL=sqlite://arbiter.db python -m bench.slow_rule

Whoever attacks needs a document that is slow to validate. None that is slow in other people's software is kept here;
this rule makes every long document slow, in this process alone.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import structlog
from graphql import FieldNode, ValidationContext
from graphql.validation import ValidationRule

from arbiter.app import create_app, graph_options_of
from arbiter.http import server
from arbiter.settings import Settings
from arbiter.telemetry import logs
from arbiter.telemetry.log_queue import LogQueue, to_standard_error
from graph.edge import GraphQLEdge

SECONDS_A_PAIR = 1.2e-6
"""A document of a thousand fields takes .6 s more, as the slowest did when documents had no bounds."""


class EachFieldWithEachOther(ValidationRule):
    """Takes as long as it would to compare each field of a document with all before it, and finds nothing."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.fields = 0

    def enter_field(self, _node: FieldNode, *_: object) -> None:
        """Keep this thread's processor busy."""
        until = time.thread_time() + SECONDS_A_PAIR * self.fields
        self.fields += 1
        while time.thread_time() < until:
            pass


def main() -> None:
    """Serve until SIGTERM, on a free port, with what the environment says."""
    settings = Settings.load(port=0, log="json")
    edge = GraphQLEdge(replace(graph_options_of(settings), rules=(EachFieldWithEachOther,)))

    def announce(url: str) -> None:
        structlog.get_logger("arbiter.server").info("listening", url=url)

    with LogQueue(to_standard_error) as lines:
        logs.configure(settings, lines)
        logging.captureWarnings(True)
        server.serve(create_app(settings, lines=lines, edge=edge), settings, announce)


if __name__ == "__main__":
    main()
