"""Encoder–decoders on three tasks of spelling: exact match on held-out pairs, beside baselines.

The tasks are made from a seed (bench/_written_pairs.py). A tenth of the training pairs chooses the
best model of each run; the held-out pairs are measured once, greedily. Copying answers with the
source (of a verb, without its tag); the majority answers with the commonest target of training.
Times are those of the processor: on a quiet machine, one thread, they are those of the clock.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from _report import options as shared_options
from _report import report, spread
from _written_pairs import Task, dates, inflection, number_words

from gradus.tasks.lm.conditional import preset_settings, train_seq2seq

PACKAGES = ["torch", "numpy"]

#: Each makes a task of so many pairs to learn, and to measure on, from a seed.
TASKS: dict[str, Callable[[int, int, int], Task]] = {
    "numbers": number_words,
    "dates": dates,
    "verbs": inflection,
}


def shares(task: Task) -> tuple[float, float]:
    """Exact match of copying and of the majority."""
    ((majority, _),) = Counter(task.train.targets).most_common(1)
    pairs = list(zip(task.test.sources, task.test.targets, strict=True))
    copied = np.mean([task.copied(source) == target for source, target in pairs])
    return float(copied), float(np.mean([target == majority for _, target in pairs]))


def main() -> None:
    """Train on every task and print the table."""
    parser = shared_options(__doc__, runs=3, threads=1)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--pairs", type=int, default=20_000, help="to learn (20,000)")
    parser.add_argument("--held-out", type=int, default=2_000, help="to measure on (2,000)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    config, training = preset_settings(options.preset)
    rows = []
    for name in options.tasks:
        seconds, exact, speeds = [], [], []
        for seed in range(1, options.runs + 1):
            task = TASKS[name](options.pairs, options.held_out, seed)
            began = time.process_time()
            model = train_seq2seq(
                task.train,
                config=replace(config, **task.levels),
                training=replace(training, seed=seed, threads=options.threads),
            )
            seconds.append(time.process_time() - began)
            found = model.report(task.test)
            exact.append(found.exact_match)
            began = time.process_time()
            model.generate(task.test.sources)
            speeds.append(len(task.test) / (time.process_time() - began))
            print(f"{name}, seed {seed}: {seconds[-1]:.0f} CPU s, {found}", flush=True)
            for error in found.most_wrong(5):
                print(f"  {error.source}  →  {error.output}, not {error.target}", flush=True)
        copied, majority = shares(task)
        rows.append(
            {
                "": task.name,
                "exact match": spread([100 * share for share in exact], ".2f") + " %",
                "copying": f"{copied:.2%}",
                "majority": f"{majority:.2%}",
                "training, CPU s": spread(seconds, ".0f"),
                "outputs/CPU s": spread(speeds, ",.0f"),
            }
        )
    report(
        f"Encoder–decoder, preset {options.preset}",
        rows,
        packages=PACKAGES,
        facts={
            "pairs": f"{options.pairs:,} to learn, {options.held_out:,} held out",
            "threads": options.threads,
            "seeds": options.runs,
        },
        json_path=options.json,
    )


if __name__ == "__main__":
    main()
