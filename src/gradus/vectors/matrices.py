"""Matrices laid out for the kernels: float32 rows padded to whole cache lines."""

import numpy as np
from jaxtyping import Float32

#: Rows are whole numbers of this many floats, one cache line.
LINE = 16


class Matrix:
    """``rows`` vectors of ``dim`` numbers; the padding of each row is zero and stays zero.

    A numpy array starts anywhere; a row that starts inside a cache line costs one line more to
    read, and every vector load of it touches two.
    """

    def __init__(self, rows: int, dim: int) -> None:
        self.rows, self.dim = rows, dim
        self.stride = -(-dim // LINE) * LINE
        room = np.zeros(rows * self.stride + LINE, dtype=np.float32)
        skip = -room.ctypes.data // room.itemsize % LINE
        self.flat: Float32[np.ndarray, " floats"] = room[skip : skip + rows * self.stride]

    @property
    def values(self) -> Float32[np.ndarray, "rows dim"]:
        """The matrix itself, a view."""
        return self.flat.reshape(self.rows, self.stride)[:, : self.dim]
