"""`arbiter serve` on which some documents are slow to check: `python -m tests.arbiter.attacked serve`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import structlog
from graphql import FieldNode
from graphql.validation import ASTValidationRule

from arbiter.app import create_app, graph_options_of
from arbiter.http import server
from arbiter.settings import LogFormat, Settings
from arbiter.telemetry import logs
from arbiter.telemetry.log_queue import LogQueue, to_standard_error
from graph.edge import GraphQLEdge

SLOW = "slow"
SECONDS = 0.05


class SlowRule(ASTValidationRule):
    """Takes its time over each field that is called SLOW."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Keep the processor busy."""
        until = time.perf_counter() + SECONDS
        while node.alias and node.alias.value == SLOW and time.perf_counter() < until:
            pass


def main() -> None:
    """Serve with that rule on a free port."""
    settings = Settings.load(port=0, log=LogFormat.JSON)
    edge = GraphQLEdge(replace(graph_options_of(settings), rules=(SlowRule,)))
    with LogQueue(to_standard_error) as lines:
        logs.configure(settings, lines)
        say = structlog.get_logger("arbiter.server").info
        server.serve(
            create_app(settings, lines=lines, edge=edge), settings, lambda url: say("listening", url=url)
        )


if __name__ == "__main__":
    main()
