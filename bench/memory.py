"""Peak memory of ``gradus vectors train``, on a corpus and on that corpus twice over.

The peak is that of the whole process, resident pages of mapped files included. The vocabulary is
kept the same by naming the same file once and twice, so only the length of the corpus differs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from _data import default_corpus, lowered
from _report import report

from gradus.core.storage import read_json

DIM = 100


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="bench/memory.py", description=__doc__)
    parser.add_argument("--corpus", type=Path, help="training text; default: the Wikipedia text")
    parser.add_argument("--models", nargs="+", default=["skipgram", "cbow", "glove"])
    parser.add_argument("--json", type=Path, help="file that gets the result as JSON")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="gradus-memory-") as name:
        folder = Path(name)
        text = lowered(arguments.corpus or default_corpus(), folder / "text.txt")
        for model in arguments.models:
            # a vocabulary of the same size for both: twice the text, twice the least count
            for copies in (1, 2):
                peak, words = train(model, text, copies, folder)
                matrices = 2 * words * DIM * 4 / 1e6
                rows.append(
                    {
                        "model": model,
                        "corpus": f"{copies * text.stat().st_size / 1e6:.0f} MB",
                        "vocabulary": f"{words:,}",
                        "peak MB": f"{peak:.0f}",
                        "two matrices MB": f"{matrices:.0f}",
                        "beyond them MB": f"{peak - matrices:.0f}",
                    }
                )
    report(
        "Peak memory of training, one epoch",
        rows,
        packages=["gradus", "numpy", "numba"],
        facts={"settings": f"dim {DIM}, window 5, threads 2"},
        json_path=arguments.json,
    )


def train(model: str, text: Path, copies: int, folder: Path) -> tuple[float, int]:
    """Peak resident memory in MB of one training process, and the size of its vocabulary."""
    out = folder / f"{model}-{copies}"
    command = [
        *("gradus", "vectors", "train", *[str(text)] * copies, "-o", str(out), "--model", model),
        *("--dim", str(DIM), "--window", "5", "--epochs", "1", "--threads", "2", "--quiet"),
        *("--min-count", str(5 * copies)),
    ]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    process = subprocess.Popen(command, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return usage.ru_maxrss / 1e3, read_json(out / "metrics.json")["words"]


if __name__ == "__main__":
    main()
