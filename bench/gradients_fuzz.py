"""Derived gradients against torch autograd on random expressions over all operations.

Prints how many gradients were compared and how many disagree, with the smallest expressions found
that still do; what rounding errors explain is counted apart. Every simplification that fired is
checked on its own, and some derivations are made anew in other processes for the same words.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from _report import report

SUPPORT = Path(__file__).resolve().parent.parent / "tests" / "support"
sys.path.insert(0, str(SUPPORT))

#: Expressions in one piece of work.
CHUNK = 250

#: Expressions whose derivations are made anew in another process.
REPEATED = 400


@dataclass
class Tally:
    """What came of some expressions."""

    expressions: int = 0
    gradients: int = 0
    kinks: int = 0
    wrong: list[str] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)
    operations: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    derive_seconds: float = 0.0
    slowest: float = 0.0
    seconds: float = 0.0

    def add(self, other: "Tally") -> None:
        """Take in the tally of other expressions."""
        self.expressions += other.expressions
        self.gradients += other.gradients
        self.kinks += other.kinks
        self.wrong += other.wrong
        self.explained += other.explained
        self.operations.update(other.operations)
        self.rules.update(other.rules)
        self.derive_seconds += other.derive_seconds
        self.slowest = max(self.slowest, other.slowest)
        self.seconds += other.seconds


def tallied(seed: int, first: int, count: int) -> Tally:
    """The expressions ``first`` to ``first + count`` of a seed, judged."""
    import torch
    from derivation_check import asked_of, failure, judged, shrunk, text_of
    from random_expressions import random_expression

    torch.set_num_threads(1)
    tally, start = Tally(), time.perf_counter()
    for number in range(first, first + count):
        key = f"{seed}-{number}"
        tally.expressions += 1
        try:
            expression = random_expression(key)
        except Exception as error:
            tally.wrong.append(f"{key}: while building: {type(error).__name__}: {error}"[:2000])
            continue
        tally.kinks += expression.kinks
        tally.operations.update(expression.operations())
        names = asked_of(expression, key)
        if not names:
            continue
        try:
            found = judged(expression, names)
        except Exception:
            found = None
        if found is None or found.wrong:
            assert failure(expression, names), f"{key}: wrong once, right the next time"
            smaller, wrong = shrunk(expression, names)
            tally.wrong.append("\n  ".join([f"{key}: {text_of(smaller)}", *wrong]))
        else:
            tally.gradients += found.gradients
            tally.explained += [f"{key}: {text}" for text in found.explained]
            tally.rules.update(found.rules)
            tally.derive_seconds += found.seconds
            tally.slowest = max(tally.slowest, found.seconds)
    tally.seconds = time.perf_counter() - start
    return tally


def words_digest(seed: int, count: int) -> str:
    """A digest of all derivations of some expressions, as they are written."""
    from derivation_check import answer_text, asked_of
    from random_expressions import random_expression

    from gradus.gradients.deriving.derivation import derive

    digest = hashlib.sha256()
    for number in range(count):
        expression = random_expression(f"{seed}-{number}")
        names = asked_of(expression, f"{seed}-{number}")
        if names:
            digest.update(answer_text(derive(expression.model(), names)).encode())
    return digest.hexdigest()


def same_words(seed: int, count: int) -> bool:
    """Whether processes with other hashes of strings and other addresses write the same."""
    command = [sys.executable, __file__, "--seed", str(seed), "--count", str(count), "--digest"]
    found = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.add(run.stdout.strip())
    return len(found) == 1


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=20_000, help="expressions (20000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes (1)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--digest", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Run the comparison; 1 if anything is wrong."""
    arguments = parse()
    if arguments.digest:
        print(words_digest(arguments.seed, arguments.count))
        return 0
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    starts = range(0, arguments.count, CHUNK)
    tally = Tally()
    with ProcessPoolExecutor(arguments.jobs, mp_context=get_context("spawn")) as pool:
        pieces = [
            pool.submit(tallied, arguments.seed, first, min(CHUNK, arguments.count - first))
            for first in starts
        ]
        for piece in pieces:
            found = piece.result()
            tally.add(found)
            for text in found.wrong:  # at once: a long run is worth reading on the way
                print(text, flush=True)
    same = same_words(arguments.seed, min(REPEATED, arguments.count))
    show(tally, same, arguments)
    return 1 if tally.wrong or not same else 0


def show(tally: Tally, same: bool, arguments: argparse.Namespace) -> None:
    """Print what was found."""
    from derivation_check import all_rules

    count = max(1, tally.expressions)
    rows: list[dict[str, Any]] = [
        {"what": "expressions", "value": f"{tally.expressions:,}"},
        {"what": "gradients compared", "value": f"{tally.gradients:,}"},
        {"what": "wrong", "value": f"{len(tally.wrong):,}"},
        {"what": "off by rounding alone", "value": f"{len(tally.explained):,}"},
        {"what": "choices too close to a tie, not made", "value": f"{tally.kinks:,}"},
        {"what": "ms an expression", "value": f"{1e3 * tally.seconds / count:.2f}"},
        {"what": "ms to derive, mean", "value": f"{1e3 * tally.derive_seconds / count:.2f}"},
        {"what": "ms to derive, slowest", "value": f"{1e3 * tally.slowest:.1f}"},
        {"what": "same words in other processes", "value": "yes" if same else "no"},
    ]
    idle = [rule for rule in all_rules() if not tally.rules[rule]]
    report(
        "Derived gradients against torch autograd in float64",
        rows,
        packages=["torch", "numpy"],
        facts={
            "operations": counted(tally.operations),
            "simplifications": counted(tally.rules),
            "never fired": ", ".join(idle) or "none",
            "seed": arguments.seed,
        },
        json_path=arguments.json,
    )


def counted(counts: Counter[str]) -> str:
    """Names with their counts, the most frequent first."""
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


if __name__ == "__main__":
    sys.exit(main())
