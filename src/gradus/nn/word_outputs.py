"""From a state to a distribution over a vocabulary: the full softmax, and cheaper ways to train it.

However a layer is trained, its probabilities are exact and sum to 1 over the whole vocabulary.
Words are numbered from the most frequent one on.
"""

import math
from abc import ABC, abstractmethod
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError
from gradus.nn.products import linear
from gradus.nn.sampled_losses import SAMPLED_LOSSES, NegativeSampling

#: Scores that are in memory at once where a layer is only asked.
SCORES = 1 << 24

#: Sampled words come in multiples of so many.
SIZES = 128


class WordOutput(nn.Module, ABC):
    """What predicts a word from a state, whatever way it is trained."""

    @abstractmethod
    def forward(
        self, states: Float[Tensor, "words dim"], targets: Int[Tensor, " words"]
    ) -> Float[Tensor, ""]:
        """The mean loss that is trained on, in nats."""

    @abstractmethod
    def log_probabilities(
        self, states: Float[Tensor, "words dim"]
    ) -> Float[Tensor, "words vocabulary"]:
        """``log p`` of every word of the vocabulary after each state."""

    @abstractmethod
    def target_log_probabilities(
        self, states: Float[Tensor, "words dim"], targets: Int[Tensor, " words"]
    ) -> Float[Tensor, " words"]:
        """``log p`` of each target after its state."""

    def tie_(self, table: nn.Parameter) -> None:
        """Share the rows of an embedding [press2017].

        Raises:
            SettingsError: the layer has no such rows.
        """
        raise SettingsError(
            "an adaptive softmax has smaller vectors for rarer words, which an embedding cannot "
            "share: choose tie=false, or the full or the sampled softmax"
        )


#: Output layers that a line of settings can name; the maker is also given ``dim`` and ``counts``.
WORD_OUTPUTS = Catalogue[WordOutput]("softmax")


