"""What a measurement hands over: bars with what was measured, a table for people and a file for machines."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).resolve().parent / "results"
LIBRARIES = (
    "uvicorn",
    "starlette",
    "strawberry-graphql",
    "tortoise-orm",
    "onnxruntime",
    "scikit-learn",
    "asyncpg",
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure and the bound it is held to; without a bound it is only reported."""

    name: str
    measured: float
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    @property
    def wanted(self) -> str:
        """The bound in words."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}{self.unit}"
        return "report it" if self.at_most is None else f"≤ {self.at_most:g}{self.unit}"

    @property
    def verdict(self) -> str:
        """`pass`, or `miss` and by how much, or nothing when there is no bound."""
        if self.at_least is None and self.at_most is None:
            return ""
        bound = self.at_least if self.at_least is not None else self.at_most
        assert bound is not None
        good = self.measured >= bound if self.at_least is not None else self.measured <= bound
        if good:
            return "pass"
        return f"miss: {self.measured / bound:.2f} of the bar" if bound else "miss"


def middle(values: Iterable[float]) -> float:
    """The median, to four significant digits."""
    return rounded(median(values))


def rounded(value: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{value:.4g}")


def write(name: str, settings: Mapping[str, Any], figures: Mapping[str, Any], bars: Sequence[Bar]) -> Path:
    """Store the result of one run as bench/results/<name>.json; the previous one is replaced."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    facts = {
        "bench": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "settings": settings,
        "figures": figures,
        "bars": [asdict(bar) | {"wanted": bar.wanted, "verdict": bar.verdict} for bar in bars],
    }
    path.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


def read_bars(name: str) -> list[Bar]:
    """The bars of the last run of a measurement; empty when there was none."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return []
    names = ("name", "measured", "at_least", "at_most", "unit")
    return [Bar(**{key: bar[key] for key in names}) for bar in json.loads(path.read_text("utf-8"))["bars"]]


def show_bars(bars: Sequence[Bar]) -> None:
    """Print the bars beside what was measured."""
    show(
        "Bars",
        ["", "wanted", "measured", ""],
        [[bar.name, bar.wanted, f"{bar.measured:.4g}{bar.unit}", bar.verdict] for bar in bars],
    )


def show(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: the first column is text, the others are figures."""
    table = Table(title=title, title_justify="left")
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left", no_wrap=number > 0)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _machine() -> dict[str, Any]:
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": model[0] if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": os.getloadavg(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
