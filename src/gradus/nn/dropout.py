"""Noise while training: dropped units, one mask for all steps, dropped words.

Numbers keep their expectation: what stays is divided by the share that stays, so evaluation needs
no change. Draws come from torch's global generator, which a run seeds.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError

#: Dropout of activations that a line of settings can name.
DROPOUTS = Catalogue[nn.Module]("dropout")


def checked_rate(rate: float) -> float:
    """A rate in [0, 1), else :class:`SettingsError`: at 1 nothing would be left to learn from."""
    if not 0 <= rate < 1:
        raise SettingsError(f"dropout rate={rate} is out of range: choose a value in [0, 1)")
    return rate


def keep_mask(like: Tensor, shape: tuple[int, ...], rate: float) -> Tensor:
    """A mask of this shape: 0 with probability ``rate``, else ``1 / (1 - rate)``."""
    return like.new_empty(shape).bernoulli_(1 - rate).div_(1 - rate)


@DROPOUTS.add("none")
def no_dropout() -> nn.Module:
    """Keep everything."""
    return nn.Identity()


@DROPOUTS.add("dropout")
def dropout(rate: float = 0.5) -> nn.Module:
    """Drop each unit of each step by itself [srivastava2014]."""
    return nn.Dropout(checked_rate(rate))


class Noise(nn.Module):
    """What all kinds share: a rate, and rest outside training."""

    def __init__(self, rate: float = 0.5) -> None:
        super().__init__()
        self.rate = checked_rate(rate)

    @property
    def active(self) -> bool:
        """Whether anything is dropped now."""
        return self.training and self.rate > 0

    def extra_repr(self) -> str:
        """The rate, for the printed network."""
        return f"{self.rate}"


@DROPOUTS.add("locked")
class LockedDropout(Noise):
    """Drop the same units at every step of a sequence [gal2016].

    >>> x = LockedDropout(0.5)(torch.ones(1, 3, 8))
    >>> bool((x == x[:, :1]).all())
    True
    """

    def forward(self, x: Float[Tensor, "batch *time dim"]) -> Float[Tensor, "batch *time dim"]:
        """One mask a sequence, for all its steps."""
        if not self.active:
            return x
        shape = (x.shape[0], *[1] * (x.ndim - 2), x.shape[-1])
        return x * keep_mask(x, shape, self.rate)


class WordDropout(Noise):
    """Replace words by the unknown word, which so gets a vector worth having [bowman2016].

    Padding stays. Nothing is rescaled: a word is a symbol.

    >>> _ = torch.manual_seed(1)
    >>> WordDropout(0.99, unknown=1)(torch.tensor([[7, 8, 0]])).tolist()
    [[1, 1, 0]]
    """

    def __init__(self, rate: float = 0.1, *, unknown: int = 1, padding: int = 0) -> None:
        super().__init__(rate)
        self.unknown = unknown
        self.padding = padding

    def forward(self, ids: Int[Tensor, "*shape"]) -> Int[Tensor, "*shape"]:
        """The ids, some of them the unknown word's."""
        if not self.active:
            return ids
        dropped = torch.rand(ids.shape, device=ids.device) < self.rate
        return ids.masked_fill(dropped & (ids != self.padding), self.unknown)


class RowDropout(Noise):
    """Drop rows of an embedding: a dropped word is zero wherever it stands in the batch [gal2016].

    >>> vectors = RowDropout(0.5, words=9)(torch.ones(1, 2, 3), torch.tensor([[4, 4]]))
    >>> bool((vectors[0, 0] == vectors[0, 1]).all())
    True
    """

    def __init__(self, rate: float = 0.1, *, words: int) -> None:
        super().__init__(rate)
        self.words = words

    def forward(
        self, vectors: Float[Tensor, "*shape dim"], ids: Int[Tensor, "*shape"]
    ) -> Float[Tensor, "*shape dim"]:
        """The vectors of the words ``ids``, one draw for each word of the vocabulary."""
        if not self.active:
            return vectors
        # a mask of words, then looked up: a masked copy of the whole table would cost far more
        return vectors * keep_mask(vectors, (self.words,), self.rate)[ids, None]
