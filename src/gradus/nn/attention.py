"""Attention by name: for each query a mean of the states of a sequence, weighted by how they fit.

Scores ``e[t, i]`` say how well query ``q_t`` goes with state ``h_i``; the weights are
``a[t] = softmax(e[t])`` over the real steps, and the context is ``c_t = Σ_i a[t, i] h_i``.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError
from gradus.nn.masks import step_mask


class Attended(NamedTuple):
    """A context for each query, and the weights that it was made with."""

    contexts: Float[Tensor, "batch queries width"]
    weights: Float[Tensor, "batch queries time"]  # rows sum to 1; exactly 0 at padding


class Attention(ABC, nn.Module):
    """What every attention has: a score for each pair of a query and a state.

    ``width`` is that of a context. What scores need of the states alone, :meth:`keys`, can be
    computed once and given to many calls.
    """

    width: int

    def keys(self, states: Float[Tensor, "batch time dim"]) -> Float[Tensor, "batch time key"]:
        """What :meth:`scores` reads in place of the states; by default the states."""
        return states

    @abstractmethod
    def scores(
        self,
        queries: Float[Tensor, "batch queries query"],
        keys: Float[Tensor, "batch time key"],
    ) -> Float[Tensor, "batch queries time"]:
        """``e[t, i]`` of every pair, padding included."""

    def forward(
        self,
        queries: Float[Tensor, "batch queries query"],
        states: Float[Tensor, "batch time dim"],
        lengths: Int[Tensor, " batch"],
        keys: Float[Tensor, "batch time key"] | None = None,
    ) -> Attended:
        """Contexts and weights; an empty sequence gets zeros. Padding must be finite numbers."""
        scores = self.scores(queries, self.keys(states) if keys is None else keys)
        padding = ~step_mask(lengths, states.shape[1])[:, None]
        # the least number, not -inf: softmax of a row without a real step must not become NaN
        least = torch.finfo(scores.dtype).min
        weights = scores.masked_fill(padding, least).softmax(-1).masked_fill(padding, 0.0)
        return Attended(weights @ states, weights)


#: Attention that a line of settings can name; the maker is also given ``query`` and ``dim``, the
#: lengths of a query and of a state.
ATTENTIONS = Catalogue[Attention]("attention")


@ATTENTIONS.add("none")
class NoAttention(Attention):
    """No context: what is known of the sequence must be in the query [sutskever2014].

    >>> found = ATTENTIONS.make("none", query=4, dim=3)(
    ...     torch.ones(1, 2, 4), torch.ones(1, 5, 3), torch.tensor([5])
    ... )
    >>> found.contexts.shape, found.weights.any().item()
    (torch.Size([1, 2, 0]), False)
    """

    def __init__(self, *, query: int, dim: int) -> None:
        super().__init__()
        self.width = 0

    def scores(
        self,
        queries: Float[Tensor, "batch queries query"],
        keys: Float[Tensor, "batch time key"],
    ) -> Float[Tensor, "batch queries time"]:
        """Zeros, which nothing reads."""
        return queries.new_zeros(*queries.shape[:2], keys.shape[1])

    def forward(
        self,
        queries: Float[Tensor, "batch queries query"],
        states: Float[Tensor, "batch time dim"],
        lengths: Int[Tensor, " batch"],
        keys: Float[Tensor, "batch time key"] | None = None,
    ) -> Attended:
        """Contexts without numbers, and weights of 0."""
        return Attended(queries.new_zeros(*queries.shape[:2], 0), self.scores(queries, states))


@ATTENTIONS.add("dot")
class DotAttention(Attention):
    """``e = q · h``: query and states must be of one length [luong2015].

    >>> states = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [9.0, 9.0]]])
    >>> found = DotAttention(query=2, dim=2)(torch.ones(1, 1, 2), states, torch.tensor([2]))
    >>> found.weights.tolist(), found.contexts.tolist()
    ([[[0.5, 0.5, 0.0]]], [[[0.5, 0.5]]])
    """

    def __init__(self, *, query: int, dim: int) -> None:
        super().__init__()
        if query != dim:
            raise SettingsError(
                f"a dot product needs vectors of one length, but queries have {query} numbers and "
                f"states {dim}; choose general or additive"
            )
        self.width = dim

    def scores(
        self,
        queries: Float[Tensor, "batch queries query"],
        keys: Float[Tensor, "batch time key"],
    ) -> Float[Tensor, "batch queries time"]:
        """The dot products."""
        return queries @ keys.transpose(1, 2)


@ATTENTIONS.add("general")
class GeneralAttention(Attention):
    """``e = qᵀ W h``: a bilinear form [luong2015].

    >>> layer = GeneralAttention(query=4, dim=3)
    >>> layer(torch.ones(2, 5, 4), torch.ones(2, 6, 3), torch.tensor([6, 1])).contexts.shape
    torch.Size([2, 5, 3])
    """

    def __init__(self, *, query: int, dim: int) -> None:
        super().__init__()
        self.width = dim
        self.key = nn.Linear(dim, query, bias=False)

    def keys(self, states: Float[Tensor, "batch time dim"]) -> Float[Tensor, "batch time key"]:
        """``W h``."""
        return self.key(states)

    def scores(
        self,
        queries: Float[Tensor, "batch queries query"],
        keys: Float[Tensor, "batch time key"],
    ) -> Float[Tensor, "batch queries time"]:
        """``qᵀ (W h)``."""
        return queries @ keys.transpose(1, 2)


@ATTENTIONS.add("additive")
class AdditiveAttention(Attention):
    """``e = vᵀ tanh(W q + U h)``, one hidden layer of ``units``, as many as a state by default.

    The attention of [bahdanau2015]. Slower than the others: every pair passes through the layer.

    >>> layer = AdditiveAttention(8, query=4, dim=3)
    >>> layer(torch.ones(2, 5, 4), torch.ones(2, 6, 3), torch.tensor([6, 1])).contexts.shape
    torch.Size([2, 5, 3])
    """

    def __init__(self, units: int | None = None, *, query: int, dim: int) -> None:
        super().__init__()
        units = dim if units is None else units
        if units < 1:
            raise SettingsError(f"units={units} is out of range: choose a value at least 1")
        self.width = dim
        self.query = nn.Linear(query, units, bias=False)
        self.key = nn.Linear(dim, units, bias=False)
        self.score = nn.Linear(units, 1, bias=False)

    def keys(self, states: Float[Tensor, "batch time dim"]) -> Float[Tensor, "batch time key"]:
        """``U h``."""
        return self.key(states)

    def scores(
        self,
        queries: Float[Tensor, "batch queries query"],
        keys: Float[Tensor, "batch time key"],
    ) -> Float[Tensor, "batch queries time"]:
        """``vᵀ tanh(W q + (U h))``."""
        hidden = torch.tanh(self.query(queries)[:, :, None] + keys[:, None])
        return self.score(hidden).squeeze(-1)
