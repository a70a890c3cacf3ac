"""Sentence encoders: one vector for a padded sequence of word vectors."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError
from gradus.nn.masks import step_mask
from gradus.nn.pooling import POOLINGS, mean_state
from gradus.nn.recurrent import CELLS, Recurrent


class Encoder(ABC, nn.Module):
    """What every encoder has: vectors and lengths in, a vector of ``width`` numbers out."""

    width: int

    @abstractmethod
    def forward(
        self, vectors: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        """One vector a sequence; padding has no influence."""


#: Encoders that a line of settings can name; the maker is also given ``dim``, the vectors' length.
ENCODERS = Catalogue[Encoder]("encoder")


@ENCODERS.add("average")
class AverageEncoder(Encoder):
    """The mean of the word vectors [iyyer2015].

    >>> AverageEncoder(dim=1)(torch.tensor([[[2.0], [4.0], [0.0]]]), torch.tensor([2])).tolist()
    [[3.0]]
    """

    def __init__(self, *, dim: int) -> None:
        super().__init__()
        self.width = dim

    def forward(
        self, vectors: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        """``1/length Σ x[t]``; an empty sequence gives 0."""
        return mean_state(vectors, lengths)


@ENCODERS.add("cnn")
class ConvolutionEncoder(Encoder):
    """The largest answer of each filter over all windows of its width [kim2014].

    ``max over t of max(0, w·x[t:t+width] + b)`` for ``channels`` filters of each of the ``widths``.
    Zeros stand before and after a sequence, so that a filter also sees the ends and texts shorter
    than itself; a window without a real word never wins.

    >>> encoder = ConvolutionEncoder(10, dim=4)
    >>> encoder.width, encoder(torch.ones(2, 7, 4), torch.tensor([7, 1])).shape
    (30, torch.Size([2, 30]))
    """

    def __init__(self, channels: int = 100, widths: Sequence[int] = (3, 4, 5), *, dim: int) -> None:
        super().__init__()
        if channels < 1 or not widths or min(widths) < 1:
            raise SettingsError(
                f"channels={channels}, widths={tuple(widths)}: give one width or more, "
                "and values at least 1"
            )
        self.width = channels * len(widths)
        self.filters = nn.ModuleList(
            nn.Conv1d(dim, channels, width, padding=width - 1) for width in widths
        )
        self.activation = nn.ReLU()  # a module, so that probes see filters that have died

    def forward(
        self, vectors: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        """One number a filter; an empty sequence gives 0."""
        padding = ~step_mask(lengths, vectors.shape[1])
        columns = vectors.masked_fill(padding[:, :, None], 0.0).transpose(1, 2)
        tops = [self._top(convolution, columns, lengths) for convolution in self.filters]
        # the largest of rectified answers is the rectified largest, and one number instead of many
        return self.activation(torch.cat(tops, -1))

    def _top(
        self,
        convolution: nn.Module,
        columns: Float[Tensor, "batch dim time"],
        lengths: Int[Tensor, " batch"],
    ) -> Float[Tensor, "batch channels"]:
        answers = convolution(columns)
        reach = answers.shape[-1] - columns.shape[-1]
        windows = torch.where(lengths > 0, lengths + reach, 0)
        real = step_mask(windows, answers.shape[-1])[:, None]
        return answers.masked_fill(~real, -torch.inf).amax(-1)


class RecurrentEncoder(Encoder):
    """The states of a :class:`~gradus.nn.recurrent.Recurrent`, pooled by one of POOLINGS.

    ``"last"`` takes each direction where it ended: forward at the last word, backward at the first.

    >>> encoder = ENCODERS.make("lstm(8, bidirectional=True, pooling='max')", dim=4)
    >>> encoder.width, encoder(torch.ones(2, 7, 4), torch.tensor([7, 1])).shape
    (16, torch.Size([2, 16]))
    """

    def __init__(
        self,
        cell: str,
        hidden: int = 128,
        *,
        dim: int,
        layers: int = 1,
        bidirectional: bool = False,
        pooling: str = "last",
        dropout: float = 0.0,
        weight_drop: float = 0.0,
    ) -> None:
        super().__init__()
        self.recurrent = Recurrent(
            cell,
            dim,
            hidden,
            layers=layers,
            bidirectional=bidirectional,
            dropout=dropout,
            weight_drop=weight_drop,
        )
        self.width = self.recurrent.width
        self.pooling = pooling
        self.pool = POOLINGS.make(pooling)

    def forward(
        self, vectors: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch width"]:
        """One vector a sequence; an empty sequence gives 0."""
        outputs, last = self.recurrent(vectors, lengths)
        return last if self.pooling == "last" else self.pool(outputs, lengths)


for _cell in CELLS.entries():
    ENCODERS.add(_cell.name, about=f"The pooled states of {_cell.about}")(
        partial(RecurrentEncoder, _cell.name)
    )
