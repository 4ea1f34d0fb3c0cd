"""Why a CSV file seems to lack a column that a person sees in it: the header is written in another way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

SEPARATORS = {";": "semicolons (;)", "\t": "tabs", "|": "bars (|)", ":": "colons (:)", " ": "spaces"}
"""What else separates cells, in words, in the order in which it is looked for."""

SURE = (";", "\t", "|")
"""Those that mean a separator even where no name is known: they hardly stand in a name."""


def header_hint(header: Sequence[str], wanted: Iterable[str]) -> str | None:
    """What is unusual about a header in which some of the `wanted` names were not found; None if nothing is.

    >>> header_hint(["age;job"], ["age", "job"])
    'its cells are separated by semicolons (;), not commas: save it with commas'
    >>> header_hint(["'age'", "'job'"], ["age"])
    "its names stand in single quotes ('age'): leave them out, or use double quotes"
    >>> header_hint(["age", "job"], ["city"]) is None
    True
    """
    missing = set(wanted) - set(header)
    line = ",".join(header)
    if len(header) == 1 and line.lower().startswith("sep="):
        return "its first line, which is a note to Excel, names no columns: leave it out, and separate with commas"
    for separator, words in SEPARATORS.items():
        names = [name.strip(" \"'") for name in line.split(separator)]
        alone = len(header) == 1 and separator in SURE
        if len(names) > 1 and (alone or (missing.intersection(names) and separator != " ")):
            return f"its cells are separated by {words}, not commas: save it with commas"
    if len(header) == 1 and missing.intersection(line.split()):
        return f"its cells are separated by {SEPARATORS[' ']}, not commas: save it with commas"
    for name in header:
        if name.strip() != name and name.strip() in missing:
            return f"its column {name!r} has a space around its name: leave the space out"
        if name[:1] == name[-1:] == "'" and name.strip("'") in missing:
            return f"its names stand in single quotes ({name}): leave them out, or use double quotes"
    return None
