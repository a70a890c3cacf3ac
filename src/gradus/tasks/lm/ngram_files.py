"""The counts of an n-gram model as arrays of a file, most of them a byte a number."""

from pathlib import Path

import numpy as np
from jaxtyping import Int64, UInt8

from gradus.core.errors import FormatError
from gradus.core.storage import map_tensors, write_tensors
from gradus.tasks.lm.ngram_counts import NgramCounts

#: The byte of all numbers that need more than one.
LARGE = 255

#: Arrays of the file and the types of their numbers.
ARRAYS = {
    "words": np.int32,
    "children": np.uint8,
    "children.large": np.int64,
    "counts": np.uint8,
    "counts.large": np.int64,
}


def write_counts(path: Path, counts: NgramCounts) -> None:
    """Write what a text determines; the rest is computed again when it is read."""
    arrays = {"words": counts.words}
    for name in ("children", "counts"):
        arrays[name], arrays[f"{name}.large"] = packed(getattr(counts, name))
    write_tensors(path, arrays)


def read_counts(path: Path, *, vocabulary: int, order: int) -> NgramCounts:
    """What :func:`write_counts` wrote.

    Raises:
        FormatError: the file is missing or damaged.
    """
    found = map_tensors(path)
    for name, kind in ARRAYS.items():
        if name not in found or found[name].dtype != kind or found[name].ndim != 1:
            raise FormatError(
                f"{path} has no list {name} of numbers of type {np.dtype(kind)}; "
                "the file is damaged"
            )
    try:
        children, counts = (
            unpacked(found[name], found[f"{name}.large"]) for name in ("children", "counts")
        )
    except FormatError as error:
        raise FormatError(f"{path} is damaged: {error}") from None
    return NgramCounts(vocabulary, order, np.array(found["words"]), children, counts)


def packed(
    numbers: Int64[np.ndarray, " numbers"],
) -> tuple[UInt8[np.ndarray, " numbers"], Int64[np.ndarray, " large"]]:
    """Each number as a byte, 255 for all others, and those others.

    >>> packed(np.array([1, 700, 0, 255]))
    (array([  1, 255,   0, 255], dtype=uint8), array([700, 255]))
    """
    return np.minimum(numbers, LARGE).astype(np.uint8), numbers[numbers >= LARGE]


def unpacked(
    small: UInt8[np.ndarray, " numbers"], large: Int64[np.ndarray, " large"]
) -> Int64[np.ndarray, " numbers"]:
    """The numbers that :func:`packed` got.

    >>> unpacked(np.array([1, 255, 0], dtype=np.uint8), np.array([700])).tolist()
    [1, 700, 0]

    Raises:
        FormatError: there are more or fewer large numbers than places for them.
    """
    numbers = small.astype(np.int64)
    places = np.flatnonzero(numbers == LARGE)
    if len(places) != len(large):
        raise FormatError(f"{len(places)} places for large numbers, but {len(large)} of them")
    numbers[places] = large
    return numbers
