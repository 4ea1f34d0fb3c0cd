"""`arbiter backup` and `arbiter restore`: the whole database as one file, and back."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from arbiter.cli.output import AsJson, say, show, show_json
from arbiter.settings import Settings
from arbiter.wiring import utc_now
from orm.backups import whole
from orm.backups.archive import Manifest, StoredModel
from registry.artifacts import stored_digests
from registry.discovery import default_artifacts_root


def backup(
    file: Annotated[
        Path,
        typer.Argument(help="Where it goes; a backup of this name is replaced once this one is whole."),
    ],
    as_json: AsJson = False,
) -> None:
    """Write the whole database to one file, as it is at this moment; servers may run meanwhile.

    The artifact store is not in it: copy that folder as well.

    Example: `arbiter backup /backups/arbiter-monday.backup`
    """
    settings = Settings.load()
    taken = asyncio.run(
        whole.back_up(settings.database_url, file, utc_now(), direct_url=settings.direct_database_url)
    )
    show(_row(taken), f"{_described(taken)}: {file}, {file.stat().st_size >> 10:,} KiB", as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(help="What `arbiter backup` wrote.", exists=True, dir_okay=False)],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Give up all that the database holds now.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only look whether the file is whole; no database is asked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the database what it was when the backup was taken: all of it, or nothing changes. Servers must be stopped.

    Example: `arbiter restore /backups/arbiter-monday.backup`
    """
    settings = Settings.load()
    if check:
        found = whole.looked_through(file)
        text = f"whole: {_described(found)}"
    else:
        found = asyncio.run(
            whole.restore(
                settings.database_url,
                file,
                utc_now(),
                direct_url=settings.direct_database_url,
                replace=replace,
            )
        )
        text = f"restored: {_described(found)}"
    there = stored_digests(settings.artifacts or default_artifacts_root())
    missing = [one for one in found.artifacts if one.digest not in there]
    if as_json:
        show_json(_row(found) | {"missing_artifacts": [asdict(one) for one in missing]})
        return
    say(text)
    for one in missing:
        say(f"missing in the artifact store: {_named(one)}; put its folder back, or it is not ready")


def _described(manifest: Manifest) -> str:
    rows = manifest.rows.get("ml_request", 0)
    return (
        f"{rows:,} requests and {sum(manifest.rows.values()) - rows:,} other rows in {len(manifest.rows)} tables, of "
        f"{manifest.begun}, by release {manifest.release}"
    )


def _named(one: StoredModel) -> str:
    return f"{one.endpoint} {one.algorithm} {one.version} ({one.digest[:12]})"


def _row(manifest: Manifest) -> dict[str, object]:
    return {
        "database": manifest.database,
        "begun": manifest.begun,
        "release": manifest.release,
        "migrations": list(manifest.migrations),
        "rows": dict(manifest.rows),
        "artifacts": [asdict(one) for one in manifest.artifacts],
    }
