"""Losses by name: the mean over a batch, finite in float32 for scores of any usual size."""

from typing import TypeAlias

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError

#: Losses of class scores against classes; all take ``(scores, targets)``.
LOSSES = Catalogue[nn.Module]("loss")

#: A target that counts nowhere, for :class:`CrossEntropy`: a padded step of a tagger.
IGNORED = -100

#: Right values: the numbers themselves, or classes that stand for rows of 0 with a single 1.
Targets: TypeAlias = Float[Tensor, "batch *values"] | Int[Tensor, " batch"]


@LOSSES.add("cross_entropy")
class CrossEntropy(nn.Module):
    """``-Σ y_c log softmax(s)_c`` in nats; with smoothing ε, ``y = (1 - ε) onehot + ε / classes``.

    Smoothing is that of [szegedy2016]. Targets of :data:`IGNORED` are left out of the mean.

    >>> loss = CrossEntropy()(torch.tensor([[1e4, 0.0]]), torch.tensor([1]))
    >>> loss.item()
    10000.0
    """

    def __init__(self, smoothing: float = 0.0) -> None:
        super().__init__()
        if not 0 <= smoothing < 1:
            raise SettingsError(f"smoothing={smoothing} is out of range: choose a value in [0, 1)")
        self.smoothing = smoothing

    def forward(
        self, scores: Float[Tensor, "batch classes"], targets: Int[Tensor, " batch"]
    ) -> Float[Tensor, ""]:
        """The mean loss of the batch."""
        return F.cross_entropy(
            scores, targets, label_smoothing=self.smoothing, ignore_index=IGNORED
        )


@LOSSES.add("max_margin")
class MaxMargin(nn.Module):
    """``max(0, margin - s + s_c)`` of the right score s and wrong scores s_c.

    ``against`` the ``"best"`` wrong class [crammer2001], or ``"all"`` of them, summed [weston1999].

    >>> MaxMargin()(torch.tensor([[2.0, 1.5, 0.0]]), torch.tensor([0])).item()
    0.5
    """

    def __init__(self, margin: float = 1.0, against: str = "best") -> None:
        super().__init__()
        if against not in ("best", "all"):
            raise SettingsError(f"against={against!r} is unknown: choose 'best' or 'all'")
        self.margin = margin
        self.against = against

    def forward(
        self, scores: Float[Tensor, "batch classes"], targets: Int[Tensor, " batch"]
    ) -> Float[Tensor, ""]:
        """The mean loss of the batch; a single class has no wrong one and loses nothing."""
        right = scores.gather(1, targets[:, None])
        wrong = scores.scatter(1, targets[:, None], -torch.inf)
        if self.against == "best":
            wrong = wrong.amax(1, keepdim=True)
        return (self.margin - right + wrong).relu().sum(1).mean()


@LOSSES.add("l2")
class L2(nn.Module):
    """``‖θ - y‖²``, the squared distance; classes stand for their one-hot rows.

    >>> L2()(torch.tensor([[0.0, 3.0]]), torch.tensor([[4.0, 0.0]])).item()
    25.0
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(
        self, outputs: Float[Tensor, "batch *values"], targets: Targets
    ) -> Float[Tensor, ""]:
        """The mean loss of the batch, the sum of all values of an example."""
        return (outputs - _values(targets, outputs)).square().sum() / len(outputs)


@LOSSES.add("l1")
class L1(nn.Module):
    """``Σ |θ - y|``, the distance along the axes; classes stand for their one-hot rows.

    >>> L1()(torch.tensor([[0.0, 3.0]]), torch.tensor([[4.0, 0.0]])).item()
    7.0
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(
        self, outputs: Float[Tensor, "batch *values"], targets: Targets
    ) -> Float[Tensor, ""]:
        """The mean loss of the batch, the sum of all values of an example."""
        return (outputs - _values(targets, outputs)).abs().sum() / len(outputs)


def _values(targets: Tensor, outputs: Tensor) -> Tensor:
    if targets.is_floating_point():
        return targets
    return F.one_hot(targets, outputs.shape[-1]).to(outputs.dtype)
