"""The check of a stranger's document lets go of the interpreter as long as it works."""

from __future__ import annotations

from graphql import ValidationContext, build_schema, parse, validate
from graphql.validation import ValidationRule

from domain.pacing import CHECK_PIECE_SECONDS
from graph.operation.documents.pauses import pausing

SCHEMA = build_schema("type Query { a: Int, b: Int, c: Int, d: Int, e: Int }")
SOME = 0.75 * CHECK_PIECE_SECONDS


def test_a_check_sleeps_after_each_piece_as_long_as_it_has_worked() -> None:
    now, slept = [0.0], []

    class Works(ValidationRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)

        def enter_field(self, *_: object) -> None:
            now[0] += SOME

    def sleep(seconds: float) -> None:
        slept.append(seconds / SOME)
        now[0] += seconds

    found = validate(SCHEMA, parse("{ a b c d e }"), [Works, pausing(lambda: now[0], sleep)])
    assert found == []
    assert [round(pieces, 6) for pieces in slept] == [2.0, 2.0]
    assert round(now[0] / SOME, 6) == 9.0
