"""Where a decoder looked in the source while it wrote: a table of weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from gradus.text.arcs.widths import columns, shown

#: How the end of a target and a blank are shown.
END_MARK, BLANK_MARK = "∎", "␣"


@dataclass(frozen=True, eq=False)
class Alignment:
    """The weight of each source symbol (row) at each symbol of the target, and at its end.

    Printed it is a table of percentages; what is below a half is left empty.

    >>> print(Alignment(["six", "ten"], ["6"], np.array([[0.9, 0.004], [0.1, 0.996]])))
          6    ∎
    six  90
    ten  10  100
    """

    source: Sequence[str]
    target: Sequence[str]
    weights: Float[np.ndarray, "source steps"]  # columns sum to 1

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values; the last column is that of the end."""
        return {
            "source": list(self.source),
            "target": list(self.target),
            "weights": self.weights.tolist(),
        }

    def __str__(self) -> str:
        rows = [
            [_shown(symbol), *(f"{100 * share:.0f}" if share >= 0.005 else "" for share in shares)]
            for symbol, shares in zip(self.source, self.weights.tolist(), strict=True)
        ]
        header = ["", *map(_shown, self.target), END_MARK]
        widths = [max(map(columns, column)) for column in zip(header, *rows, strict=True)]
        lines = [
            "  ".join(
                _filled(cell, width, left=place == 0)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in (header, *rows)
        ]
        return "\n".join(lines)


def _shown(symbol: str) -> str:
    return shown(symbol).replace(" ", BLANK_MARK)


def _filled(cell: str, width: int, *, left: bool) -> str:
    blanks = " " * (width - columns(cell))  # str.ljust counts characters, not columns
    return cell + blanks if left else blanks + cell
