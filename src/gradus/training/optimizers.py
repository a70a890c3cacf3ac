"""Optimizers by name: torch's own, with its fastest CPU code, at the learning rate they are given.

``g`` is the gradient, ``η`` the learning rate. Parameters come as they are or in groups; decay is a
matter of the groups (:func:`gradus.nn.penalties.decay_groups`) and 0 for those that do not say.

Every rule but ``sgd`` and ``rmsprop`` runs fused, in one pass over the numbers: here that took a
half to a fifth of the time of torch's loop for Adam and AdaGrad, alike for many small tensors and
for one large table. Plain SGD gains nothing, and a fused RMSProp does not exist.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError
from gradus.training.row_optimizers import RowAdagrad, RowAdam

Groups: TypeAlias = Iterable[nn.Parameter] | list[dict[str, Any]]

#: Optimizers that a line of settings can name; the maker is also given ``groups`` and ``rate``.
OPTIMIZERS = Catalogue[torch.optim.Optimizer]("optimizer")


@OPTIMIZERS.add("sgd")
def sgd(*, groups: Groups, rate: float) -> torch.optim.Optimizer:
    """``θ ← θ - η g`` [robbins1951]; sparse gradients move only their rows.

    >>> weight = nn.Parameter(torch.tensor([1.0]))
    >>> optimizer = OPTIMIZERS.make("sgd", groups=[weight], rate=0.5)
    >>> weight.grad = torch.tensor([0.5])
    >>> optimizer.step()
    >>> weight.item()
    0.75
    """
    return _made(torch.optim.SGD, groups, rate, foreach=True)


@OPTIMIZERS.add("momentum")
def momentum(momentum: float = 0.9, *, groups: Groups, rate: float) -> torch.optim.Optimizer:
    """``v ← μ v + g``, ``θ ← θ - η v`` [polyak1964]; a long run moves ``1 / (1 - μ)`` as far."""
    _check_share("momentum", momentum)
    return _dense(_made(torch.optim.SGD, groups, rate, momentum=momentum, fused=True))


@OPTIMIZERS.add("nesterov")
def nesterov(momentum: float = 0.9, *, groups: Groups, rate: float) -> torch.optim.Optimizer:
    """``v ← μ v + g``, ``θ ← θ - η (g + μ v)`` [sutskever2013]: momentum that looks ahead."""
    _check_share("momentum", momentum)
    made = _made(torch.optim.SGD, groups, rate, momentum=momentum, nesterov=True, fused=True)
    return _dense(made)


@OPTIMIZERS.add("adagrad")
def adagrad(*, eps: float = 1e-10, groups: Groups, rate: float) -> torch.optim.Optimizer:
    """``s ← s + g²``, ``θ ← θ - η g / (√s + ε)`` [duchi2011]; sparse gradients move their rows."""
    return _made(RowAdagrad, groups, rate, eps=eps, fused=True)


@OPTIMIZERS.add("rmsprop")
def rmsprop(
    decay: float = 0.99, *, eps: float = 1e-8, groups: Groups, rate: float
) -> torch.optim.Optimizer:
    """``s ← ρ s + (1 - ρ) g²``, ``θ ← θ - η g / (√s + ε)`` [tieleman2012]."""
    _check_share("decay", decay)
    return _dense(_made(torch.optim.RMSprop, groups, rate, alpha=decay, eps=eps, foreach=True))


@OPTIMIZERS.add("adam")
def adam(
    beta1: float = 0.9, beta2: float = 0.999, *, eps: float = 1e-8, groups: Groups, rate: float
) -> torch.optim.Optimizer:
    """``θ ← θ - η m^ / (√v^ + ε)`` with running means m of g and v of g² [kingma2015].

    ``m ← β₁ m + (1 - β₁) g``, ``v ← β₂ v + (1 - β₂) g²``, and at step t ``m^ = m / (1 - β₁ᵗ)``,
    ``v^ = v / (1 - β₂ᵗ)``. Decay is added to g.
    """
    made = _made(torch.optim.Adam, groups, rate, betas=(beta1, beta2), eps=eps, fused=True)
    return _dense(made)


@OPTIMIZERS.add("adamw")
def adamw(
    beta1: float = 0.9, beta2: float = 0.999, *, eps: float = 1e-8, groups: Groups, rate: float
) -> torch.optim.Optimizer:
    """Adam after ``θ ← θ - η λ θ``: a decay λ that no gradient rescales [loshchilov2019]."""
    made = _made(torch.optim.AdamW, groups, rate, betas=(beta1, beta2), eps=eps, fused=True)
    return _dense(made)


@OPTIMIZERS.add("sparse_adam")
def sparse_adam(
    beta1: float = 0.9, beta2: float = 0.999, *, eps: float = 1e-8, groups: Groups, rate: float
) -> torch.optim.Optimizer:
    """Adam that leaves the rows of a table alone which a batch has not met [kingma2015].

    For layers with sparse gradients; their rows keep m and v while they wait. Other parameters
    get plain Adam.
    """
    return _made(RowAdam, groups, rate, betas=(beta1, beta2), eps=eps, fused=True)


#: Rules that move only the rows which a sparse gradient has.
SPARSE = frozenset({"sgd", "adagrad", "sparse_adam"})


def takes_sparse(line: str) -> bool:
    """Whether the optimizer that a line names takes sparse gradients.

    >>> takes_sparse("adagrad"), takes_sparse("adam(0.9)")
    (True, False)
    """
    return OPTIMIZERS.parse(line).name in SPARSE


def _made(
    rule: type[torch.optim.Optimizer], groups: Groups, rate: float, **options: Any
) -> torch.optim.Optimizer:
    try:
        return rule(groups, lr=rate, weight_decay=0.0, **options)  # type: ignore[call-arg]
    except ValueError as error:  # torch's own check of ranges
        raise SettingsError(f"optimizer {rule.__name__}: {error}") from None


def _dense(optimizer: torch.optim.Optimizer) -> torch.optim.Optimizer:
    """``optimizer`` with a check before its first step that it can use the gradients."""

    def check(*_: Any) -> None:
        handle.remove()
        if any(_is_sparse(p.grad) for group in optimizer.param_groups for p in group["params"]):
            raise SettingsError(
                f"{type(optimizer).__name__} with these settings takes no sparse gradients: choose "
                "sgd, adagrad or sparse_adam, or an embedding with sparse=False"
            )

    handle = optimizer.register_step_pre_hook(check)
    return optimizer


def _is_sparse(grad: Tensor | None) -> bool:
    return grad is not None and grad.is_sparse


def _check_share(name: str, value: float) -> None:
    if not 0 <= value < 1:
        raise SettingsError(f"{name}={value} is out of range: choose a value in [0, 1)")
