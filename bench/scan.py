"""Vocabulary scan and encoding beside gensim's vocabulary scan, in words a second.

Both read the same lower-cased file. gensim only counts words; Gradus also lower-cases them and
writes the number of every word to disk, so that training never reads the text again.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from _data import default_corpus, lowered
from _report import interleaved, report, spread

from gradus.text import encode_corpus

THREADS = 2


def main() -> None:
    """Run the benchmark."""
    arguments = parse()
    with tempfile.TemporaryDirectory(prefix="gradus-scan-") as name:
        folder = Path(name)
        text = lowered(arguments.corpus or default_corpus(), folder / "text.txt")
        words = check_agreement(text, folder)
        seconds = interleaved(
            {
                "gensim: vocabulary scan": gensim_scan(text),
                "Gradus: scan and encoding": gradus_scan(text, folder),
            },
            arguments.runs,
        )
    baseline = statistics.median(next(iter(seconds.values())))
    rows = [
        {
            "what": name,
            "seconds": spread(values, ".2f"),
            "million words/s": f"{words / statistics.median(values) / 1e6:.2f}",
            "ratio": f"{baseline / statistics.median(values):.1f}x",
        }
        for name, values in seconds.items()
    ]
    facts = {
        "data": f"{arguments.corpus or default_corpus()}, lower-cased, {words:,} words",
        "threads": f"{THREADS} (gensim scans with one)",
        "runs": f"{arguments.runs}, interleaved; medians, least and greatest in parentheses",
    }
    report(
        "Vocabulary scan",
        rows,
        packages=["gradus", "gensim", "numpy", "numba"],
        facts=facts,
        json_path=arguments.json,
    )


def parse() -> argparse.Namespace:
    """The settings of the benchmark."""
    parser = argparse.ArgumentParser(prog="bench/scan.py", description=__doc__)
    parser.add_argument("--corpus", type=Path, help="text to scan; default: the Wikipedia text")
    parser.add_argument("--runs", type=int, default=3, help="rounds; medians are printed")
    parser.add_argument("--json", type=Path, help="file that gets the result as JSON")
    return parser.parse_args()


def gensim_scan(text: Path) -> Callable[[], float]:
    """Seconds that gensim needs to count the words."""
    from gensim.models import Word2Vec

    def run() -> float:
        model = Word2Vec(workers=THREADS)
        start = time.perf_counter()
        model.scan_vocab(corpus_file=str(text), workers=THREADS)
        return time.perf_counter() - start

    return run


def gradus_scan(text: Path, folder: Path) -> Callable[[], float]:
    """Seconds that Gradus needs to count the words and write their numbers."""

    def run() -> float:
        shutil.rmtree(folder / "corpus", ignore_errors=True)
        start = time.perf_counter()
        encode_corpus(text, folder / "corpus", lowercase=True, threads=THREADS)
        return time.perf_counter() - start

    return run


def check_agreement(text: Path, folder: Path) -> int:
    """How many words both count, if they agree on every one; this also compiles the kernels."""
    from gensim.models import Word2Vec

    model = Word2Vec(workers=THREADS)
    read, _ = model.scan_vocab(corpus_file=str(text), workers=THREADS)
    corpus = encode_corpus(text, folder / "corpus", min_count=1, lowercase=True, threads=THREADS)
    ours = dict(zip(corpus.vocabulary.words, corpus.vocabulary.counts.tolist(), strict=True))
    if ours != dict(model.raw_vocab) or read != corpus.tokens:
        sys.exit("gensim and Gradus count different words; the comparison would mean nothing")
    return int(read)


if __name__ == "__main__":
    main()
