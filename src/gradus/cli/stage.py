"""What a scene of the demo gets to play with: a folder, a seed, progress, and a voice."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gradus.cli.console import emphasis
from gradus.core.progress import Progress

#: Eight heights of a line drawn in one row of text.
BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Stage:
    """The folder to write to, the seed, where progress goes, and whether prose is printed."""

    folder: Path
    seed: int
    progress: Progress
    speaks: bool = True

    def title(self, text: str) -> None:
        """Open a section."""
        self.say(f"\n{emphasis(text)}")

    def say(self, *lines: str) -> None:
        """Print lines of prose on standard output, unless the demo answers in JSON."""
        if self.speaks:
            print(*lines, sep="\n", flush=True)


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """Values as a row of blocks from lowest to highest, thinned out to ``width``.

    >>> sparkline([5.0, 4.0, 3.0, 2.0, 1.5])
    '█▆▄▂▁'
    """
    if not values:
        return ""
    step = max(1.0, len(values) / width)
    kept = [
        values[min(int(place * step), len(values) - 1)] for place in range(min(len(values), width))
    ]
    kept[-1] = values[-1]
    low, high = min(kept), max(kept)
    span = (high - low) or 1.0
    return "".join(BLOCKS[int((value - low) / span * (len(BLOCKS) - 1))] for value in kept)
