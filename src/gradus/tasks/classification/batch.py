"""What a classifier's network reads."""

from typing import NamedTuple

from jaxtyping import Int
from torch import Tensor


class TextBatch(NamedTuple):
    """Texts in the two ways that a network reads them, and the numbers of their labels."""

    ids: Int[Tensor, "batch time"]  # words in their order, padded with 0
    lengths: Int[Tensor, " batch"]
    features: Int[Tensor, " features"]  # words and sequences that occur, text after text
    starts: Int[Tensor, " batch"]  # where the features of each text begin
    labels: Int[Tensor, " batch"]
