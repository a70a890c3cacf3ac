"""How good an encoder–decoder is: a report of its figures, and of the pairs it gets most wrong."""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from gradus.tasks.lm.conditional.metrics import Overlap, overlap

#: What a perplexity is counted by, by the level of the targets.
COUNTED = {
    "word": "target word, the end of each target included",
    "char": "target character, the end of each target included",
}


@dataclass(frozen=True)
class WrongOutput:
    """A pair that is got wrong."""

    index: int
    source: str
    target: str
    output: str
    loss: float  # -log p(target) per symbol in nats

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


@dataclass(frozen=True, eq=False, repr=False)
class Seq2SeqReport:
    """All figures of a model on some pairs; each is computed when it is first asked for.

    >>> report = Seq2SeqReport(
    ...     level="char", sources=["one", "two"], targets=["1", "2"], outputs=["1", "7"],
    ...     losses=np.log([1.0, 16.0]), steps=np.array([2, 2]), hits=3,
    ... )
    >>> report.exact_match, report.accuracy, round(report.perplexity, 6)
    (0.5, 0.75, 2.0)
    >>> [error.output for error in report.most_wrong()]
    ['7']
    """

    level: str  # of the targets
    sources: list[str]
    targets: list[str]
    outputs: list[str]
    losses: Float[np.ndarray, " pairs"]  # -log p(target) in nats
    steps: Int[np.ndarray, " pairs"]  # symbols of each target, its end included
    hits: int  # symbols of the targets that are the likeliest, given those before

    @cached_property
    def right(self) -> list[bool]:
        """Whether each output is its target, symbol by symbol."""
        pairs = zip(self.outputs, self.targets, strict=True)
        return [output == target for output, target in pairs]

    @property
    def exact_match(self) -> float:
        """Share of outputs that are their target."""
        return float(np.mean(self.right))

    @property
    def accuracy(self) -> float:
        """Share of target symbols that are the likeliest, given the right ones before."""
        return self.hits / int(self.steps.sum())

    @property
    def loss(self) -> float:
        """Mean negative log-likelihood of a target symbol in nats."""
        return float(self.losses.sum() / self.steps.sum())

    @property
    def perplexity(self) -> float:
        """``exp(loss)``; an unknown symbol of a target counts as the unknown symbol."""
        with np.errstate(over="ignore"):
            return float(np.exp(self.loss))

    @cached_property
    def overlap(self) -> Overlap:
        """BLEU and chrF of the outputs.

        Raises:
            MissingExtraError: sacrebleu is not installed.
        """
        return overlap(self.outputs, self.targets, level=self.level)

    def most_wrong(self, n: int = 10) -> list[WrongOutput]:
        """The ``n`` wrong outputs whose target has the highest loss per symbol, highest first."""
        means = self.losses / self.steps
        wrong = [index for index, right in enumerate(self.right) if not right]
        return [
            WrongOutput(
                index,
                self.sources[index],
                self.targets[index],
                self.outputs[index],
                float(means[index]),
            )
            for index in sorted(wrong, key=lambda index: -means[index])[:n]
        ]

    def to_dict(self) -> dict[str, Any]:
        """The figures that need nothing but Gradus, as plain values."""
        return {
            "pairs": len(self.sources),
            "exact_match": self.exact_match,
            "accuracy": self.accuracy,
            "loss": self.loss,
            "perplexity": self.perplexity,
            "perplexity_per": COUNTED[self.level],
            "symbols": int(self.steps.sum()),
        }

    def __repr__(self) -> str:
        return (
            f"Seq2SeqReport({len(self.sources):,} pairs, exact match {self.exact_match:.4f}, "
            f"accuracy {self.accuracy:.4f}, perplexity {self.perplexity:.4g})"
        )
