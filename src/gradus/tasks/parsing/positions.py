"""Where a transition parser looks: stack and buffer, and children and neighbours of their nodes."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int32

from gradus.tasks.parsing.kernels.greedy import AFTER, BEFORE
from gradus.tasks.parsing.kernels.state import (
    ASIDE,
    BUFFER,
    LEFT1,
    LEFT2,
    NONE,
    RIGHT1,
    RIGHT2,
    STACK,
)

#: Letters of a position such as ``s0.l1.l1``: the outermost left child of that of the stack's top.
LISTS = {"s": STACK, "b": BUFFER, "a": ASIDE}
STEPS = {"l1": LEFT1, "l2": LEFT2, "r1": RIGHT1, "r2": RIGHT2, "before": BEFORE, "after": AFTER}

#: The 18 positions of Chen and Manning's parser; 12 are children, whose labels count as well.
CLASSIC = (
    *("s0", "s1", "s2", "b0", "b1", "b2"),
    *("s0.l1", "s0.r1", "s0.l2", "s0.r2", "s1.l1", "s1.r1", "s1.l2", "s1.r2"),
    *("s0.l1.l1", "s0.r1.r1", "s1.l1.l1", "s1.r1.r1"),
)

#: Where arcs join the stack to the buffer the children of the first word to come count instead, and
#: the words that stand beside the two in the sentence.
ACROSS = (
    *("s0", "s1", "s2", "b0", "b1", "b2", "b3"),
    *("s0.l1", "s0.r1", "s0.l2", "s0.r2", "s1.l1", "s1.r1", "s1.r2", "b0.l1", "b0.l2"),
    *("s0.l1.l1", "s0.r1.r1", "b0.l1.l1"),
    *("s0.before", "s0.after", "s1.after", "b0.before"),
)

#: And where nodes are set aside, the last of them.
LISTED = (
    *("s0", "s1", "b0", "b1", "b2", "b3", "a0"),
    *("s0.l1", "s0.r1", "s0.l2", "s0.r2", "s1.r1", "a0.l1", "b0.l1", "b0.l2", "b0.r1"),
    *("s0.r1.r1", "b0.l1.l1", "a0.r1"),
    *("s0.before", "s0.after", "b0.before"),
)


class Positions(NamedTuple):
    """Positions as the compiled code reads them."""

    places: Int32[np.ndarray, "positions 4"]  # list, depth, and up to two steps from there
    labelled: Int32[np.ndarray, " labelled"]  # numbers of the positions that are children


def compiled_positions(names: tuple[str, ...]) -> Positions:
    """Positions from their names.

    >>> compiled_positions(("b0", "s1.r1")).places.tolist()
    [[1, 0, -1, -1], [0, 1, 7, -1]]
    """
    places = []
    for name in names:
        first, *steps = name.split(".")
        codes = [STEPS[step] for step in steps] + [NONE] * (2 - len(steps))
        places.append([LISTS[first[0]], int(first[1:]), *codes])
    array = np.array(places, dtype=np.int32)
    return Positions(array, np.flatnonzero(array[:, 2] >= 0).astype(np.int32))
