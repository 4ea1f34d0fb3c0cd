"""`arbiter serve` with workers whose event loops can be stopped: `python -m tests.arbiter.workers.blocked serve`."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import Any

import structlog
from graphql import FieldNode
from graphql.validation import ASTValidationRule

from arbiter.app import graph_options_of
from arbiter.settings import LogFormat, Settings
from arbiter.telemetry import logs
from arbiter.workers import worker
from arbiter.workers.member import environment_of
from arbiter.workers.supervisor import Supervisor
from graph.edge import GraphQLEdge

FOR_EVER = "for_ever"


class Blocking(ASTValidationRule):
    """Stops at each field that is called FOR_EVER, and the event loop with it."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Other threads of the process go on."""
        while node.alias and node.alias.value == FOR_EVER:
            time.sleep(0.1)


def edge_of(settings: Settings) -> GraphQLEdge:
    return GraphQLEdge(replace(graph_options_of(settings), rules=(Blocking,)))


def main() -> None:
    """Supervise workers that have this rule."""
    given = {"port": 0, "log": "json", "workers": 2}
    settings = Settings.load(**given)
    assert settings.log is LogFormat.JSON
    logs.configure(settings)
    say = structlog.get_logger("arbiter.server").info
    module = "tests.arbiter.workers.blocked"
    Supervisor(settings, environment_of(given), lambda url: say("listening", url=url), module=module).run()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        main()
    else:
        sys.exit(worker.main(sys.argv[1:], edge_of))
