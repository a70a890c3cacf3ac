"""Switching off all noise of a network: for checks whose answer must not depend on a draw."""

from typing import TypeVar

from torch import nn

from gradus.nn.dropout import Noise
from gradus.nn.weight_drop import WeightDrop

M = TypeVar("M", bound=nn.Module)


def silence_(model: M) -> M:
    """Set every dropout rate in ``model`` to 0, in place, whatever its kind; give the model.

    >>> silence_(nn.Sequential(nn.Dropout(0.5)))
    Sequential(
      (0): Dropout(p=0.0, inplace=False)
    )
    """
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = 0.0
        elif isinstance(module, nn.RNNBase):
            module.dropout = 0.0
        elif isinstance(module, Noise | WeightDrop):
            module.rate = 0.0
    return model
