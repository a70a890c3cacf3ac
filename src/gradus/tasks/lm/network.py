"""The network of a language model: vectors of tokens, a reader, and a softmax."""

from typing import NamedTuple, cast

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.nn.carried import Carried, CarriedRecurrent, FixedWindow, Reader
from gradus.nn.dropout import LockedDropout, RowDropout
from gradus.nn.word_outputs import WORD_OUTPUTS
from gradus.tasks.lm.settings import LanguageModelConfig


class Memory(NamedTuple):
    """What a network knows of texts that go on, one a row."""

    before: Int[Tensor, "batch reach"]  # the last tokens, which are still to be read
    carried: Carried


class Reading(NamedTuple):
    """What a network made of a stretch of tokens."""

    states: Float[Tensor, "batch time width"]  # what predicts each token, dropped units at 0
    raw: Float[Tensor, "batch time width"]  # the same with all units
    memory: Memory


class LanguageNetwork(nn.Module):
    """Reads tokens and gives, for each of them, the state from which it is predicted.

    >>> config = LanguageModelConfig(dim=4, hidden=3)
    >>> network = LanguageNetwork(config, np.array([5, 2, 1]), end=1).eval()
    >>> tokens = torch.tensor([[0, 2, 0]])
    >>> states, _, memory = network(tokens, network.begin(1))
    >>> states.shape, memory.before.tolist()
    (torch.Size([1, 3, 3]), [[0]])
    """

    def __init__(
        self,
        config: LanguageModelConfig,
        counts: Int[np.ndarray, " vocabulary"],
        *,
        end: int,
        sparse: bool = False,
    ) -> None:
        super().__init__()
        self.end = end
        self.table = nn.Embedding(len(counts), config.dim, sparse=sparse)
        nn.init.normal_(self.table.weight, std=config.dim**-0.5)
        self.rows = RowDropout(config.embedding_dropout, words=len(counts))
        self.inward = LockedDropout(config.input_dropout)
        self.reader = _reader(config)
        self.outward = LockedDropout(config.output_dropout)
        self.output = WORD_OUTPUTS.make(
            config.softmax, dim=self.reader.width, counts=counts, sparse=sparse
        )
        if config.tie:
            self.output.tie_(cast(nn.Parameter, self.table.weight))

    def begin(self, batch: int) -> Memory:
        """What is known before the first token of a document: as if a line had ended."""
        weight = self.table.weight
        before = torch.full((batch, self.reader.reach), self.end, device=weight.device)
        return Memory(before, self.reader.begin(batch, weight))

    def forward(self, tokens: Int[Tensor, "batch time"], memory: Memory) -> Reading:
        """The state before each token, and what is known after the last."""
        every = torch.cat([memory.before, tokens], 1)
        states, carried = self.read(every[:, :-1], memory.carried)
        after = Memory(every[:, -self.reader.reach :], carried)
        return Reading(self.outward(states), states, after)

    def read(
        self, tokens: Int[Tensor, "batch steps"], carried: Carried
    ) -> tuple[Float[Tensor, "batch time width"], Carried]:
        """The state after each token that has its whole reach before it."""
        vectors = self.inward(self.rows(self.table(tokens), tokens))
        return self.reader(vectors, carried)


def _reader(config: LanguageModelConfig) -> Reader:
    if config.model == "window":
        return FixedWindow(config.window, config.dim, config.hidden, activation=config.activation)
    return CarriedRecurrent(
        config.cell,
        config.dim,
        config.widths,
        dropout=config.hidden_dropout,
        weight_drop=config.weight_drop,
    )
