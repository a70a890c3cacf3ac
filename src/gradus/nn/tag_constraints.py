"""Which label may follow which, where labels mark spans by a tagging scheme."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool
from torch import Tensor

from gradus.text.schemes import NO_SPAN
from gradus.text.spans import may_follow


def allowed_transitions(labels: Sequence[str], scheme: str) -> Bool[Tensor, "from to"]:
    """Whether each label may follow each other one; last row and column: after and before the edge.

    The edge of a sequence is like ``O``: spans begin after it and end before it. ``scheme`` is one
    of :data:`~gradus.text.schemes.SCHEMES`. For :class:`~gradus.nn.crf.LinearChainCRF`.

    >>> allowed_transitions(["O", "B-PER", "I-PER"], "BIO").int().tolist()
    [[1, 1, 0, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 0, 1]]

    Raises:
        SettingsError: the scheme is unknown.
        DataError: a label does not belong to the scheme.
    """
    every = (*labels, NO_SPAN)
    return torch.tensor(
        [[may_follow(before, after, scheme) for after in every] for before in every]
    )
