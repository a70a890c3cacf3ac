"""Optimizers that move only those rows of a table which a batch has met.

A sparse gradient of an embedding holds some thousand rows of a table that may have a million.
torch's own ``SparseAdam`` refuses a model that also has other layers, and its AdaGrad gives up the
fused code for all layers; these take both kinds of gradients side by side.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.core.errors import SettingsError


class RowOptimizer(ABC, torch.optim.Optimizer):
    """Steps the rows of sparse gradients itself and leaves the rest to the next base class."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Make a step; give what ``closure``, which computes the gradients anew, gave.

        Raises:
            SettingsError: a table with sparse gradients is to decay, which would move all its rows.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        tables = [
            (table, table.grad, group)
            for group in self.param_groups
            for table in group["params"]
            if table.grad is not None and table.grad.is_sparse
        ]
        for table, grad, group in tables:
            if group["weight_decay"]:
                raise SettingsError(
                    f"weight_decay={group['weight_decay']} would move every row of a table with "
                    "sparse gradients: set weight_decay=0, or optimizer=adamw"
                )
            met = grad.coalesce()  # every row once, as the squares need
            self.step_rows(table, met.indices()[0], met.values(), group)
            table.grad = None  # hidden from the rule for dense gradients
        super().step()
        for table, grad, _ in tables:
            table.grad = grad
        return loss

    @abstractmethod
    def step_rows(
        self,
        table: nn.Parameter,
        rows: Int[Tensor, " met"],
        grads: Float[Tensor, "met *dim"],
        group: dict[str, Any],
    ) -> None:
        """Move the ``rows`` of ``table`` by the rule."""


class RowAdagrad(RowOptimizer, torch.optim.Adagrad):
    """AdaGrad [duchi2011], the same for a row in a sparse gradient as in a dense one.

    >>> table = nn.Embedding(3, 1, sparse=True)
    >>> before = table.weight.detach().clone()
    >>> optimizer = RowAdagrad(table.parameters(), lr=0.5)
    >>> table(torch.tensor([2, 2])).sum().backward()
    >>> optimizer.step()
    >>> (table.weight.detach() - before).flatten().tolist()
    [0.0, 0.0, -0.5...]
    """

    def step_rows(
        self,
        table: nn.Parameter,
        rows: Int[Tensor, " met"],
        grads: Float[Tensor, "met *dim"],
        group: dict[str, Any],
    ) -> None:
        """``s ← s + g²``, ``θ ← θ - η g / (√s + ε)``."""
        state = self.state[table]
        state["step"] += 1
        sums = state["sum"].index_select(0, rows).addcmul_(grads, grads)
        state["sum"].index_copy_(0, rows, sums)
        move = grads.div(sums.sqrt_().add_(group["eps"])).mul_(-group["lr"])
        table.index_add_(0, rows, move)


class RowAdam(RowOptimizer, torch.optim.Adam):
    """Adam [kingma2015] whose means stand still for rows that are not in a sparse gradient.

    >>> table, layer = nn.Embedding(3, 1, sparse=True), nn.Linear(1, 1)
    >>> optimizer = RowAdam([*table.parameters(), *layer.parameters()], lr=0.5)
    >>> before = table.weight.detach().clone()
    >>> layer(table(torch.tensor([2]))).sum().backward()
    >>> optimizer.step()
    >>> (table.weight.detach() != before).flatten().tolist()
    [False, False, True]
    """

    def step_rows(
        self,
        table: nn.Parameter,
        rows: Int[Tensor, " met"],
        grads: Float[Tensor, "met *dim"],
        group: dict[str, Any],
    ) -> None:
        """``θ ← θ - η m^ / (√v^ + ε)``, with the number of steps of the whole table."""
        state = self.state[table]
        if not state:
            state["step"] = torch.zeros((), dtype=torch.float32, device=table.device)
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(table), torch.zeros_like(table)
        state["step"] += 1
        beta1, beta2 = group["betas"]
        mean = state["exp_avg"].index_select(0, rows).lerp_(grads, 1 - beta1)
        square = state["exp_avg_sq"].index_select(0, rows).lerp_(grads.square(), 1 - beta2)
        state["exp_avg"].index_copy_(0, rows, mean)
        state["exp_avg_sq"].index_copy_(0, rows, square)
        step = state["step"].item()
        width = square.div_(1 - beta2**step).sqrt_().add_(group["eps"])
        table.index_add_(0, rows, mean.div_(width).mul_(-group["lr"] / (1 - beta1**step)))
