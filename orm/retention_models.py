"""The tables of retention; they name those of `orm.models` by their names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from orm.models import Endpoint

RESTRICT = fields.OnDelete.RESTRICT


class Retention(Model):
    """How long an endpoint's requests are kept, how far that was carried out, and what went with it.

    The requests below `inputs_from` have no inputs any more, and those below `rows_from` are gone. Both only grow, in
    the transactions that remove. The row stays when the rule is cleared: what is gone stays gone.
    """

    endpoint: fields.OneToOneRelation[Endpoint] = fields.OneToOneField(
        "models.Endpoint", related_name="retention", on_delete=RESTRICT, primary_key=True
    )
    inputs_days = fields.IntField(null=True)
    rows_days = fields.IntField(null=True)
    changed_by = fields.CharField(max_length=128)
    changed_at = fields.DatetimeField()
    inputs_from = fields.BigIntField(default=0)
    rows_from = fields.BigIntField(default=0)
    inputs_removed = fields.BigIntField(default=0)
    rows_removed = fields.BigIntField(default=0)
    feedback_events_removed = fields.BigIntField(default=0)
    features_removed = fields.BigIntField(default=0)
    observations_removed = fields.BigIntField(default=0)
    external_ids_removed = fields.BigIntField(default=0)
    inputs_removed_at = fields.DatetimeField(null=True)
    rows_removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "retention"


class RetentionChange(Model):
    """The append-only history of an endpoint's rule: what it was changed to, by whom and when."""

    id = fields.IntField(primary_key=True)
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField(
        "models.Endpoint", related_name="retention_changes", on_delete=RESTRICT
    )
    inputs_days = fields.IntField(null=True)
    rows_days = fields.IntField(null=True)
    created_by = fields.CharField(max_length=128)
    created_at = fields.DatetimeField()

    class Meta:
        table = "retention_change"
        indexes = (("endpoint_id", "id"),)


class RetentionLease(Model):
    """One row: which process removes now, until when, and when one last looked at a clock that was believed."""

    id = fields.IntField(primary_key=True, generated=False)
    token = fields.CharField(max_length=64)
    leased_until = fields.DatetimeField()
    looked_at = fields.DatetimeField()

    class Meta:
        table = "retention_lease"


class RemovedFailure(Model):
    """Failed requests with a ground truth whose rows are gone: the daily summaries do not tell them apart.

    Algorithm 0 is none, and so is the arm "". A ground truth that scored nothing is not kept: its text is "".
    """

    id = fields.BigIntField(primary_key=True)
    day = fields.DateField()
    endpoint_id = fields.IntField()
    algorithm_id = fields.IntField()
    arm = fields.CharField(max_length=16)
    feedback = fields.CharField(max_length=256)
    requests = fields.IntField()
    scored = fields.IntField()
    errors = fields.IntField()
    caller_errors = fields.IntField()
    unscored = fields.IntField()
    never_scored = fields.IntField()

    class Meta:
        table = "removed_failure"
        unique_together = (("endpoint_id", "day", "algorithm_id", "arm", "feedback"),)
