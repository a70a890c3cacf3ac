"""Several models as one: the mean of what they predict, or of their weights."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gradus.core.errors import DataError


def average_probabilities(
    members: Sequence[Float[np.ndarray, "examples classes"]],
    weights: Sequence[float] | None = None,
) -> Float[np.ndarray, "examples classes"]:
    """``Σ w_m p_m / Σ w_m`` over the members m; without weights all count alike [dietterich2000].

    >>> first, second = np.array([[0.9, 0.1]]), np.array([[0.3, 0.7]])
    >>> average_probabilities([first, second], weights=[2, 1]).round(6).tolist()
    [[0.7, 0.3]]

    Raises:
        DataError: there is no member, shapes differ, or the weights are no weights.
    """
    if not members:
        raise DataError("an ensemble needs a member; give one table of probabilities or more")
    shares = _shares(weights, len(members))
    for place, member in enumerate(members):
        if member.shape != members[0].shape:
            raise DataError(
                f"member 0 of the ensemble gives probabilities of shape {members[0].shape}, but "
                f"member {place} of shape {member.shape}; give all the same examples and classes"
            )
    total = np.zeros(members[0].shape)
    for share, member in zip(shares, members, strict=True):
        total += share * member
    return total


def average_states(
    states: Sequence[Mapping[str, Tensor]], weights: Sequence[float] | None = None
) -> dict[str, Tensor]:
    """The mean of models of one architecture, entry by entry, in float64 and rounded once.

    It makes sense for models that share a part of their training: snapshots of one run
    [izmailov2018], or runs from the same start [wortsman2022]. Whole numbers, such as counters, are
    those of the last.

    >>> states = [{"w": torch.tensor([1.0])}, {"w": torch.tensor([2.0])}]
    >>> average_states(states)
    {'w': tensor([1.5000])}

    Raises:
        DataError: there is no state, or an entry is missing or has another shape or type in one.
    """
    if not states:
        raise DataError("there are no weights to average; give one state or more")
    shares = _shares(weights, len(states))
    first = states[0]
    for place, state in enumerate(states):
        _check_alike(first, state, place)
    return {
        name: _mean([state[name] for state in states], shares)
        if value.is_floating_point()
        else states[-1][name].clone()
        for name, value in first.items()
    }


def _mean(values: Sequence[Tensor], shares: Float[np.ndarray, " members"]) -> Tensor:
    total = torch.zeros_like(values[0], dtype=torch.float64)
    for value, share in zip(values, shares.tolist(), strict=True):
        total.add_(value.to(torch.float64), alpha=share)
    return total.to(values[0].dtype)


def _shares(weights: Sequence[float] | None, members: int) -> Float[np.ndarray, " members"]:
    given = np.ones(members) if weights is None else np.asarray(weights, dtype=np.float64)
    if len(given) != members:
        raise DataError(f"{members} members came with {len(given)} weights; give one a member")
    if not (np.isfinite(given).all() and (given >= 0).all() and given.sum() > 0):
        raise DataError(f"the weights {given.tolist()} give no mean; give positive numbers")
    return given / given.sum()


def _check_alike(first: Mapping[str, Tensor], state: Mapping[str, Tensor], place: int) -> None:
    for name in [*first, *state]:
        one, other = (_described(entries.get(name)) for entries in (first, state))
        if one != other:
            raise DataError(
                f"{name} is {one} in member 0 of the ensemble, but {other} in member {place}; "
                "average models of one architecture"
            )


def _described(value: Tensor | None) -> str:
    if value is None:
        return "absent"
    return f"{str(value.dtype).removeprefix('torch.')} of shape {tuple(value.shape)}"
