"""A linear chain: the labels of a sequence scored together, by what each step and each move says.

The edge of a sequence counts as one label more, the last: it stands before the first step and after
the last one. So starts and ends are moves like all others, and padding is a rest at the edge.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from gradus.core.errors import DataError, SettingsError
from gradus.nn.kernels import chains
from gradus.nn.losses import IGNORED
from gradus.nn.masks import step_mask


class LinearChainCRF(nn.Module):
    """``p(y | x) = exp(score(x, y)) / Σ exp(score(x, y'))`` over label sequences [lafferty2001].

    ``score(x, y) = starts[y_1] + Σ emissions[t, y_t] + Σ transitions[y_t, y_{t+1}] + ends[y_n]`` in
    nats. The three tables are learned and begin at zero, where labels do not depend on one another.
    ``allowed[i, j]`` says whether label j may follow label i; the last row and column are those of
    the edge: what may come first and last
    (:func:`~gradus.nn.tag_constraints.allowed_transitions`). What is not allowed has probability 0
    exactly, and an emission of ``-inf`` forbids a label at one step.

    Padding may hold anything. An empty sequence has one labelling, of score 0. Sums are made in
    float64 on the CPU by loops that take ``-inf`` for a weight of 0; gradients are probabilities,
    never quotients or differences of infinities, so none is NaN.

    >>> crf = LinearChainCRF(2)
    >>> emissions, lengths = torch.zeros(1, 3, 2), torch.tensor([3])
    >>> round(crf(emissions, torch.tensor([[0, 1, 1]]), lengths).exp().item(), 4)  # one of 2³
    8.0

    Raises:
        SettingsError: there is no label, or ``allowed`` is for another number of labels.
    """

    allowed: Tensor

    def __init__(self, labels: int, allowed: Bool[Tensor, "from to"] | None = None) -> None:
        super().__init__()
        if labels < 1:
            raise SettingsError(f"labels={labels} is out of range: choose a value at least 1")
        if allowed is None:
            allowed = torch.ones(labels + 1, labels + 1, dtype=torch.bool)
        if allowed.shape != (labels + 1, labels + 1):
            raise SettingsError(
                f"allowed has shape {list(allowed.shape)}, but {labels} labels and the edge need "
                f"[{labels + 1}, {labels + 1}]; make the table from the same labels"
            )
        self.labels = labels
        self.starts = nn.Parameter(torch.zeros(labels))
        self.transitions = nn.Parameter(torch.zeros(labels, labels))
        self.ends = nn.Parameter(torch.zeros(labels))
        # not saved: it follows from the labels, which a model keeps by name
        self.register_buffer("allowed", allowed.clone(), persistent=False)
        self.allowed[-1, -1] = True  # the one move of an empty sequence

    def forward(
        self,
        emissions: Float[Tensor, "batch time labels"],
        tags: Int[Tensor, "batch time"],
        lengths: Int[Tensor, " batch"],
    ) -> Float[Tensor, " batch"]:
        """``-log p(tags | emissions)`` of each sequence in nats.

        Raises:
            DataError: tags are not allowed, or the input cannot be used.
        """
        chain = self._chain(emissions, lengths)
        path = self._path(tags, lengths)
        self._refuse_forbidden(path)
        return (_log_partition(chain) - _scores(chain, path)).to(emissions)

    def log_partition(
        self, emissions: Float[Tensor, "batch time labels"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, " batch"]:
        """``log Σ exp(score)`` over all label sequences; its gradient by emissions: marginals.

        Raises:
            DataError: no label sequence is allowed, or the input cannot be used.
        """
        return _log_partition(self._chain(emissions, lengths)).to(emissions)

    def score(
        self,
        emissions: Float[Tensor, "batch time labels"],
        tags: Int[Tensor, "batch time"],
        lengths: Int[Tensor, " batch"],
    ) -> Float[Tensor, " batch"]:
        """The score of each sequence with these tags; ``-inf`` if they are not allowed.

        Raises:
            DataError: the input cannot be used.
        """
        chain = self._chain(emissions, lengths)
        return _scores(chain, self._path(tags, lengths)).to(emissions)

    @torch.no_grad()
    def best(
        self, emissions: Float[Tensor, "batch time labels"], lengths: Int[Tensor, " batch"]
    ) -> Int[Tensor, "batch time"]:
        """The tags of the highest score, always allowed ones, by the algorithm of Viterbi.

        Padding gets :data:`~gradus.nn.losses.IGNORED`. Of equal labels the first is taken.

        >>> crf = LinearChainCRF(2)
        >>> crf.best(torch.tensor([[[0.0, 1.0], [3.0, 2.0]]]), torch.tensor([1])).tolist()
        [[1, -100]]

        Raises:
            DataError: no label sequence is allowed, or the input cannot be used.
        """
        chain = self._chain(emissions, lengths)
        tags = np.full(emissions.shape[:2], IGNORED)
        totals = np.empty(len(tags))
        chains.best_paths(*chain.arrays(), tags, totals)
        _refuse_impossible(totals)
        return torch.from_numpy(tags).to(emissions.device)

    def marginals(
        self, emissions: Float[Tensor, "batch time labels"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch time labels"]:
        """``p(y_t | x)`` of each label at each step, 0 at padding; without a gradient.

        >>> crf = LinearChainCRF(2)
        >>> crf.marginals(torch.zeros(1, 2, 2), torch.tensor([1])).tolist()
        [[[0.5, 0.5], [0.0, 0.0]]]

        Raises:
            DataError: no label sequence is allowed, or the input cannot be used.
        """
        variable = emissions.detach().requires_grad_()
        with torch.enable_grad():
            (found,) = torch.autograd.grad(self.log_partition(variable, lengths).sum(), variable)
        return found

    def _chain(self, emissions: Tensor, lengths: Tensor) -> "_Chain":
        """What sums are made of, in float64 on the CPU, with zeros in place of padding."""
        _refuse_misfits(emissions, lengths, self.labels)
        starts = F.pad(self.starts, (0, 1))
        moves = torch.cat([torch.cat([self.transitions, self.ends[:, None]], 1), starts[None]])
        moves = moves.masked_fill(~self.allowed, -torch.inf)
        padding = ~step_mask(lengths, emissions.shape[1])[:, :, None]
        emissions = emissions.masked_fill(padding, 0.0).to("cpu", torch.float64)
        moves = moves.to("cpu", torch.float64)
        if not ((emissions < torch.inf).all() and (moves < torch.inf).all()):
            raise DataError(
                "an emission or a score of the chain is +inf or no number; lower the learning "
                "rate, or look for such numbers in the input"
            )
        return _Chain(emissions.contiguous(), moves, lengths.to("cpu", torch.int64))

    def _path(self, tags: Tensor, lengths: Tensor) -> Tensor:
        """The labels of each sequence on the CPU, with the edge around them and at padding."""
        tags, real = tags.cpu(), step_mask(lengths, tags.shape[1]).cpu()
        wrong = torch.nonzero(real & ((tags < 0) | (tags >= self.labels)))
        if len(wrong):
            sequence, step = wrong[0].tolist()
            raise DataError(
                f"tag {step} of sequence {sequence} of the batch is {int(tags[sequence, step])}, "
                f"but labels are numbered 0 to {self.labels - 1}"
            )
        return F.pad(tags.masked_fill(~real, self.labels), (1, 1), value=self.labels)

    def _refuse_forbidden(self, path: Tensor) -> None:
        wrong = torch.nonzero(~self.allowed.cpu()[path[:, :-1], path[:, 1:]])
        if len(wrong):
            sequence, step = wrong[0].tolist()
            ends = path[sequence, step : step + 2].tolist()
            before, after = ("the edge" if end == self.labels else f"label {end}" for end in ends)
            raise DataError(
                f"sequence {sequence} of the batch goes from {before} to {after} at step {step}, "
                "which is not allowed; repair the tags, or allow the move"
            )


class _Chain(NamedTuple):
    """The scores of a batch of sequences."""

    emissions: Tensor  # [batch time labels]
    moves: Tensor  # [labels + 1, labels + 1], -inf where not allowed
    lengths: Tensor

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Emissions, lengths and moves as the kernels take them."""
        emissions, moves, lengths = (table.detach().numpy() for table in self)
        return emissions, lengths, moves


def _log_partition(chain: _Chain) -> Tensor:
    return _LogPartition.apply(*chain)  # type: ignore[no-untyped-call]


class _LogPartition(torch.autograd.Function):
    """The compiled sums; their derivatives are probabilities and expected numbers of moves."""

    @staticmethod
    def forward(ctx: Any, emissions: Tensor, moves: Tensor, lengths: Tensor) -> Tensor:
        alphas, totals = torch.empty_like(emissions), emissions.new_empty(len(lengths))
        arrays = _Chain(emissions, moves, lengths).arrays()
        chains.log_partitions(*arrays, alphas.numpy(), totals.numpy())
        _refuse_impossible(totals.numpy())
        ctx.save_for_backward(emissions, moves, lengths, alphas, totals)
        return totals

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> Any:
        emissions, moves, lengths, alphas, totals = ctx.saved_tensors
        by_emission, by_move = torch.empty_like(emissions), torch.empty_like(moves)
        results = (alphas, totals, upstream.contiguous(), by_emission, by_move)
        arrays = _Chain(emissions, moves, lengths).arrays()
        chains.gradients(*arrays, *(table.numpy() for table in results))
        return by_emission, by_move, None


def _scores(chain: _Chain, path: Tensor) -> Tensor:
    """The scores of paths from edge to edge; at the edge, so at padding, there is no emission."""
    emissions = F.pad(chain.emissions, (0, 1)).gather(2, path[:, 1:-1, None])
    return emissions.sum((1, 2)) + chain.moves[path[:, :-1], path[:, 1:]].sum(1)


def _refuse_misfits(emissions: Tensor, lengths: Tensor, labels: int) -> None:
    if emissions.shape[2] != labels:
        raise DataError(
            f"emissions have {emissions.shape[2]} scores a step, but the chain has {labels} "
            f"labels; give one score for each label"
        )
    wrong = torch.nonzero((lengths < 0) | (lengths > emissions.shape[1])).flatten().tolist()
    if wrong:
        raise DataError(
            f"sequence {wrong[0]} of the batch has length {int(lengths[wrong[0]])}, "
            f"but emissions are for 0 to {emissions.shape[1]} steps"
        )


def _refuse_impossible(totals: Float[np.ndarray, " batch"]) -> None:
    wrong = np.flatnonzero(totals == -np.inf)
    if len(wrong):
        raise DataError(
            f"no labels of sequence {wrong[0]} of the batch are allowed: too many moves are "
            "forbidden, or emissions -inf; leave every sequence one way from edge to edge"
        )
