"""What an experiment finds: rows of numbers, whether they bear the claim out, and its picture."""

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gradus.training.flow_plots import Line, Panel

Row = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """The measured answer to a claim."""

    rows: list[Row]
    holds: bool  # the test of the claim, written beside its measurement
    verdict: str  # what holds, and under which condition
    panels: Sequence[Panel] = ()


def medians(rows: Sequence[Row]) -> Row:
    """The median of every number over rows of one kind, such as those of several seeds."""
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def column(rows: Sequence[Row], name: str, **where: Any) -> list[Any]:
    """One column of the rows that have these values."""
    return [row[name] for row in rows if all(row[key] == value for key, value in where.items())]


def falls(values: Sequence[float]) -> bool:
    """Whether each value is less than the one before."""
    return all(later < before for before, later in itertools.pairwise(values))


def curve(rows: Sequence[Row], across: str, up: str, colour: str, **where: Any) -> Line:
    """The line of one column over another, in the rows that have these values."""
    name = ", ".join(str(value) for value in where.values())
    return Line(name, column(rows, across, **where), column(rows, up, **where), colour)
