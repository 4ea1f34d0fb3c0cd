"""The part files of a job: where they go, and how they are put together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domain.jobs import Job
from domain.words import JSONValue
from serving.bulk.parts import PartFolder, PartFormat, part_from


async def finished(
    job: Job, units: Sequence[Any], format: PartFormat, **facts: JSONValue
) -> dict[str, JSONValue]:
    """Name the parts and write the manifest; what a job says of its folder."""
    parts = [(one["lo"], part_from(one["part"])) for one in units]
    folder = folder_of(job)
    said: dict[str, JSONValue] = {"kind": job.kind.value, "endpoint": job.parameters.get("endpoint"), **facts}
    await asyncio.to_thread(folder.finish, parts, format.value, said)
    return {
        "folder": str(folder.path),
        "part_files": len(parts),
        "rows": sum(part.rows for _, part in parts),
        "bytes": sum(part.size for _, part in parts),
        **facts,
    }


def folder_of(job: Job) -> PartFolder:
    """Where a job's parts go."""
    return PartFolder(Path(str(job.parameters["out"])), str(job.parameters["_mark"]))