@WORD_OUTPUTS.add("full")
class FullSoftmax(WordOutput):
    """``softmax(U h + b)`` over the whole vocabulary.

    The biases begin at the logarithms of the words' shares, which a network would learn first.

    >>> layer = FullSoftmax(dim=2, counts=np.array([6, 3, 1]))
    >>> layer.log_probabilities(torch.zeros(1, 2)).exp().tolist()
    [[0.56..., 0.30..., 0.13...]]
    """

    def __init__(
        self, *, dim: int, counts: Int[np.ndarray, " vocabulary"], sparse: bool = False
    ) -> None:
        super().__init__()
        self.weight: nn.Parameter | None = nn.Parameter(torch.randn(len(counts), dim) * dim**-0.5)
        self._shared: tuple[nn.Parameter, ...] = ()  # in a tuple, or it would be saved twice
        self.bias = nn.Parameter(torch.from_numpy(log_shares(counts)))
        self.sparse = sparse

    def tie_(self, table: nn.Parameter) -> None:
        """Use the rows of ``table``, from now on and for training."""
        self.weight, self._shared = None, (table,)

    @property
    def table(self) -> Float[Tensor, "vocabulary dim"]:
        """U: the layer's own rows, or those it shares."""
        return self._shared[0] if self.weight is None else self.weight

    def rows(self, words: Int[Tensor, " words"]) -> Float[Tensor, "words dim"]:
        """The rows of U of some words."""
        return F.embedding(words, self.table, sparse=self.sparse)

    def scores_of(
        self, states: Float[Tensor, "words dim"], words: Int[Tensor, " words"]
    ) -> Float[Tensor, " words"]:
        """``U h + b`` of one word after each state."""
        return (states * self.rows(words)).sum(1) + self.bias[words]

    def scores(self, states: Float[Tensor, "words dim"]) -> Float[Tensor, "words vocabulary"]:
        """``U h + b``."""
        return linear(states, self.table, self.bias)

    def forward(
        self, states: Float[Tensor, "words dim"], targets: Int[Tensor, " words"]
    ) -> Float[Tensor, ""]:
        """The mean of ``-log p(target)``."""
        return F.cross_entropy(_wide(self.scores(states)), targets)

    def log_probabilities(
        self, states: Float[Tensor, "words dim"]
    ) -> Float[Tensor, "words vocabulary"]:
        """``log softmax(U h + b)``."""
        return _wide(self.scores(states)).log_softmax(1)

    def target_log_probabilities(
        self, states: Float[Tensor, "words dim"], targets: Int[Tensor, " words"]
    ) -> Float[Tensor, " words"]:
        """The same of the targets alone, a part of the words at a time."""
        rows = max(1, SCORES // len(self.bias))
        parts = zip(torch.split(states, rows), torch.split(targets, rows), strict=True)
        return torch.cat(
            [-F.cross_entropy(_wide(self.scores(s)), t, reduction="none") for s, t in parts]
        )


@WORD_OUTPUTS.add("sampled")
class SampledSoftmax(FullSoftmax):
    """The full softmax, trained on a sum over ``samples`` words that a whole batch shares.

    Half of them are the most frequent words, which are always there. The rest of the sum,
    ``R = Σ exp(s(w))`` over all other words, is estimated by as many words drawn from their shares
    q: ``R ≈ 1/n Σ exp(s(w_i)) / q(w_i)`` [bengio2008].

    >>> layer = SampledSoftmax(2, dim=2, counts=np.array([6, 3, 1]))
    >>> layer.log_probabilities(torch.zeros(1, 2)).exp().sum().item()
    1.0...
    """

    def __init__(
        self,
        samples: int = 2048,
        *,
        dim: int,
        counts: Int[np.ndarray, " vocabulary"],
        sparse: bool = False,
    ) -> None:
        super().__init__(dim=dim, counts=counts, sparse=sparse)
        if samples < 2:
            raise SettingsError(f"samples={samples} is out of range: choose a value at least 2")
        self.frequent = min(samples // 2, len(counts))
        self.rare = _Shares(counts[self.frequent :])
        self.draws = samples - samples // 2 if self.frequent < len(counts) else 0

    def forward(
        self, states: Float[Tensor, "words dim"], targets: Int[Tensor, " words"]
    ) -> Float[Tensor, ""]:
        """The mean of ``log(exp(s(target)) + estimate of all others) - s(target)``."""
        words, log_weights = self.draw()
        right = self.scores_of(states, targets)
        biases = self.bias[words] + log_weights
        others = torch.addmm(biases, states, self.rows(words).T)
        others = others.masked_fill(words == targets[:, None], -math.inf)
        right, total = _wide(right), _wide(others).logsumexp(1)
        return (torch.logaddexp(right, total) - right).mean()

    def draw(self) -> tuple[Int[Tensor, " drawn"], Float[Tensor, " drawn"]]:
        """The words of a sum, and ``log`` of how much each counts in it; some count nothing."""
        device = self.bias.device
        drawn, times = torch.unique(self.rare.draw(self.draws), return_counts=True)
        weights = times.log() - math.log(max(1, self.draws)) - self.rare.log_shares[drawn]
        # kernels are made for a size, and a new one in every step would take time and memory
        idle = -(self.frequent + len(drawn)) % SIZES if len(drawn) else 0
        always = torch.arange(self.frequent, device=device)
        words = torch.cat([always, drawn + self.frequent, always.new_zeros(idle)])
        counted = torch.zeros(self.frequent, device=device)
        return words, torch.cat([counted, weights, counted.new_full((idle,), -math.inf)])


@WORD_OUTPUTS.add("contrastive")
class ContrastiveSoftmax(FullSoftmax):
    """The full softmax, trained to tell words from noise that a whole batch shares.

    ``loss`` is one of :data:`~gradus.nn.sampled_losses.SAMPLED_LOSSES`; noise is drawn from the
    words' shares to a ``power``. Scores that negative sampling trains lack the factor q of a
    word's probability as noise, which is put back where probabilities are asked for.

    >>> layer = ContrastiveSoftmax(2, "negative_sampling", dim=2, counts=np.array([6, 3, 1]))
    >>> layer.log_probabilities(torch.zeros(1, 2)).exp().sum().item()
    1.0...
    """

    def __init__(
        self,
        samples: int = 512,
        loss: str = "noise_contrastive",
        *,
        power: float = 1.0,
        dim: int,
        counts: Int[np.ndarray, " vocabulary"],
        sparse: bool = False,
    ) -> None:
        super().__init__(dim=dim, counts=counts, sparse=sparse)
        if samples < 1:
            raise SettingsError(f"samples={samples} is out of range: choose a value at least 1")
        self.samples, self.noise = samples, _Shares(counts, power)
        self.sampled_loss = SAMPLED_LOSSES.make(loss)
        self.lacks_noise = isinstance(self.sampled_loss, NegativeSampling)
        if self.lacks_noise:
            nn.init.zeros_(self.bias)

    def scores(self, states: Float[Tensor, "words dim"]) -> Float[Tensor, "words vocabulary"]:
        """``U h + b``, with ``log q`` where the loss leaves it out."""
        scores = super().scores(states)
        return scores + self.noise.log_shares if self.lacks_noise else scores

    def forward(
        self, states: Float[Tensor, "words dim"], targets: Int[Tensor, " words"]
    ) -> Float[Tensor, ""]:
        """The mean loss against noise words that are drawn anew."""
        drawn = self.noise.draw(self.samples)
        # a target that is drawn stays: without it scores learn log(p / (1 - p)) in place of log p
        wrong = torch.addmm(self.bias[drawn], states, self.rows(drawn).T)
        log_q = self.noise.log_shares
        return self.sampled_loss(
            self.scores_of(states, targets),
            wrong,
            log_q[targets],
            log_q[drawn].expand(len(targets), -1),
        )


class _Shares(nn.Module):
    """A distribution over words from their counts, to draw from."""

    log_shares: Float[Tensor, " words"]
    cumulative: Float[Tensor, " words"]

    def __init__(self, counts: Int[np.ndarray, " words"], power: float = 1.0) -> None:
        super().__init__()
        logs = power * log_shares(counts).astype(np.float64)
        logs -= np.logaddexp.reduce(logs)
        self.register_buffer("log_shares", torch.from_numpy(logs).float(), persistent=False)
        sums = torch.from_numpy(np.exp(logs).cumsum())
        self.register_buffer("cumulative", sums, persistent=False)

    def draw(self, size: int) -> Int[Tensor, " size"]:
        """Words, drawn with repetition."""
        chance = torch.rand(size, dtype=torch.float64, device=self.cumulative.device)
        return torch.searchsorted(self.cumulative, chance).clamp_(max=len(self.cumulative) - 1)


@WORD_OUTPUTS.add("adaptive")
class AdaptiveSoftmax(WordOutput):
    """A softmax over the frequent words and classes of rarer ones, then within a class [grave2017].

    ``cutoffs`` are the numbers of the words at which classes begin; each class has vectors a
    ``factor`` smaller than the one before.

    >>> layer = AdaptiveSoftmax((2,), dim=4, counts=np.array([6, 3, 1, 1]))
    >>> layer.log_probabilities(torch.zeros(1, 4)).exp().sum().item()
    1.0...
    """

    def __init__(
        self,
        cutoffs: tuple[int, ...] = (2000, 10_000),
        factor: float = 4.0,
        *,
        dim: int,
        counts: Int[np.ndarray, " vocabulary"],
        sparse: bool = False,
    ) -> None:
        super().__init__()
        inside = [cutoff for cutoff in cutoffs if cutoff < len(counts)]
        if not inside:
            raise SettingsError(
                f"cutoffs={cutoffs} lie beyond the vocabulary of {len(counts):,} words; choose "
                "smaller ones, or the full softmax"
            )
        if inside[0] < 1 or any(low >= high for low, high in pairwise(inside)):
            raise SettingsError(f"cutoffs={cutoffs}: choose numbers of words that rise from 1 on")
        if not 1 <= factor <= dim or factor ** len(inside) > dim:
            raise SettingsError(
                f"factor={factor} is out of range: for {len(inside)} classes of rarer words choose "
                f"one from 1 on whose power {len(inside)} is at most dim={dim}"
            )
        self.layer = nn.AdaptiveLogSoftmaxWithLoss(
            dim, len(counts), inside, div_value=factor, head_bias=True
        )

    def forward(
        self, states: Float[Tensor, "words dim"], targets: Int[Tensor, " words"]
    ) -> Float[Tensor, ""]:
        """The mean of ``-log p(target)``."""
        return self._asked(states, targets).loss

    def log_probabilities(
        self, states: Float[Tensor, "words dim"]
    ) -> Float[Tensor, "words vocabulary"]:
        """``log p`` of the class, and of the word in it."""
        with torch.autocast(states.device.type, enabled=False):
            return self.layer.log_prob(states.to(self.layer.head.weight.dtype))

    def target_log_probabilities(
        self, states: Float[Tensor, "words dim"], targets: Int[Tensor, " words"]
    ) -> Float[Tensor, " words"]:
        """The same of the targets alone, without the classes that are not theirs."""
        return self._asked(states, targets).output

    def _asked(self, states: Float[Tensor, "words dim"], targets: Int[Tensor, " words"]) -> Any:
        """What torch's layer says, in the numbers of its weights: it mixes no others."""
        with torch.autocast(states.device.type, enabled=False):
            return self.layer(states.to(self.layer.head.weight.dtype), targets)


def log_shares(counts: Int[np.ndarray, " vocabulary"]) -> Float[np.ndarray, " vocabulary"]:
    """``log`` of each word's share of all words, as if each had been met half a time more.

    >>> np.exp(log_shares(np.array([6, 3, 1]))).astype(float).round(2).tolist()
    [0.57, 0.3, 0.13]
    """
    smoothed = np.asarray(counts, dtype=np.float64) + 0.5
    return np.log(smoothed / max(smoothed.sum(), 0.5)).astype(np.float32)


def _wide(scores: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Scores in at least single precision, which a sum over a vocabulary needs."""
    return scores.to(torch.promote_types(scores.dtype, torch.float32))
