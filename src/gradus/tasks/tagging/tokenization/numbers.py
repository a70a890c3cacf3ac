"""A text as numbers: the features of its pieces, and the white space around each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int32, Int64

from gradus.nn.losses import IGNORED
from gradus.tasks.tagging.tokenization.network import TokenizerBatch
from gradus.tasks.tagging.tokenization.segments import EMPTY_LINE, Segment
from gradus.tasks.tagging.tokenization.symbols import COLUMNS, Symbols

#: Different pieces that are remembered; beyond, the memory begins anew.
REMEMBERED = 200_000

#: The first row of a table of features.
PADDING = np.zeros((1, COLUMNS), np.int32)


@dataclass(frozen=True)
class TextNumbers:
    """The pieces of all segments of a text in a row.

    Each piece has a row in ``table``, whose row 0 is padding; ``bounds`` are where segments begin,
    and the end.
    """

    table: Int32[np.ndarray, "forms features"]
    rows: Int64[np.ndarray, " pieces"]
    gaps: Int64[np.ndarray, "pieces 2"]  # kinds of white space before and after
    bounds: Int64[np.ndarray, " ends"]

    def stack(
        self,
        starts: Int64[np.ndarray, " batch"],
        stops: Int64[np.ndarray, " batch"],
        right: Int64[np.ndarray, "pieces columns"] | None = None,
    ) -> TokenizerBatch:
        """Stretches side by side; ``right`` are labels, and the tags to learn beside them."""
        lengths = stops - starts
        steps = np.arange(int(lengths.max()))
        real = steps < lengths[:, None]
        places = np.where(real, starts[:, None] + steps, 0)
        given = np.full((*places.shape, 1), IGNORED) if right is None else right[places]
        given[~real] = IGNORED
        return TokenizerBatch(
            torch.from_numpy(self.table[np.where(real, self.rows[places], 0)]),
            torch.from_numpy(self.gaps[places] * real[:, :, None]),
            torch.from_numpy(lengths),
            torch.from_numpy(given[:, :, 0]),
            torch.from_numpy(given[:, :, 1:]),
        )


class Numbering:
    """Gives texts their numbers; the features of a form are looked up once."""

    def __init__(self, symbols: Symbols, *, met: bool = False) -> None:
        self._symbols, self._met = symbols, met
        self._rows: dict[str, int] = {}
        self._table: Int32[np.ndarray, "forms features"] = PADDING

    def numbers(self, parts: Sequence[Segment]) -> TextNumbers:
        """The numbers of some segments, in a row."""
        if len(self._rows) > REMEMBERED:
            self._rows, self._table = {}, PADDING
        forms = [form for part in parts for form in part.forms]
        fresh = [form for form in dict.fromkeys(forms) if form not in self._rows]
        if fresh:
            self._rows.update(zip(fresh, range(len(self._table), 1 << 62), strict=False))
            self._table = np.concatenate([self._table, self._symbols.rows(fresh, met=self._met)])
        rows = np.fromiter(map(self._rows.__getitem__, forms), np.int64, len(forms))
        bounds = np.cumsum([0, *map(len, parts)], dtype=np.int64)
        return TextNumbers(self._table, rows, _gaps(parts, bounds), bounds)


def _gaps(
    parts: Sequence[Segment], bounds: Int64[np.ndarray, " ends"]
) -> Int64[np.ndarray, "pieces 2"]:
    """The kinds before and after each piece; a segment begins behind an empty line."""
    after = np.array([kind for part in parts for kind in part.kinds], np.int64)
    before = np.roll(after, 1)
    starts = bounds[:-1]
    before[starts[starts < len(before)]] = EMPTY_LINE
    return np.stack([before, after], axis=1)
