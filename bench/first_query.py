"""Seconds from pressing enter to the neighbours of a word, with 100,000 vectors on disk.

The peer is the shortest gensim script that loads the same vectors in its own fastest format,
memory-mapped, and asks the same. Both are whole processes, started anew for each run.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _report import interleaved, report, spread

from gradus.vectors import WordVectors

WORDS, DIM = 100_000, 100
PEER = "import sys; from gensim.models import KeyedVectors as K; " + (
    "print(K.load(sys.argv[1], mmap='r').most_similar(sys.argv[2]))"
)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="bench/first_query.py", description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="rounds; medians are printed")
    parser.add_argument("--json", type=Path, help="file that gets the result as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gradus-query-") as name:
        folder = Path(name)
        save_both(folder)
        gradus = Path(sys.executable).with_name("gradus")
        commands = {
            "gensim": [sys.executable, "-c", PEER, str(folder / "peer.kv"), "word7"],
            "Gradus": [str(gradus), "vectors", "neighbors", str(folder / "vectors"), "word7"],
        }
        seconds = interleaved(
            {what: lambda command=command: timed(command) for what, command in commands.items()},
            arguments.runs,
        )
    baseline = statistics.median(seconds["gensim"])
    rows = [
        {
            "what": what,
            "seconds": spread(values, ".3f"),
            "ratio": f"{baseline / statistics.median(values):.1f}x",
        }
        for what, values in seconds.items()
    ]
    report(
        "First neighbours from the command line",
        rows,
        packages=["gradus", "gensim", "numpy", "typer"],
        facts={
            "data": f"{WORDS:,} random vectors of dim {DIM}",
            "runs": f"{arguments.runs}, interleaved; medians (least–greatest)",
        },
        json_path=arguments.json,
    )


def save_both(folder: Path) -> None:
    """Save the same random vectors as a Gradus folder and as gensim's own format."""
    from gensim.models import KeyedVectors

    words = [f"word{number}" for number in range(WORDS)]
    values = np.random.default_rng(1).normal(size=(WORDS, DIM)).astype(np.float32)
    WordVectors(words, values).save(folder / "vectors")
    peer = KeyedVectors(DIM)
    peer.add_vectors(words, values)
    peer.save(str(folder / "peer.kv"))


def timed(command: list[str]) -> float:
    """Seconds that a command takes, from start to exit."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
