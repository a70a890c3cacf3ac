"""PyTorch's threads, for the time that a run wants others."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def chosen_threads(threads: int | None) -> Iterator[None]:
    """Compute with so many threads; None leaves them as they are.

    >>> with chosen_threads(1):
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
