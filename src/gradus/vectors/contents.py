"""What a file of word vectors holds, before anyone asks it questions: words and their rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gradus.core.errors import DataError
from gradus.core.shapes import Float, Int

#: Rows that are worked on at once, so that memory-mapped vectors are never held whole.
CHUNK = 8192

#: Norms below the smallest normal float32 count as zero: directions that short are noise.
SHORTEST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, eq=False, kw_only=True)
class Contents:
    """Words, their vectors, and what else a format can keep."""

    words: Sequence[str]
    vectors: Float[np.ndarray, "words dim"]
    counts: Int[np.ndarray, " words"] | None = None
    output: Float[np.ndarray, "words dim"] | None = None  # the output matrix U of a trained model
    norms: Float[np.ndarray, " words"] | None = None  # Euclidean lengths of ``vectors``


def chunks(rows: int, size: int = CHUNK) -> Iterator[slice]:
    """Slices that cover ``rows`` rows in order.

    >>> list(chunks(5, 3))
    [slice(0, 3, None), slice(3, 5, None)]
    """
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def row_norms(vectors: Float[np.ndarray, "words dim"]) -> Float[np.ndarray, " words"]:
    """Euclidean lengths of the rows, float32, summed in float64; 0 where a row is next to zero.

    >>> row_norms(np.array([[3, 4], [0, 0]], dtype=np.float32))
    array([5., 0.], dtype=float32)

    Raises:
        DataError: a row holds NaN or infinity, or is too long for float32.
    """
    norms = np.empty(len(vectors), dtype=np.float32)
    for part in chunks(len(vectors)):
        rows = vectors[part].astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            norms[part] = np.sqrt(np.einsum("wd,wd->w", rows, rows))
    bad = np.flatnonzero(~np.isfinite(norms))
    if bad.size:
        raise DataError(
            f"the vector of word number {bad[0]} has norm {norms[bad[0]]}; "
            "vectors must be finite: train again with a lower rate, or repair the file"
        )
    norms[norms < SHORTEST] = 0
    return norms
