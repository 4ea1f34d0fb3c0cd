"""Columns and indexes that Tortoise itself does not have: the id of a request, and indexes over few of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.indexes import Index

if TYPE_CHECKING:
    from tortoise import Model
    from tortoise.backends.base.schema_generator import BaseSchemaGenerator


class RequestIdField(fields.BigIntField):
    """A 64-bit key assigned by the application; on SQLite, INTEGER makes it the row's own number (one b-tree)."""

    class _db_sqlite:  # noqa: N801  Tortoise looks for this name
        SQL_TYPE = "INTEGER"


class WithFeedbackIndex(Index):
    """An index on the few requests that have feedback: it costs nothing when a request is logged."""

    def __init__(self, *, fields: tuple[str, ...], name: str) -> None:
        super().__init__(fields=fields, name=name)
        self.extra = " WHERE feedback_at IS NOT NULL"


class FailedWithFeedbackIndex(Index):
    """An index on the few requests without an answer whose ground truth is known: no confusion table holds them."""

    def __init__(self, *, fields: tuple[str, ...], name: str) -> None:
        super().__init__(fields=fields, name=name)
        self.extra = " WHERE feedback_at IS NOT NULL AND label IS NULL AND value IS NULL"


class WithSubjectIndex(Index):
    """An index on the requests that have a subject; logging one without costs nothing."""

    def __init__(self, *, fields: tuple[str, ...], name: str) -> None:
        super().__init__(fields=fields, name=name)
        self.extra = " WHERE subject IS NOT NULL"


class ScoredIndex(Index):
    """An order of scored requests by its first column: it costs nothing when a request is logged.

    The columns behind the id are looked at while the order is walked, so that what another endpoint or algorithm has
    answered is passed over without reading its row.
    """

    def __init__(self, *, fields: tuple[str, ...], name: str, among: str) -> None:
        super().__init__(fields=fields, name=name)
        self.extra = f" WHERE {among}"


class ErrorIndex(ScoredIndex):
    """The same by the size of the first column, whatever its sign."""

    def get_sql(self, schema_generator: BaseSchemaGenerator, model: type[Model], safe: bool) -> str:
        """The statement that makes it."""
        name = self.fields[0]
        return super().get_sql(schema_generator, model, safe).replace(f'("{name}"', f'(abs("{name}")')
