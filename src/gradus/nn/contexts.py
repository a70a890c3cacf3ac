"""What tells a word of its neighbours: nothing, a window, or a recurrent network."""

from abc import ABC, abstractmethod
from contextlib import nullcontext
from functools import partial

from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError
from gradus.nn.dropout import LockedDropout
from gradus.nn.half import half_where_fast
from gradus.nn.masks import step_mask
from gradus.nn.recurrent import CELLS, Recurrent


class Context(ABC, nn.Module):
    """Vectors of words in, vectors of words among their neighbours out, ``width`` numbers each."""

    width: int

    @abstractmethod
    def forward(
        self, vectors: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch time width"]:
        """One vector a word; padding has no influence."""


#: Contexts that a line of settings can name; the maker is also given ``dim``, the vectors' length.
CONTEXTS = Catalogue[Context]("encoder")


@CONTEXTS.add("none")
class NoContext(Context):
    """The words as they are."""

    def __init__(self, *, dim: int) -> None:
        super().__init__()
        self.width = dim

    def forward(
        self, vectors: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch time dim"]:
        """The vectors."""
        return vectors


@CONTEXTS.add("window")
class WindowContext(Context):
    """``max(0, W [x[t-reach]; ...; x[t+reach]] + b)``; zeros stand beyond the ends.

    >>> import torch
    >>> CONTEXTS.make("window(8, reach=2)", dim=4)(torch.ones(1, 3, 4), torch.tensor([3])).shape
    torch.Size([1, 3, 8])
    """

    def __init__(self, hidden: int = 256, reach: int = 3, *, dim: int) -> None:
        super().__init__()
        if hidden < 1 or reach < 0:
            raise SettingsError(
                f"hidden={hidden}, reach={reach}: choose hidden at least 1, and reach at least 0"
            )
        self.width = hidden
        self.filters = nn.Conv1d(dim, hidden, 2 * reach + 1, padding=reach)
        self.activation = nn.ReLU()

    def forward(
        self, vectors: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch time width"]:
        """One vector a word."""
        real = step_mask(lengths, vectors.shape[1])[:, :, None]
        columns = vectors.masked_fill(~real, 0.0).transpose(1, 2)
        return self.activation(self.filters(columns).transpose(1, 2))


class RecurrentContext(Context):
    """The states of a recurrent network that reads in both directions.

    ``half`` computes them in bfloat16 where the processor has instructions for it: in a half to a
    third of the time, with states that differ in the third digit.

    >>> import torch
    >>> CONTEXTS.make("lstm(8)", dim=4)(torch.ones(1, 3, 4), torch.tensor([3])).shape
    torch.Size([1, 3, 16])
    """

    def __init__(
        self,
        cell: str,
        hidden: int = 256,
        *,
        dim: int,
        layers: int = 2,
        dropout: float = 0.33,
        half: bool = False,
    ) -> None:
        super().__init__()
        self.recurrent = Recurrent(
            cell, dim, hidden, layers=layers, bidirectional=True, dropout=dropout
        )
        self.width = self.recurrent.width
        self._quick = half
        self.after = LockedDropout(dropout)

    def forward(
        self, vectors: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch time width"]:
        """The states of both directions side by side."""
        with half_where_fast(vectors.device) if self._quick else nullcontext():
            states = self.recurrent(vectors, lengths).outputs
        return self.after(states.to(vectors.dtype))


for _cell in CELLS.entries():
    CONTEXTS.add(_cell.name, about=f"States in both directions of {_cell.about}")(
        partial(RecurrentContext, _cell.name)
    )
