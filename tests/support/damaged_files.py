"""Files that are cut short or changed, one place after the other."""

import random
from collections.abc import Iterator
from pathlib import Path


def damaged(path: Path, times: int, width: int) -> Iterator[None]:
    """Cut ``path`` at a random place, then change ``width`` bytes there; again and again."""
    whole, rng = path.read_bytes(), random.Random(4)
    for _ in range(times):
        at = rng.randrange(len(whole) + 1)
        path.write_bytes(whole[:at])
        yield
        path.write_bytes(whole[:at] + rng.randbytes(width) + whole[at + 1 :])
        yield
