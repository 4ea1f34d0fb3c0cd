from __future__ import annotations

import math

import pytest

from arbiter.cli.interval_chart import Mark, draw


def plain(*marks: Mark, columns: int = 21) -> list[str]:
    return [line.plain for line in draw(marks, columns=columns)]


def test_no_marks_make_no_chart() -> None:
    assert plain() == []


def test_every_line_is_as_wide_as_the_others() -> None:
    lines = plain(*(Mark(n, 0.1, 0.1 - 1 / n, 0.1 + 1 / n) for n in (1, 10, 100, 1000)))
    bars = [line[12:33] for line in lines]
    assert [len(bar) for bar in bars] == [21] * 4
    assert [bar.count("●") for bar in bars] == [1] * 4


def test_lines_that_say_the_same_are_drawn_once_at_the_last_of_them() -> None:
    same = [Mark(n, 0.0, -1.0, 1.0) for n in range(1, 20)]
    lines = plain(*same, Mark(20, 0.1, -0.5, 0.7), Mark(21, 0.1, -0.5, 0.7), Mark(22, 0.0, -1.0, 1.0))
    assert [line.split()[0] for line in lines] == ["19", "21", "22"]
    assert len(plain(*same)) == 1


def test_an_interval_without_ends_fills_the_chart_and_runs_off_it() -> None:
    first, second = plain(Mark(1, 0.0, -math.inf, math.inf), Mark(2, 0.0, -0.5, 0.5))
    assert first[12:33] == "‹─────────●─────────›"
    assert second[12:33] == "├─────────●─────────┤"
    assert first[35:] == "+0.00 (-inf to +inf)"


def test_a_mark_that_lies_off_the_chart_shows_no_estimate() -> None:
    first, _ = plain(Mark(1, 5.0, 4.0, 6.0), Mark(2, 0.0, -0.5, 0.5))
    assert "●" not in first
    assert first[12:33].endswith("›")


@pytest.mark.parametrize(
    ("low", "high", "style"), [(0.1, 0.3, "green"), (-0.3, -0.1, "red"), (-0.1, 0.1, ""), (0.0, 0.2, "green")]
)
def test_the_colour_says_who_is_better_for_sure(low: float, high: float, style: str) -> None:
    (line,) = draw([Mark(10, (low + high) / 2, low, high)])
    assert line.style == style


def test_figures_are_scaled_but_the_shape_is_not() -> None:
    mark = Mark(12_345, 0.0123, -0.01, 0.0346)
    (line,) = draw([mark], scale=100.0)
    assert line.plain.endswith("+1.23 (-1.00 to +3.46)")
    assert line.plain.startswith("    12,345  ")
    assert line.plain[12:61] == draw([mark])[0].plain[12:61]
