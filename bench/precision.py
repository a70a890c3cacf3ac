"""Which numbers a step should be computed in on this CPU: float32 or bfloat16.

A step is a forward and a backward pass of an encoder and a softmax over a batch, as in training.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from _report import interleaved, options, report, spread
from torch import nn

from gradus.nn.encoders import ENCODERS
from gradus.training.precision import Precision

TEXTS, TIME, DIM, LABELS = 32, 100, 100, 5

#: Steps that are timed as one.
STEPS = 10

ENCODER_LINES = (
    *("average", "cnn(100)", "gru(64)", "lstm(64, bidirectional=True, pooling='max')"),
    "lstm(256, bidirectional=True, pooling='max')",
)


def steps(line: str, precision: Precision) -> Callable[[], float]:
    """A function that makes some steps and gives their seconds."""
    torch.manual_seed(1)
    encoder = ENCODERS.make(line, dim=DIM)
    head = nn.Linear(encoder.width, LABELS)
    vectors = torch.randn(TEXTS, TIME, DIM)
    lengths = torch.randint(TIME // 2, TIME + 1, (TEXTS,))
    labels = torch.randint(0, LABELS, (TEXTS,))

    def run() -> float:
        began = time.perf_counter()
        for _ in range(STEPS):
            with precision.forward():
                loss = nn.functional.cross_entropy(head(encoder(vectors, lengths)), labels)
            precision.backward(loss)
        return time.perf_counter() - began

    run()  # memory is found, and kernels are chosen
    return run


def main() -> None:
    """Time every encoder."""
    chosen = options(__doc__, runs=9, threads=torch.get_num_threads()).parse_args()
    torch.set_num_threads(chosen.threads)
    rows = []
    for line in ENCODER_LINES:
        names = ("float32", "bfloat16")
        contestants = {name: steps(line, Precision(name, torch.device("cpu"))) for name in names}
        times = interleaved(contestants, chosen.runs)
        ratios = [half / full for full, half in zip(*times.values(), strict=True)]
        rows.append(
            {
                "encoder": line,
                **{
                    f"{name}, ms a step": spread([1000 * one / STEPS for one in times[name]])
                    for name in names
                },
                "bfloat16 over float32": f"{float(np.median(ratios)):.2f}x",
            }
        )
    report(
        "Numbers of a training step",
        rows,
        packages=["torch", "numpy"],
        facts={"threads": chosen.threads, "rounds": chosen.runs},
        json_path=chosen.json,
    )


if __name__ == "__main__":
    main()
