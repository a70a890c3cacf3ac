"""How far back a recurrent layer learns: the gradient at its first step against that at its last.

A loss that reads the last state reaches the first word only through every step between. Whether the
gradient shrank or grew on the way cannot be told from the weights' gradients, which sum over steps.
"""

from collections import defaultdict
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from gradus.nn.activations import unit_faults
from gradus.nn.weight_drop import WeightDrop
from gradus.training.callbacks import Probe, observed

#: Cells whose states are those of an activation, and so can saturate or die like it.
STATES: dict[str, nn.Module] = {
    "RNN_TANH": nn.Tanh(),
    "RNN_RELU": nn.ReLU(),
    "RNN_SIGMOID": nn.Sigmoid(),
}


class MemoryProbe(Probe):
    """Gradient norms at the inputs of each recurrent layer, where a sequence begins and ends."""

    def __init__(self, every: int) -> None:
        self.every = every
        self._cells: dict[str, tuple[nn.Module, nn.RNNBase]] = {}
        self._hooks: list[RemovableHandle] = []
        self._found: dict[str, dict[str, list[float]]] = {}

    def started(self, model: nn.Module, steps: int) -> None:
        """Find the recurrent layers."""
        self._cells = {}
        inside: set[nn.Module] = set()
        for name, module in model.named_modules():
            if isinstance(module, WeightDrop):
                self._cells[name] = (module, module.rnn)
                inside.add(module.rnn)
            elif isinstance(module, nn.RNNBase) and module not in inside:
                self._cells[name] = (module, module)

    def before_step(self, step: int) -> None:
        """Listen to what the layers read and answer."""
        if not observed(step, self.every):
            return
        self._found = defaultdict(lambda: defaultdict(list))
        for name, (module, rnn) in self._cells.items():
            self._hooks += [
                module.register_forward_pre_hook(self._reader(name, rnn)),
                module.register_forward_hook(self._listener(name, rnn)),
            ]

    def after_backward(self, step: int) -> None:
        """Stop listening."""
        while self._hooks:
            self._hooks.pop().remove()

    def measured(self) -> dict[str, Any]:
        """``recurrent``: gradients at the ``first`` and ``last`` step, and ``distance``, by layer.

        A plain RNN has also its share of ``saturated`` or ``dead`` states.
        """
        if not self._cells:
            return {}
        means = {
            name: {key: sum(values) / len(values) for key, values in found.items()}
            for name, found in self._found.items()
        }
        return {"recurrent": means}

    def _reader(self, name: str, rnn: nn.RNNBase) -> Any:
        def keep(gradient: Tensor) -> None:
            steps = gradient if rnn.batch_first else gradient.transpose(0, 1)
            for key, value in ends(steps).items():
                self._found[name][key].append(value)

        def read(module: nn.Module, inputs: Any) -> Any:
            first, *others = inputs
            # a node of its own: the same inputs may also feed the cell of the other direction
            own = first.view_as(first) if first.requires_grad else first.detach().requires_grad_()
            own.register_hook(keep)
            return own, *others

        return read

    def _listener(self, name: str, rnn: nn.RNNBase) -> Any:
        def listen(module: nn.Module, inputs: Any, output: Any) -> None:
            if rnn.mode in STATES:
                for fault, share in unit_faults(STATES[rnn.mode], output[0]).items():
                    self._found[name][fault].append(share)

        return listen


def ends(gradient: Float[Tensor, "batch time dim"]) -> dict[str, float]:
    """Mean gradient norm at the first and at the last step that has one, and the steps between.

    Steps after the last that matters to the loss are padding. Sequences of one step are left out.

    >>> gradient = torch.tensor([[[0.1], [0.2], [0.4], [0.0]]])
    >>> {key: round(value, 3) for key, value in ends(gradient).items()}
    {'first': 0.1, 'last': 0.4, 'distance': 2.0}
    """
    norms = gradient.detach().norm(dim=-1)
    places = torch.arange(norms.shape[1], device=norms.device)
    last = torch.where(norms > 0, places, 0).amax(1)
    rows = last > 0
    if not bool(rows.any()):
        return {}
    return {
        "first": norms[rows, 0].mean().item(),
        "last": norms[rows, last[rows]].mean().item(),
        "distance": last[rows].float().mean().item(),
    }
