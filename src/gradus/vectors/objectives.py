"""The objectives of word2vec behind one face: train on a block, measure held-out loss.

``F`` of the reference: negative sampling, hierarchical softmax, or the full softmax with
cross-entropy.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32, Float64, Int32, Int64, UInt32

from gradus.core.seeding import stream
from gradus.vectors.contents import chunks
from gradus.vectors.kernels.examples import sampled_losses, windows
from gradus.vectors.kernels.window import GROUP
from gradus.vectors.kernels.word2vec import CBOW_BATCH, train_block
from gradus.vectors.matrices import Matrix
from gradus.vectors.sampling import (
    alias_table,
    huffman_paths,
    keep_thresholds,
    no_paths,
    noise_distribution,
)
from gradus.vectors.settings import Word2VecConfig

#: Examples that the full softmax handles in one matrix product.
SOFTMAX_BATCH = 128
#: Held-out windows are drawn from this stream, whatever the seed of the run, so that runs compare.
HELD_OUT_SEED = 20180208


class Tally(NamedTuple):
    """What training on a block did: summed loss in nats, examples, and words that were kept."""

    loss: float
    examples: int
    kept: int


class Windows(NamedTuple):
    """Centres and contexts: centre ``i`` has ``contexts[offsets[i]:offsets[i + 1]]``."""

    centres: Int32[np.ndarray, " centres"]
    offsets: Int64[np.ndarray, " centres+1"]
    contexts: Int32[np.ndarray, " contexts"]

    @classmethod
    def gather(cls, parts: "Sequence[Windows]") -> "Windows":
        """The windows of several blocks as one."""
        sizes = np.concatenate([np.diff(part.offsets) for part in parts])
        return cls(
            np.concatenate([part.centres for part in parts]),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            np.concatenate([part.contexts for part in parts]),
        )


@dataclass(frozen=True)
class Stretch:
    """A block's part in training: ids ``start`` to ``end``, the rates at both ends, a seed."""

    start: int
    end: int
    rate_first: float
    rate_last: float
    seed: int


@runtime_checkable
class Objective(Protocol):
    """What a trainer asks of an objective."""

    outputs: Matrix

    def train(self, ids: Int32[np.ndarray, " ids"], stretch: Stretch) -> Tally:
        """Train on one stretch of the corpus."""

    def loss(self, held_out: Windows) -> float:
        """Mean loss per held-out example in nats, in float64, the same for any threads."""


class Model:
    """The two matrices of word2vec and the settings that their training needs."""

    def __init__(
        self, counts: Int64[np.ndarray, " words"], config: Word2VecConfig, *, cbow: bool
    ) -> None:
        self.counts, self.config, self.cbow = counts, config, cbow
        self.keep: UInt32[np.ndarray, " words"] = keep_thresholds(
            counts, subsample=config.subsample
        )
        self.inputs = Matrix(len(counts), config.dim)
        rng = stream(config.seed, "initial vectors")
        for part in chunks(len(counts)):
            drawn = rng.random(self.inputs.values[part].shape, dtype=np.float32)
            self.inputs.values[part] = (drawn - np.float32(0.5)) / np.float32(config.dim)

    def windows(self, ids: Int32[np.ndarray, " ids"], start: int, end: int, seed: int) -> Windows:
        """The windows of a stretch, after subsampling."""
        config = self.config
        return Windows(
            *windows(
                ids, start, end, self.keep, config.window, config.shrink_window, np.uint64(seed)
            )
        )


class Sampled:
    """Negative sampling, or hierarchical softmax: a few output rows per centre."""

    def __init__(self, model: Model) -> None:
        self.model = model
        config, words = model.config, len(model.counts)
        self.negative = config.negative if config.objective == "negative" else 0
        self.noise = alias_table(noise_distribution(model.counts, power=config.noise_power))
        self.paths = no_paths() if self.negative else huffman_paths(model.counts)
        rows = words if self.negative else words - 1
        # one row more, which fills incomplete groups of outputs
        self.outputs = Matrix(rows + 1, config.dim)
        self.lanes = (0,) * self._group_size()

    def train(self, ids: Int32[np.ndarray, " ids"], stretch: Stretch) -> Tally:
        """Train on one stretch of the corpus, in compiled code."""
        model, config = self.model, self.model.config
        return Tally(
            *train_block(
                ids, stretch.start, stretch.end, model.keep, model.inputs.flat, self.outputs.flat,
                self.noise, *self.paths, self.lanes, model.inputs.stride, config.window,
                config.shrink_window, model.cbow, self.negative, stretch.rate_first,
                stretch.rate_last, np.uint64(stretch.seed),
            )
        )  # fmt: skip

    def loss(self, held_out: Windows) -> float:
        """Mean loss per example of held-out windows, with the same noise words at every call."""
        model = self.model
        offsets, rows, targets = self._outputs(held_out.centres)
        losses = np.empty(len(held_out.centres), np.float64)
        cuts = np.linspace(0, len(losses), model.config.threads + 1).astype(int)

        def measure(first: int, last: int) -> None:
            sampled_losses(
                model.inputs.flat, self.outputs.flat, model.inputs.stride, held_out.offsets,
                held_out.contexts, offsets, rows, targets, model.cbow, first, last, losses,
            )  # fmt: skip

        with ThreadPoolExecutor(model.config.threads) as pool:
            list(pool.map(measure, cuts[:-1].tolist(), cuts[1:].tolist()))
        return math.fsum(losses.tolist()) / max(1, examples(held_out, cbow=model.cbow))

    def _group_size(self) -> int:
        """Outputs of a batch split into the fewest groups of at most :data:`GROUP`, evenly."""
        outputs = self.negative + (CBOW_BATCH if self.model.cbow else 1)
        return GROUP if not self.negative else -(-outputs // -(-outputs // GROUP))

    def _outputs(
        self, centres: Int32[np.ndarray, " centres"]
    ) -> tuple[
        Int64[np.ndarray, " centres+1"],
        Int32[np.ndarray, " outputs"],
        Float32[np.ndarray, " outputs"],
    ]:
        if not self.negative:
            sizes = np.diff(self.paths.start)[centres]
            offsets = np.concatenate([[0], np.cumsum(sizes)])
            at = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - self.paths.start[centres], sizes)
            return offsets, self.paths.nodes[at], self.paths.targets[at]
        rng = stream(HELD_OUT_SEED, "noise")
        drawn = rng.random((len(centres), self.negative))
        shares = np.cumsum(
            noise_distribution(self.model.counts, power=self.model.config.noise_power)
        )
        noise = np.minimum(np.searchsorted(shares, drawn), len(shares) - 1).astype(np.int32)
        rows = np.concatenate([centres[:, None], noise], axis=1)
        targets = np.zeros(rows.shape, np.float32)
        targets[:, 0] = 1
        used = rows != centres[:, None]  # the centre is no noise for itself
        used[:, 0] = True
        offsets = np.concatenate([[0], np.cumsum(used.sum(axis=1))]).astype(np.int64)
        return offsets, rows[used], targets[used]


