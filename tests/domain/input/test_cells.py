"""Cells of a table are no formulas, and give back the text that they were made of."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.input.cells import escape_formula, unescape_formula

SIGNS = st.text(alphabet="'=+-@＝＋－＠\t\r\n1a.", max_size=6)


@given(st.one_of(st.text(), SIGNS))
@example("'=1")
@example("''=1")
@example("'-")
def test_a_cell_gives_back_its_text(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text


@given(st.one_of(st.text(), SIGNS))
def test_a_cell_begins_like_a_formula_only_where_it_is_a_sign_or_a_number(text: str) -> None:
    cell = escape_formula(text)
    if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        assert len(cell) == 1 or float(cell) is not None


@pytest.mark.parametrize("sign", ["+", "-", "=", "@"])
def test_a_lone_sign_is_no_formula(sign: str) -> None:
    assert (escape_formula(sign), unescape_formula(sign), unescape_formula(f"'{sign}")) == (
        sign,
        sign,
        f"'{sign}",
    )


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1 2", "-cmd", "@SUM(A1)", "--", "+-", "'=1", "''@x", "＝1+1", "＋1", "－cmd", "＠SUM(A1)"],
)
def test_what_begins_like_a_formula_is_disarmed(text: str) -> None:
    assert escape_formula(text) == f"'{text}"
