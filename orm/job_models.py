"""The tables of jobs: orders over many rows, and the ranges that they are divided into."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from orm.models import RESTRICT


class Job(Model):
    """One order over many rows, which workers carry out unit by unit.

    `identity` is JSON of what every unit must be run with. `slot` is held by a job beside which no other of its like
    may run. `result` is JSON, and `error` says why it stopped.
    """

    id = fields.IntField(primary_key=True)
    kind = fields.CharField(max_length=16)
    state = fields.CharField(max_length=16)
    slot = fields.CharField(max_length=256, null=True, unique=True)
    parameters = fields.TextField()
    identity = fields.TextField()
    release = fields.CharField(max_length=32)
    units = fields.IntField()
    rows = fields.BigIntField()
    created_by = fields.CharField(max_length=128)
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    result = fields.TextField(null=True)
    error = fields.TextField(null=True)

    class Meta:
        table = "job"
        indexes = (("state", "id"),)


class JobUnit(Model):
    """A range of a job, from `lo` up to but not including `hi`, that one worker at a time holds.

    Whoever knows `token` may store what came of it; `leased_until` is in milliseconds since 1970, by the clock of the
    database server where there is one. `done` is how many of its `rows` a worker has said it has gone through.
    """

    id = fields.BigIntField(primary_key=True)
    job: fields.ForeignKeyRelation[Job] = fields.ForeignKeyField(
        "models.Job", related_name="job_units", on_delete=RESTRICT
    )
    number = fields.IntField()
    lo = fields.BigIntField()
    hi = fields.BigIntField()
    rows = fields.BigIntField()
    done = fields.BigIntField(default=0)
    state = fields.CharField(max_length=16)
    token = fields.CharField(max_length=64, null=True)
    worker = fields.CharField(max_length=128, null=True)
    leased_until = fields.BigIntField(null=True)
    attempts = fields.IntField(default=0)
    result = fields.TextField(null=True)
    error = fields.TextField(null=True)

    class Meta:
        table = "job_unit"
        unique_together = (("job", "lo"),)
        indexes = (("job_id", "state"),)