class Softmax:
    """The full softmax with cross-entropy, by matrix products over the whole vocabulary.

    Its cost per example grows with the vocabulary, which suits small ones.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.outputs = Matrix(len(model.counts), model.config.dim)

    # numbers that explode are found by the run, which says what to do
    @np.errstate(over="ignore", invalid="ignore")
    def train(self, ids: Int32[np.ndarray, " ids"], stretch: Stretch) -> Tally:
        """Train on one stretch of the corpus, :data:`SOFTMAX_BATCH` examples a step."""
        found = self.model.windows(ids, stretch.start, stretch.end, stretch.seed)
        inputs, outputs = self.model.inputs.values, self.outputs.values
        total = examples(found, cbow=self.model.cbow)
        loss = 0.0
        for first in range(0, total, SOFTMAX_BATCH):
            done = first / total
            rate = stretch.rate_first + (stretch.rate_last - stretch.rate_first) * done
            rows, share, members, gold = self._batch(
                found, first, min(first + SOFTMAX_BATCH, total)
            )
            hidden = np.zeros((len(gold), inputs.shape[1]), np.float32)
            np.add.at(hidden, members, inputs[rows] * share[:, None])
            losses, error = cross_entropy(hidden @ outputs.T, gold)
            loss += float(losses.sum(dtype=np.float64))
            moved = error @ outputs
            outputs -= np.float32(rate) * (error.T @ hidden)
            # as in the compiled kernel, a context row takes the whole step of the hidden one
            np.subtract.at(inputs, rows, np.float32(rate) * moved[members])
        return Tally(loss, total, len(found.centres))

    def loss(self, held_out: Windows) -> float:
        """Mean cross-entropy per example of held-out windows."""
        inputs = self.model.inputs.values.astype(np.float64)
        outputs = self.outputs.values.astype(np.float64)
        total = examples(held_out, cbow=self.model.cbow)
        losses = []
        for first in range(0, total, SOFTMAX_BATCH):
            rows, share, members, gold = self._batch(
                held_out, first, min(first + SOFTMAX_BATCH, total)
            )
            hidden = np.zeros((len(gold), inputs.shape[1]))
            np.add.at(hidden, members, inputs[rows] * share[:, None])
            losses += cross_entropy(hidden @ outputs.T, gold)[0].tolist()
        return math.fsum(losses) / max(1, total)

    def _batch(
        self, found: Windows, first: int, last: int
    ) -> tuple[
        Int32[np.ndarray, " rows"],
        Float64[np.ndarray, " rows"],
        Int64[np.ndarray, " rows"],
        Int32[np.ndarray, " examples"],
    ]:
        """Input rows, their shares in a hidden vector, whose it is, and the right outputs."""
        sizes = np.diff(found.offsets)
        if self.model.cbow:
            low, high = found.offsets[first], found.offsets[last]
            counts = sizes[first:last]
            members = np.repeat(np.arange(last - first), counts)
            share = np.repeat(1.0 / counts, counts)
            return found.contexts[low:high], share, members, found.centres[first:last]
        owners = np.searchsorted(found.offsets, np.arange(first, last), side="right") - 1
        ones = np.ones(last - first)
        return found.contexts[first:last], ones, np.arange(last - first), found.centres[owners]


def examples(found: Windows, *, cbow: bool) -> int:
    """How many examples windows hold: one a centre for CBOW, one a context word for skip-gram."""
    return len(found.centres) if cbow else len(found.contexts)


def cross_entropy(
    logits: Float[np.ndarray, "examples words"], gold: Int32[np.ndarray, " examples"]
) -> tuple[Float[np.ndarray, " examples"], Float[np.ndarray, "examples words"]]:
    """Cross-entropy of a softmax in nats, and its gradient ``p - y`` by the logits, in their type.

    >>> losses, error = cross_entropy(np.zeros((1, 4)), np.array([2], np.int32))
    >>> losses.round(4).tolist(), error.tolist()
    ([1.3863], [[0.25, 0.25, -0.75, 0.25]])
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1)
    row = np.arange(len(gold))
    losses = np.log(sums) - shifted[row, gold]
    powers /= sums[:, None]
    powers[row, gold] -= 1
    return losses, powers


#: The objective of each name in :class:`Word2VecConfig`.
OBJECTIVES: dict[str, type[Sampled] | type[Softmax]] = {
    "negative": Sampled,
    "hierarchical": Sampled,
    "softmax": Softmax,
}
