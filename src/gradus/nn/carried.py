"""Layers that read a text in stretches and carry what they know from one to the next."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gradus.nn.activations import ACTIVATIONS
from gradus.nn.dropout import LockedDropout
from gradus.nn.products import linear
from gradus.nn.recurrent import CELLS
from gradus.nn.steps import STEPS, State
from gradus.nn.weight_drop import WeightDrop

#: What a reader carries from stretch to stretch: tensors that have the batch first.
Carried: TypeAlias = tuple[Float[Tensor, "batch _"], ...]


class Stretch(NamedTuple):
    """What a reader made of a stretch of text, and what it carries to the next one."""

    outputs: Float[Tensor, "batch time out"]
    carried: Carried


class Reader(nn.Module, ABC):
    """Gives an output for every step that depends on this step and those before.

    The first output of a stretch is that of step ``reach``: the inputs begin with the
    ``reach - 1`` steps before it.
    """

    reach: int
    width: int

    @abstractmethod
    def begin(self, batch: int, like: Tensor) -> Carried:
        """What is carried into the first stretch of ``batch`` texts."""

    @abstractmethod
    def forward(self, inputs: Float[Tensor, "batch steps dim"], carried: Carried) -> Stretch:
        """Read a stretch."""


class CarriedRecurrent(Reader):
    """Recurrent layers of one kind of cell from :data:`~gradus.nn.recurrent.CELLS`, one direction.

    Reading a text in stretches gives the same states as reading it at once. Between layers the
    same units are dropped at every step.

    >>> reader = CarriedRecurrent("lstm", 2, [3, 4])
    >>> text = torch.ones(1, 5, 2)
    >>> whole, _ = reader(text, reader.begin(1, text))
    >>> first, carried = reader(text[:, :2], reader.begin(1, text))
    >>> second, _ = reader(text[:, 2:], carried)
    >>> torch.allclose(torch.cat([first, second], 1), whole, atol=1e-6)
    True
    """

    reach = 1

    def __init__(
        self,
        cell: str,
        dim: int,
        widths: Sequence[int],
        *,
        dropout: float = 0.0,
        weight_drop: float = 0.0,
    ) -> None:
        super().__init__()
        below = [dim, *widths[:-1]]
        self.layers = nn.ModuleList(
            WeightDrop(CELLS.make(cell, dim=inward, hidden=width), weight_drop)
            for inward, width in zip(below, widths, strict=True)
        )
        self.between = LockedDropout(dropout)
        self.widths = tuple(widths)
        self.width = widths[-1]

    @property
    def cells(self) -> list[nn.RNNBase]:
        """The layers of torch, lowest first."""
        return [layer.rnn for layer in self.layers]  # type: ignore[misc]

    def begin(self, batch: int, like: Tensor) -> Carried:
        """States of zeros: h of each layer, and c after it in an LSTM."""
        dtype = torch.promote_types(like.dtype, torch.float32)
        return tuple(
            like.new_zeros(batch, width, dtype=dtype)
            for width in self.widths
            for _ in range(self._kinds)
        )

    def starting_at(self, hidden: Sequence[Float[Tensor, "batch _"]]) -> Carried:
        """States of which h is given, one a layer; c is 0."""
        pairs = ((h.contiguous(), torch.zeros_like(h)) for h in hidden)
        return tuple(state for pair in pairs for state in pair[: self._kinds])

    def noise(self, like: Float[Tensor, "batch steps dim"]) -> list[Float[Tensor, "batch 1 _"]]:
        """What is dropped between layers, drawn once: for stretches that are to share it.

        Nothing where nothing is dropped.
        """
        if not self.between.active:
            return []
        ones = (like.new_ones(len(like), 1, width) for width in self.widths[:-1])
        return [self.between(one) for one in ones]

    def forward(
        self,
        inputs: Float[Tensor, "batch steps dim"],
        carried: Carried,
        noise: Sequence[Tensor] | None = None,
    ) -> Stretch:
        """The states of the top layer at every step; ``noise`` is drawn anew unless it is given."""
        outputs, after = inputs, []
        factors = self.noise(inputs) if noise is None else noise
        for number, layer in enumerate(self.layers):
            if number and factors:
                outputs = outputs * factors[number - 1].to(outputs.dtype)
            states = carried[number * self._kinds :][: self._kinds]
            outputs, last = _run(layer, outputs, states)
            after += last
        return Stretch(outputs, tuple(after))

    @property
    def _kinds(self) -> int:
        """States of a layer: an LSTM has two."""
        return 2 if self.cells[0].mode == "LSTM" else 1


def _run(
    layer: nn.Module, inputs: Float[Tensor, "batch steps dim"], states: Sequence[Tensor]
) -> tuple[Float[Tensor, "batch steps hidden"], list[Tensor]]:
    """The outputs of a layer, and its states after them."""
    if inputs.shape[1] == 1 and not (layer.training or torch.is_grad_enabled()):
        return _step(layer.rnn, inputs[:, 0], *states)  # type: ignore[arg-type]
    h, *c = (state[None] for state in states)
    outputs, found = layer(inputs, (h, *c) if c else h)
    return outputs, [state[0] for state in (found if c else (found,))]


def _step(
    rnn: nn.RNNBase, inputs: Float[Tensor, "batch dim"], h: Tensor, c: Tensor | None = None
) -> tuple[Float[Tensor, "batch 1 hidden"], list[Tensor]]:
    """A single step: torch's kernels would set up more than they compute."""
    ours, above, ours_bias, above_bias = rnn.all_weights[0]
    drive, back = linear(inputs, ours, ours_bias), linear(h, above, above_bias)
    hidden, cell, _ = STEPS[rnn.mode](drive, back, State(h, c, {}))
    return hidden[:, None], [hidden] if cell is None else [hidden, cell]


class FixedWindow(Reader):
    """``h = f(W [e_1; ...; e_n] + b)`` over the ``window`` last steps [bengio2003].

    >>> reader = FixedWindow(4, 2, 3)
    >>> reader(torch.ones(1, 3 + 5, 2), ()).outputs.shape
    torch.Size([1, 5, 3])
    """

    def __init__(self, window: int, dim: int, hidden: int, *, activation: str = "tanh") -> None:
        super().__init__()
        self.reach, self.width = window, hidden
        self.hidden = nn.Linear(window * dim, hidden)
        self.activation = ACTIVATIONS.make(activation)

    def begin(self, batch: int, like: Tensor) -> Carried:
        """Nothing: all that a window knows is in its inputs."""
        return ()

    def forward(self, inputs: Float[Tensor, "batch steps dim"], carried: Carried) -> Stretch:
        """The hidden layer at every step that has a whole window."""
        steps = inputs.shape[1] - self.reach + 1
        windows = torch.cat([inputs[:, start : start + steps] for start in range(self.reach)], -1)
        return Stretch(self.activation(self.hidden(windows)), ())
