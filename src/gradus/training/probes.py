"""Looks inside a network at some steps: gradients and updates by layer, dead and saturated units.

A healthy step moves weights by about a thousandth of their size; a unit that answers 0 to a whole
batch learns nothing from it, and one near its asymptote next to nothing.
"""

from collections import defaultdict
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from gradus.nn.activations import unit_faults
from gradus.training.callbacks import Probe, Step, observed
from gradus.training.flow import gradient_norms, layer_norms


class LayerProbe(Probe):
    """Gradient norm of each layer, and the length of its step in lengths of its weights.

    A layer is a module with parameters of its own. Rows that a sparse gradient leaves alone are
    left out of the ratio.
    """

    def __init__(self, every: int) -> None:
        self.every = every
        self._model = nn.Module()
        self._layers: dict[str, list[nn.Parameter]] = {}
        self._before: dict[nn.Parameter, Tensor] = {}
        self._norms: dict[str, float] = {}
        self._ratios: dict[str, float] = {}

    def started(self, model: nn.Module, steps: int) -> None:
        """Find the layers."""
        self._model = model
        for name, module in model.named_modules():
            own = [p for p in module.parameters(recurse=False) if p.requires_grad]
            if own:
                self._layers[name or "model"] = own

    def after_backward(self, step: int) -> None:
        """Measure the gradients, and keep the weights that are about to move."""
        if not observed(step, self.every):
            return
        self._norms = layer_norms(gradient_norms(self._model))
        self._before = {
            parameter: parameter.detach().clone()
            for own in self._layers.values()
            for parameter in own
            if parameter.grad is not None and not parameter.grad.is_sparse
        }

    def after_step(self, done: Step) -> None:
        """Measure how far the weights moved."""
        if not observed(done.step, self.every):
            return
        self._ratios = {}
        for name, own in self._layers.items():
            weights = [p for p in own if p in self._before and p.dim() > 1]
            size = sum(float(self._before[p].square().sum()) for p in weights) ** 0.5
            moved = sum(float((p.detach() - self._before[p]).square().sum()) for p in weights)
            if size > 0:
                self._ratios[name] = moved**0.5 / size
        self._before = {}

    def measured(self) -> dict[str, Any]:
        """``layers``: gradient norm and update ratio by name."""
        return {
            "layers": {
                name: {"grad_norm": norm, "update_ratio": self._ratios.get(name)}
                for name, norm in self._norms.items()
            }
        }


class UnitProbe(Probe):
    """The share of dead units behind each ReLU, of saturated ones behind each sigmoid or tanh."""

    def __init__(self, every: int) -> None:
        self.every = every
        self._model = nn.Module()
        self._hooks: list[RemovableHandle] = []
        self._faults: dict[str, dict[str, list[float]]] = {}

    def started(self, model: nn.Module, steps: int) -> None:
        """Keep the model."""
        self._model = model

    def before_step(self, step: int) -> None:
        """Listen to what the activations answer."""
        if not observed(step, self.every):
            return
        self._faults = defaultdict(lambda: defaultdict(list))
        for name, module in self._model.named_modules():
            self._hooks.append(module.register_forward_hook(self._listener(name)))

    def after_backward(self, step: int) -> None:
        """Stop listening."""
        while self._hooks:
            self._hooks.pop().remove()

    def measured(self) -> dict[str, Any]:
        """``units``: the mean share of each fault by name of the activation."""
        return {
            "units": {
                name: {fault: sum(shares) / len(shares) for fault, shares in faults.items()}
                for name, faults in self._faults.items()
            }
        }

    def _listener(self, name: str) -> Any:
        def listen(module: nn.Module, inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor) and output.ndim and output.is_floating_point():
                with torch.no_grad():
                    for fault, share in unit_faults(module, output).items():
                        self._faults[name][fault].append(share)

        return listen
