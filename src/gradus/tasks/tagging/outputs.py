"""From the scores of labels to a choice: word by word, or for a sentence as a whole."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from gradus.core.catalogue import Catalogue
from gradus.nn.crf import LinearChainCRF
from gradus.nn.losses import IGNORED, MaxMargin
from gradus.tasks.base.words.batches import real_words, side_by_side

#: Which label may follow which, the edge of a sentence last; None: each after each.
Moves = Bool[Tensor, "from to"] | None


class Output(ABC, nn.Module):
    """What is lost by scores, and what is chosen by them; words lie one after the other.

    Lengths lie on the processor, wherever the scores are.
    """

    @abstractmethod
    def loss(
        self,
        scores: Float[Tensor, "words labels"],
        targets: Int[Tensor, " words"],
        lengths: Int[Tensor, " batch"],
    ) -> Float[Tensor, ""]:
        """Mean over the words whose target is known, 0 if there is none."""

    @abstractmethod
    def best(
        self, scores: Float[Tensor, "words labels"], lengths: Int[Tensor, " batch"]
    ) -> Int[Tensor, " words"]:
        """The chosen label of every word."""


#: Outputs that a line of settings can name; the maker is also given ``labels`` and ``moves``.
OUTPUTS = Catalogue[Output]("output")


class WordByWord(Output):
    """What needs no neighbours to decide; only a path that ``moves`` allow is chosen."""

    def __init__(self, labels: int, moves: Moves) -> None:
        super().__init__()
        # a chain that learns nothing: its best path is the likeliest allowed one. In a tuple it is
        # no part of the network, so that it is neither trained nor saved
        self._chain = () if moves is None else (LinearChainCRF(labels, moves),)

    def best(
        self, scores: Float[Tensor, "words labels"], lengths: Int[Tensor, " batch"]
    ) -> Int[Tensor, " words"]:
        """The label with the highest score, or the best allowed path."""
        for chain in self._chain:
            return _best_paths(chain, scores.detach().cpu(), lengths)
        return scores.argmax(-1)


@OUTPUTS.add("softmax")
class SoftmaxOutput(WordByWord):
    """``-log softmax(s)`` of the right label of each word."""

    def __init__(self, smoothing: float = 0.0, *, labels: int, moves: Moves = None) -> None:
        super().__init__(labels, moves)
        self.smoothing = smoothing

    def loss(
        self,
        scores: Float[Tensor, "words labels"],
        targets: Int[Tensor, " words"],
        lengths: Int[Tensor, " batch"],
    ) -> Float[Tensor, ""]:
        """Cross-entropy in nats."""
        total = F.cross_entropy(
            *(scores, targets),
            label_smoothing=self.smoothing,
            ignore_index=IGNORED,
            reduction="sum",
        )
        return total / (targets != IGNORED).sum().clamp(min=1)


@OUTPUTS.add("margin")
class MarginOutput(WordByWord):
    """``max(0, margin - s + s_c)`` of the right score s and the best wrong one [crammer2001]."""

    def __init__(self, margin: float = 1.0, *, labels: int, moves: Moves = None) -> None:
        super().__init__(labels, moves)
        self._margin = MaxMargin(margin)

    def loss(
        self,
        scores: Float[Tensor, "words labels"],
        targets: Int[Tensor, " words"],
        lengths: Int[Tensor, " batch"],
    ) -> Float[Tensor, ""]:
        """The margin's mean loss."""
        known = targets != IGNORED
        return self._margin(scores[known], targets[known]) if known.any() else scores.sum() * 0


@OUTPUTS.add("crf")
class ChainOutput(Output):
    """``-log p`` of all labels of a sentence together, by a linear-chain CRF [lafferty2001]."""

    def __init__(self, *, labels: int, moves: Moves = None) -> None:
        super().__init__()
        self.chain = LinearChainCRF(labels, moves)

    def loss(
        self,
        scores: Float[Tensor, "words labels"],
        targets: Int[Tensor, " words"],
        lengths: Int[Tensor, " batch"],
    ) -> Float[Tensor, ""]:
        """Nats a word; sentences with an unknown label are left out."""
        padded = side_by_side(targets[:, None].float(), lengths)[:, :, 0].long()
        whole = torch.nonzero((padded != IGNORED).all(1)).flatten()
        if not len(whole):
            return scores.sum() * 0
        kept = lengths.to(whole.device)[whole]
        lost = self.chain(side_by_side(scores, lengths)[whole], padded[whole], kept)
        return lost.sum() / kept.sum()

    def best(
        self, scores: Float[Tensor, "words labels"], lengths: Int[Tensor, " batch"]
    ) -> Int[Tensor, " words"]:
        """The likeliest labels of each sentence as a whole."""
        return _best_paths(self.chain, scores, lengths)


def _best_paths(
    chain: LinearChainCRF, scores: Float[Tensor, "words labels"], lengths: Int[Tensor, " batch"]
) -> Int[Tensor, " words"]:
    paths = chain.best(side_by_side(scores, lengths), lengths.to(scores.device))
    return paths[real_words(lengths)]


def make_outputs(
    line: str | None, sizes: Sequence[int], moves: Sequence[Moves], spans: Sequence[bool]
) -> list[Output]:
    """One output a column; where no ``line`` says which, ``crf`` for spans and ``softmax`` else."""
    return [
        OUTPUTS.make(line or ("crf" if marks else "softmax"), labels=size, moves=allowed)
        for size, allowed, marks in zip(sizes, moves, spans, strict=True)
    ]
