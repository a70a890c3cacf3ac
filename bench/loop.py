"""What the training loop costs: the same steps in a loop written by hand, in the same call.

Three models, from one whose steps are tiny to one that computes for long; the run of Gradus has its
probes, its log and its progress, as `gradus ... train` does.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from _report import interleaved, options, report, spread
from torch import Tensor, nn

from gradus.core.runlog import RunLog
from gradus.nn.encoders import ENCODERS
from gradus.training.callbacks import Callbacks, Recorder
from gradus.training.loop import Training
from gradus.training.probes import LayerProbe, UnitProbe
from gradus.training.settings import TrainingConfig

EXAMPLES, TIME, DIM, LABELS = 3200, 40, 64, 5


class Batch(NamedTuple):
    """Random vectors, as long as the texts of a small corpus, and labels."""

    vectors: Tensor
    lengths: Tensor
    labels: Tensor


class Data:
    """Examples that all have the same length, so that both loops do the same work."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        shape = (EXAMPLES, TIME, DIM)
        self.vectors = torch.from_numpy(rng.normal(size=shape).astype(np.float32))
        self.labels = torch.from_numpy(rng.integers(0, LABELS, EXAMPLES))
        self.sizes = np.full(EXAMPLES, TIME)

    def batch(self, indices: np.ndarray, *, draw: int | None = None) -> Batch:
        """Stack some examples."""
        chosen = torch.from_numpy(indices)
        lengths = torch.full((len(indices),), TIME)
        return Batch(self.vectors[chosen], lengths, self.labels[chosen])

    def fingerprint(self) -> int:
        """The data is always the same."""
        return 0


class Objective:
    """Cross-entropy."""

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """Mean of the batch."""
        return nn.functional.cross_entropy(model(batch.vectors, batch.lengths), batch.labels)

    def weight(self, batch: Batch) -> float:
        """Its examples."""
        return len(batch.labels)

    def evaluate(self, model: nn.Module, data: Any) -> dict[str, float]:
        """Nothing is measured here."""
        return {"loss": 0.0}


class Network(nn.Module):
    """An encoder and a softmax."""

    def __init__(self, encoder: str) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.encoder = ENCODERS.make(encoder, dim=DIM)
        self.out = nn.Linear(self.encoder.width, LABELS)

    def forward(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """Scores."""
        return self.out(self.encoder(vectors, lengths))


def by_hand(encoder: str, data: Data, batch_size: int, epochs: int) -> float:
    """Seconds of a plain PyTorch loop, with the fused Adam that Gradus takes too."""
    model, objective = Network(encoder), Objective()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    rng = np.random.default_rng(1)
    began = time.perf_counter()
    for _ in range(epochs):
        order = rng.permutation(EXAMPLES)
        for start in range(0, EXAMPLES, batch_size):
            batch = data.batch(order[start : start + batch_size])
            optimizer.zero_grad()
            loss = objective.loss(model, batch)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            loss.item()
    return time.perf_counter() - began


def by_gradus(encoder: str, data: Data, batch_size: int, epochs: int) -> float:
    """Seconds of the same in Gradus's loop, watched and logged."""
    config = TrainingConfig(
        epochs=epochs, batch_size=batch_size, bucket=False, rate=1e-3, clip_norm=5.0
    )
    training = Training(Network(encoder), Objective(), data, config)
    every = training.observe_every
    probes = (LayerProbe(every), UnitProbe(every))
    with tempfile.TemporaryDirectory() as folder:
        watch = Callbacks([*probes, Recorder(RunLog(Path(folder)), every, probes)])
        began = time.perf_counter()
        training.run(watch)
        return time.perf_counter() - began


#: Encoder, examples in a batch, and epochs that make a run last some seconds.
CASES = {
    "average of vectors, batches of 32": ("average", 32, 150),
    "GRU of 64, batches of 32": ("gru(64)", 32, 8),
    "CNN of 300, batches of 50": ("cnn(100)", 50, 12),
}


def main() -> None:
    """Time every case."""
    chosen = options(__doc__, runs=5, threads=torch.get_num_threads()).parse_args()
    torch.set_num_threads(chosen.threads)
    data, rows = Data(), []
    for name, (encoder, batch_size, epochs) in CASES.items():
        contestants: dict[str, Callable[[], float]] = {
            loop.__name__: lambda loop=loop, e=encoder, b=batch_size, n=epochs: loop(e, data, b, n)
            for loop in (by_hand, by_gradus)
        }
        times = interleaved(contestants, chosen.runs)
        # the machine's noise is shared within a round, so ratios are taken there
        ratios = [ours / plain for plain, ours in zip(*times.values(), strict=True)]
        rows.append(
            {
                "model": name,
                "by hand, s": spread(times["by_hand"]),
                "Gradus, s": spread(times["by_gradus"]),
                "overhead": f"{float(np.median(ratios)) - 1:+.1%}",
            }
        )
    report(
        "The training loop beside one written by hand",
        rows,
        packages=["torch", "numpy"],
        facts={"threads": chosen.threads, "rounds": chosen.runs},
        json_path=chosen.json,
    )


if __name__ == "__main__":
    main()
