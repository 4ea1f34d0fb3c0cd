"""The tables, in the words of the old service where it had them.

Ids of requests are assigned by the application (see `domain.requests.request_ids`). All times are UTC. Rows are never
deleted through relations: every foreign key restricts. `active_slot` and `running_slot` are plain nullable
unique columns, since conditional unique indexes are lost by the migration tools.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from orm.indexes import (
    ErrorIndex,
    FailedWithFeedbackIndex,
    RequestIdField,
    ScoredIndex,
    WithFeedbackIndex,
    WithSubjectIndex,
)

RESTRICT = fields.OnDelete.RESTRICT


class Endpoint(Model):
    """A use case."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=128, unique=True)
    owner = fields.CharField(max_length=128)
    description = fields.TextField(default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "endpoint"


class EndpointRevision(Model):
    """A declaration of an endpoint (its endpoint.json) that was taken; the one with the highest number holds.

    `breaking` is why one was taken that refuses calls which the one before it took.
    """

    id = fields.IntField(primary_key=True)
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField(
        "models.Endpoint", related_name="revisions", on_delete=RESTRICT
    )
    number = fields.IntField()
    digest = fields.CharField(max_length=64)
    declaration = fields.TextField()
    breaking = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "endpoint_revision"
        unique_together = (("endpoint", "number"),)


class MLAlgorithm(Model):
    """A trained model of one endpoint. `revision` grows with each change of status and serialises them.

    `digest` is of the manifest that it was published with, and null for a class. What is withdrawn stays as a row, so
    that its requests keep their algorithm and nobody publishes another model under its name and version.
    """

    id = fields.IntField(primary_key=True)
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField(
        "models.Endpoint", related_name="algorithms", on_delete=RESTRICT
    )
    name = fields.CharField(max_length=128)
    model_type = fields.CharField(max_length=16)
    version = fields.CharField(max_length=128)
    description = fields.TextField(default="")
    owner = fields.CharField(max_length=128)
    revision = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    digest = fields.CharField(max_length=64, null=True)
    withdrawn_at = fields.DatetimeField(null=True)
    withdrawn_reason = fields.TextField(null=True)

    class Meta:
        table = "ml_algorithm"
        unique_together = (("endpoint", "name", "version"),)


class MLAlgorithmCode(Model):
    """The source text of an algorithm's class: large, and read only when asked for."""

    algorithm: fields.OneToOneRelation[MLAlgorithm] = fields.OneToOneField(
        "models.MLAlgorithm", related_name="code", on_delete=RESTRICT, primary_key=True
    )
    code = fields.TextField()

    class Meta:
        table = "ml_algorithm_code"


class MLAlgorithmStatus(Model):
    """The log of an algorithm's statuses; the active row holds the algorithm's id in `active_slot`."""

    id = fields.IntField(primary_key=True)
    algorithm: fields.ForeignKeyRelation[MLAlgorithm] = fields.ForeignKeyField(
        "models.MLAlgorithm", related_name="statuses", on_delete=RESTRICT
    )
    status = fields.CharField(max_length=16)
    active_slot = fields.IntField(null=True, unique=True)
    created_by = fields.CharField(max_length=128)
    created_at = fields.DatetimeField()

    class Meta:
        table = "ml_algorithm_status"
        indexes = (("algorithm_id", "id"),)


class ABTest(Model):
    """A test of two algorithms; a running one holds its endpoint's id in `running_slot`."""

    id = fields.IntField(primary_key=True)
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField(
        "models.Endpoint", related_name="ab_tests", on_delete=RESTRICT
    )
    algorithm1: fields.ForeignKeyRelation[MLAlgorithm] = fields.ForeignKeyField(
        "models.MLAlgorithm", related_name="ab_tests_as_1", on_delete=RESTRICT
    )
    algorithm2: fields.ForeignKeyRelation[MLAlgorithm] = fields.ForeignKeyField(
        "models.MLAlgorithm", related_name="ab_tests_as_2", on_delete=RESTRICT
    )
    champion: fields.ForeignKeyRelation[MLAlgorithm] = fields.ForeignKeyField(
        "models.MLAlgorithm", related_name="ab_tests_as_champion", on_delete=RESTRICT
    )
    model_type = fields.CharField(max_length=16)
    title = fields.TextField()
    traffic = fields.CharField(max_length=16)
    state = fields.CharField(max_length=16)
    running_slot = fields.IntField(null=True, unique=True)
    verdict = fields.CharField(max_length=16, null=True)
    reason = fields.TextField(null=True)
    summary = fields.TextField(default="")
    salt = fields.CharField(max_length=64)
    mode = fields.CharField(max_length=16)
    parameters = fields.TextField()
    created_by = fields.CharField(max_length=128)
    created_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "ab_test"


class ABTestEpoch(Model):
    """The weights of a test from one moment on; changed weights open a new epoch."""

    id = fields.IntField(primary_key=True)
    ab_test: fields.ForeignKeyRelation[ABTest] = fields.ForeignKeyField(
        "models.ABTest", related_name="epochs", on_delete=RESTRICT
    )
    challenger_weight = fields.FloatField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "ab_test_epoch"
        indexes = (("ab_test_id", "id"),)


class ABTestEvent(Model):
    """The append-only audit log of a test: who did what when, with the statuses before and after."""

    id = fields.IntField(primary_key=True)
    ab_test: fields.ForeignKeyRelation[ABTest] = fields.ForeignKeyField(
        "models.ABTest", related_name="events", on_delete=RESTRICT
    )
    kind = fields.CharField(max_length=16)
    created_by = fields.CharField(max_length=128)
    created_at = fields.DatetimeField()
    details = fields.TextField()

    class Meta:
        table = "ab_test_event"
        indexes = (("ab_test_id", "id"),)


class MLRequest(Model):
    """One prediction asked for. The id is the time: history needs no index on `created_at`.

    `correct` is set with feedback on a classifier's request, `residual` (value minus ground truth) on a
    regressor's, so that every figure is a count or a sum of columns. `confidence` is the probability of the label.
    """

    id = RequestIdField(primary_key=True, generated=False)
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField(
        "models.Endpoint", related_name="requests", on_delete=RESTRICT
    )
    algorithm: fields.ForeignKeyNullableRelation[MLAlgorithm] = fields.ForeignKeyField(
        "models.MLAlgorithm", related_name="requests", on_delete=RESTRICT, null=True
    )
    ab_test: fields.ForeignKeyNullableRelation[ABTest] = fields.ForeignKeyField(
        "models.ABTest", related_name="requests", on_delete=RESTRICT, null=True
    )
    arm = fields.CharField(max_length=16, null=True)
    subject = fields.CharField(max_length=256, null=True)
    input = fields.TextField()
    full_response = fields.TextField()
    outcome = fields.CharField(max_length=8)
    fault = fields.CharField(max_length=16, null=True)
    label = fields.CharField(max_length=256, null=True)
    value = fields.FloatField(null=True)
    probability = fields.FloatField(null=True)
    message = fields.TextField(null=True)
    latency = fields.FloatField()
    feedback = fields.TextField(null=True)
    feedback_at = fields.DatetimeField(null=True)
    correct = fields.BooleanField(null=True)
    residual = fields.FloatField(null=True)
    confidence = fields.FloatField(null=True)

    class Meta:
        table = "ml_request"
        indexes = (
            ("endpoint_id", "id"),
            ("algorithm_id", "id"),
            ("ab_test_id", "id"),
            ("label", "id"),
            WithFeedbackIndex(fields=("id",), name="idx_ml_request_with_feedback"),
            WithFeedbackIndex(fields=("feedback_at", "id"), name="idx_ml_request_feedback_at"),
            WithSubjectIndex(fields=("subject", "id"), name="idx_ml_request_subject"),
            FailedWithFeedbackIndex(
                fields=("endpoint_id", "algorithm_id", "id"), name="idx_ml_request_failed_with_feedback"
            ),
            # New rows come at its end, so that a prediction hardly pays for it: an index in order of a probability
            # would be written at another place by each. Orders by these numbers go through all of it.
            Index(
                fields=(
                    *("id", "endpoint_id", "algorithm_id", "outcome", "label"),
                    *("probability", "confidence", "value", "latency", "feedback_at"),
                ),
                name="idx_ml_request_numbers",
            ),
            ScoredIndex(
                fields=("confidence", "id", "endpoint_id", "algorithm_id"),
                name="idx_ml_request_wrong",
                among="correct IS FALSE",
            ),
            ErrorIndex(
                fields=("residual", "id", "endpoint_id", "algorithm_id"),
                name="idx_ml_request_error",
                among="residual IS NOT NULL",
            ),
        )


class ABTestObservation(Model):
    """How a request of a test was routed, what each arm said of it, and how right that was once feedback came.

    A pending one (`complete` false) still lacks an arm's answer. The scores are set together with feedback, so
    that all figures of a test are counts and sums over this table alone. Losses are whole steps of the grid of bounded
    losses, probabilities JSON of those by class: both only of tests that ask for them.
    """

    request: fields.OneToOneRelation[MLRequest] = fields.OneToOneField(
        "models.MLRequest", related_name="observation", on_delete=RESTRICT, primary_key=True
    )
    ab_test: fields.ForeignKeyRelation[ABTest] = fields.ForeignKeyField(
        "models.ABTest", related_name="observations", on_delete=RESTRICT
    )
    epoch: fields.ForeignKeyRelation[ABTestEpoch] = fields.ForeignKeyField(
        "models.ABTestEpoch", related_name="observations", on_delete=RESTRICT
    )
    drawn_arm = fields.CharField(max_length=16)
    served_arm = fields.CharField(max_length=16)
    serving_probability = fields.FloatField()
    subject = fields.CharField(max_length=256, null=True)
    complete = fields.BooleanField()
    champion_label = fields.CharField(max_length=256, null=True)
    champion_value = fields.FloatField(null=True)
    champion_failed = fields.BooleanField(null=True)
    champion_latency = fields.FloatField(null=True)
    challenger_label = fields.CharField(max_length=256, null=True)
    challenger_value = fields.FloatField(null=True)
    challenger_failed = fields.BooleanField(null=True)
    challenger_latency = fields.FloatField(null=True)
    champion_correct = fields.BooleanField(null=True)
    challenger_correct = fields.BooleanField(null=True)
    champion_residual = fields.FloatField(null=True)
    challenger_residual = fields.FloatField(null=True)
    champion_loss = fields.BigIntField(null=True)
    challenger_loss = fields.BigIntField(null=True)
    champion_probabilities = fields.TextField(null=True)
    challenger_probabilities = fields.TextField(null=True)

    class Meta:
        table = "ab_test_observation"
        indexes = (("ab_test_id", "request_id"),)


class FeedbackEvent(Model):
    """The append-only history of a request's ground truth; a cleared one has feedback NULL."""

    id = fields.BigIntField(primary_key=True)
    request: fields.ForeignKeyRelation[MLRequest] = fields.ForeignKeyField(
        "models.MLRequest", related_name="feedback_events", on_delete=RESTRICT
    )
    feedback = fields.TextField(null=True)
    created_by = fields.CharField(max_length=128)
    created_at = fields.DatetimeField()

    class Meta:
        table = "feedback_event"
        indexes = (("request_id", "id"),)


class RequestFeature(Model):
    """A feature of a request that its endpoint declares as indexed."""

    id = fields.BigIntField(primary_key=True)
    request: fields.ForeignKeyRelation[MLRequest] = fields.ForeignKeyField(
        "models.MLRequest", related_name="features", on_delete=RESTRICT
    )
    feature = fields.CharField(max_length=128)
    text = fields.CharField(max_length=256, null=True)
    number = fields.FloatField(null=True)

    class Meta:
        table = "request_feature"
        indexes = (
            ("feature", "text", "request_id"),
            ("feature", "number", "request_id"),
            ("request_id",),
        )


class IndexRun(Model):
    """How far the stored requests of an endpoint were gone through to index a feature; "" stands for the confidence.

    Everything from the request `position` on is indexed, `requests` of the `total` there were. Changed in the
    transactions that index.
    """

    id = fields.IntField(primary_key=True)
    endpoint: fields.ForeignKeyRelation[Endpoint] = fields.ForeignKeyField(
        "models.Endpoint", related_name="index_runs", on_delete=RESTRICT
    )
    feature = fields.CharField(max_length=128)
    position = fields.BigIntField()
    total = fields.IntField()
    requests = fields.IntField()
    indexed = fields.IntField()
    refused = fields.IntField()
    started_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "index_run"
        unique_together = (("endpoint", "feature"),)


class ExternalId(Model):
    """What another system calls a request of an endpoint: the first one that came with this id.

    It is written before its request, in the same transaction, so that a request whose id is taken is never stored:
    therefore its columns are no foreign keys.
    """

    request_id = RequestIdField(primary_key=True, generated=False)
    endpoint_id = fields.IntField()
    external_id = fields.CharField(max_length=200)

    class Meta:
        table = "external_id"
        unique_together = (("external_id", "endpoint_id"),)


class DailySummary(Model):
    """The figures of a UTC day, as far as one writer has added to them: only sums over writers mean something.

    Algorithm 0 is none, and so is the arm "". A sum of residuals is its column and what rounding left, `_rest`.
    Added to in the transactions of the request log and of feedback (`orm.queries.figures.summary_writes`).
    """

    id = fields.BigIntField(primary_key=True)
    day = fields.DateField()
    endpoint_id = fields.IntField()
    algorithm_id = fields.IntField()
    arm = fields.CharField(max_length=16)
    writer = fields.IntField()
    requests = fields.IntField()
    errors = fields.IntField()
    caller_errors = fields.IntField()
    with_feedback = fields.IntField()
    scored = fields.IntField()
    correct = fields.IntField()
    residual_sum = fields.FloatField()
    residual_sum_rest = fields.FloatField()
    residual_absolute = fields.FloatField()
    residual_absolute_rest = fields.FloatField()
    residual_squares = fields.FloatField()
    residual_squares_rest = fields.FloatField()
    latency_0 = fields.IntField()
    latency_1 = fields.IntField()
    latency_2 = fields.IntField()
    latency_3 = fields.IntField()
    latency_4 = fields.IntField()
    latency_5 = fields.IntField()
    latency_6 = fields.IntField()
    latency_7 = fields.IntField()
    latency_8 = fields.IntField()
    latency_9 = fields.IntField()
    latency_10 = fields.IntField()
    latency_11 = fields.IntField()
    latency_12 = fields.IntField()
    latency_13 = fields.IntField()
    latency_14 = fields.IntField()
    latency_15 = fields.IntField()
    latency_16 = fields.IntField()

    class Meta:
        table = "daily_summary"
        unique_together = (("day", "endpoint_id", "algorithm_id", "arm", "writer"),)


class DailyConfusion(Model):
    """How often a label was answered on a UTC day where a declared class was the truth; summed over writers."""

    id = fields.BigIntField(primary_key=True)
    day = fields.DateField()
    endpoint_id = fields.IntField()
    algorithm_id = fields.IntField()
    label = fields.CharField(max_length=256)
    feedback = fields.CharField(max_length=256)
    writer = fields.IntField()
    requests = fields.IntField()

    class Meta:
        table = "daily_confusion"
        unique_together = (("day", "endpoint_id", "algorithm_id", "label", "feedback", "writer"),)


class DailyProbability(Model):
    """How often what was said with a probability of a bin came true on a UTC day; summed over writers.

    Sums are over whole steps of a probability (`domain.statistics.probability_bins`).
    """

    id = fields.BigIntField(primary_key=True)
    day = fields.DateField()
    endpoint_id = fields.IntField()
    algorithm_id = fields.IntField()
    bin = fields.IntField()
    writer = fields.IntField()
    requests = fields.IntField()
    came_true = fields.IntField()
    steps = fields.BigIntField()
    squares = fields.BigIntField()
    true_steps = fields.BigIntField()

    class Meta:
        table = "daily_probability"
        unique_together = (("day", "endpoint_id", "algorithm_id", "bin", "writer"),)


class DailyValues(Model):
    """How often each value was asked and answered on a UTC day, as far as one stretch of one process has counted.

    `counts` is JSON: a number by bin, by column (`domain.history.value_bins`). The process that began a stretch, with
    the request of that id, holds its counts and writes them anew with every commit: only sums over stretches mean
    something. A stretch below 0 is a correction.
    """

    id = fields.BigIntField(primary_key=True)
    day = fields.DateField()
    endpoint_id = fields.IntField()
    algorithm_id = fields.IntField()
    stretch = fields.BigIntField()
    requests = fields.IntField()
    counts = fields.TextField()

    class Meta:
        table = "daily_values"
        unique_together = (("day", "endpoint_id", "algorithm_id", "stretch"),)


class IdempotencyKey(Model):
    """A caller's key for one command, with the ids it made; a retry finds the first answer here."""

    id = fields.BigIntField(primary_key=True)
    principal = fields.CharField(max_length=128)
    key = fields.CharField(max_length=256)
    fingerprint = fields.CharField(max_length=64)
    request_ids = fields.TextField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "idempotency_key"
        unique_together = (("principal", "key"),)


class Erasure(Model):
    """That a subject was forgotten: by whom, when and how many requests, but not whom once it is finished.

    While it runs it holds the subject and the token that stands for it in the tests, so that one that was
    interrupted goes on where it stopped. `last_id` is the newest request that it erases.
    """

    id = fields.IntField(primary_key=True)
    subject = fields.CharField(max_length=256, null=True, unique=True)
    token = fields.CharField(max_length=64, null=True)
    last_id = fields.BigIntField()
    requests = fields.IntField()
    created_by = fields.CharField(max_length=128)
    created_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "erasure"


class ApiKey(Model):
    """An API key, of which only the digest is stored.

    `scopes` are those for all endpoints, `confined_scopes` words like `predict:income_classifier`: apart, so that a
    release that does not know them grants too little and never too much. `former_digest` is the secret before a
    rotation; it counts until `former_until`.
    """

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=128, unique=True)
    prefix = fields.CharField(max_length=16)
    digest = fields.CharField(max_length=64, unique=True)
    scopes = fields.CharField(max_length=128)
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    confined_scopes = fields.TextField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    former_digest = fields.CharField(max_length=64, null=True)
    former_until = fields.DatetimeField(null=True)

    class Meta:
        table = "api_key"


class Writer(Model):
    """The lease of a writer number: no id above `high_water` (milliseconds of the id epoch) was ever used."""

    id = fields.IntField(primary_key=True, generated=False)
    token = fields.CharField(max_length=64)
    high_water = fields.BigIntField()
    expires_at = fields.BigIntField()

    class Meta:
        table = "writer"


class CatalogRevision(Model):
    """One row whose number grows with every change of a status, a test, an endpoint or a key."""

    id = fields.IntField(primary_key=True, generated=False)
    revision = fields.BigIntField(default=0)

    class Meta:
        table = "catalog_revision"


class Migration(Model):
    """A change of the schema that a release of Arbiter has made, and the oldest release that works on it."""

    name = fields.CharField(max_length=128, primary_key=True)
    usable_from = fields.CharField(max_length=32)
    made_by = fields.CharField(max_length=32)

    class Meta:
        table = "migration"
