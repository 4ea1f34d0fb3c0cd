"""The list of commands, and the one place where an error becomes a line and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import typer

from arbiter.addresses import mask_password
from arbiter.cli import (
    abtest,
    algorithms,
    backup,
    check,
    database,
    doctor,
    explain,
    export,
    feedback,
    forget,
    index,
    jobs,
    keys,
    predict,
    publish,
    rebuild_summary,
    replay,
    retention,
    schema,
    serve,
    settings,
    vacuum,
    withdraw,
    work,
)
from domain.errors import ArbiterError
from domain.extras import cure

FAILED = 1
INTERRUPTED = 130

app = typer.Typer(
    name="arbiter",
    help="Serve predictions, keep every one, take the ground truth, settle A/B tests.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
COMMANDS = (
    serve.serve,
    database.migrate,
    backup.backup,
    backup.restore,
    check.check,
    publish.publish,
    withdraw.withdraw,
    algorithms.algorithms,
    replay.replay,
    schema.schema,
    settings.settings,
    doctor.doctor,
    predict.predict,
    feedback.feedback,
    explain.explain,
    export.export,
    forget.forget,
    rebuild_summary.rebuild_summary,
    index.index,
    vacuum.vacuum,
    work.work,
)
for command in COMMANDS:
    app.command()(command)
for group in (publish.endpoint_app, algorithms.status_app, abtest.app, keys.app, jobs.app, retention.app):
    app.add_typer(group)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 an error in one line, 2 a wrong call. Never a traceback."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        app(args=arguments, prog_name="arbiter")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    except (Exception, KeyboardInterrupt) as error:
        return _explain(error)
    return 0


def _explain(error: BaseException) -> int:
    """Say in one line what went wrong; the exit code."""
    match error:
        case KeyboardInterrupt():
            return INTERRUPTED
        case ArbiterError():
            _say_error(error.message)
        case ModuleNotFoundError():
            _say_error(f"{error.name} is not installed, and this command needs it: {cure('training')}")
        case _:
            if os.environ.get("ARBITER_LOG_LEVEL", "").lower() == "debug":
                sys.stderr.write(mask_password("".join(traceback.format_exception(error))))
            _say_error(f"unexpected {type(error).__name__}: {error} (ARBITER_LOG_LEVEL=debug shows where)")
    return FAILED


def _say_error(message: str) -> None:
    line = " ".join(mask_password(message).split())
    typer.echo(f"arbiter: {line}", err=True)
