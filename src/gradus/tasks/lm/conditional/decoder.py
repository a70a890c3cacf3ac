"""The decoder: symbol after symbol, with a look at the source at every step."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.nn.attention import ATTENTIONS
from gradus.nn.carried import Carried, CarriedRecurrent
from gradus.nn.dropout import LockedDropout
from gradus.nn.embeddings import Embedding
from gradus.tasks.lm.conditional.settings import Seq2SeqConfig


class Memory(NamedTuple):
    """What the encoder made of sources: the decoder looks at it and does not change it."""

    states: Float[Tensor, "batch time width"]  # 0 at padding
    last: Float[Tensor, "batch width"]  # where both directions ended
    lengths: Int[Tensor, " batch"]
    keys: Float[Tensor, "batch time key"]  # what attention needs of the states


class DecoderState(NamedTuple):
    """Where a decoder is in each of its rows."""

    carried: Carried  # of its layers
    fed: Float[Tensor, "rows hidden"]  # what the last step ended with

    def take(self, rows: Int[Tensor, " chosen"]) -> "DecoderState":
        """The state of some rows, in that order."""
        return DecoderState(tuple(state[rows] for state in self.carried), self.fed[rows])


class Decoded(NamedTuple):
    """What a decoder ends a step with, and where it looked."""

    readouts: Float[Tensor, "batch steps hidden"]
    weights: Float[Tensor, "batch steps time"]


class Decoder(nn.Module):
    """``s_t = cell(v[y_{t-1}], s_{t-1})``, ``r_t = tanh(W [s_t; c_t] + b)`` [luong2015].

    ``c_t`` is what attention finds with the query ``s_t``. With ``feeding`` the cell also reads
    ``r_{t-1}``, so that it knows where it has looked; else all steps of a known target run at once.
    Every layer begins with ``h = tanh(U last + d)`` of where the encoder ended.
    """

    def __init__(
        self,
        config: Seq2SeqConfig,
        symbols: int,
        width: int,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        hidden, fed = config.hidden, config.hidden if config.feeding else 0
        self.embedding = Embedding(symbols, config.dim, generator=generator)
        self.noise = LockedDropout(config.dropout)
        self.bridge = nn.Linear(width, config.layers * hidden)
        self.recurrent = CarriedRecurrent(
            config.cell, config.dim + fed, [hidden] * config.layers, dropout=config.dropout
        )
        self.attention = ATTENTIONS.make(config.attention, query=hidden, dim=width)
        self.combine = nn.Linear(hidden + self.attention.width, hidden)
        self.feeding = config.feeding

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first symbol."""
        first = torch.tanh(self.bridge(memory.last)).chunk(len(self.recurrent.widths), -1)
        return DecoderState(self.recurrent.starting_at(first), torch.zeros_like(first[0]))

    def forward(self, before: Int[Tensor, "batch steps"], memory: Memory) -> Decoded:
        """All steps of known targets; ``before`` is what stands before each of their symbols."""
        vectors, state = self.noise(self.embedding(before)), self.start(memory)
        if not self.feeding:
            return self._look(self.recurrent(vectors, state.carried).outputs, memory)
        noise, found = self.recurrent.noise(vectors), []
        for step in vectors.split(1, 1):
            decoded, state = self._step(step, state, memory, noise)
            found.append(decoded)
        return Decoded(*(torch.cat(parts, 1) for parts in zip(*found, strict=True)))

    def advance(
        self, symbols: Int[Tensor, "batch beams"], state: DecoderState, memory: Memory
    ) -> tuple[Decoded, DecoderState]:
        """One step of several outputs a source, after ``symbols``; rows go source by source."""
        return self._step(self.embedding(symbols).flatten(0, 1)[:, None], state, memory)

    def _step(
        self,
        vectors: Float[Tensor, "rows 1 dim"],
        state: DecoderState,
        memory: Memory,
        noise: Sequence[Tensor] | None = None,
    ) -> tuple[Decoded, DecoderState]:
        if self.feeding:
            vectors = torch.cat([vectors, state.fed[:, None]], -1)
        states, carried = self.recurrent(vectors, state.carried, noise)
        # outputs of one source look at the same memory, as the steps of one target do
        decoded = self._look(states.view(len(memory.lengths), -1, states.shape[-1]), memory)
        return decoded, DecoderState(carried, decoded.readouts.flatten(0, 1))

    def _look(self, states: Float[Tensor, "batch steps hidden"], memory: Memory) -> Decoded:
        contexts, weights = self.attention(states, memory.states, memory.lengths, memory.keys)
        return Decoded(torch.tanh(self.combine(torch.cat([states, contexts], -1))), weights)
