"""The decoder: symbol after symbol, with a look at the source at every step."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.nn.attention import ATTENTIONS
from gradus.nn.dropout import LockedDropout
from gradus.nn.embeddings import Embedding
from gradus.nn.recurrent import CELLS
from gradus.tasks.lm.conditional.settings import Seq2SeqConfig


class Memory(NamedTuple):
    """What the encoder made of sources: the decoder looks at it and does not change it."""

    states: Float[Tensor, "batch time width"]  # 0 at padding
    last: Float[Tensor, "batch width"]  # where both directions ended
    lengths: Int[Tensor, " batch"]
    keys: Float[Tensor, "batch time key"]  # what attention needs of the states


class DecoderState(NamedTuple):
    """Where a decoder is in each of its rows."""

    cells: tuple[Any, ...]  # of each layer: ``h``, or ``(h, c)``, both [1, rows, hidden]
    fed: Float[Tensor, "rows hidden"]  # what the last step ended with

    def take(self, rows: Int[Tensor, " chosen"]) -> "DecoderState":
        """The state of some rows, in that order."""
        return DecoderState(_taken(self.cells, rows), self.fed[rows])


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
        dims = [config.dim + fed, *[hidden] * (config.layers - 1)]
        self.cells = nn.ModuleList(CELLS.make(config.cell, dim=dim, hidden=hidden) for dim in dims)
        self.attention = ATTENTIONS.make(config.attention, query=hidden, dim=width)
        self.combine = nn.Linear(hidden + self.attention.width, hidden)
        self.feeding = config.feeding

    def start(self, memory: Memory) -> DecoderState:
        """The state before the first symbol."""
        first = torch.tanh(self.bridge(memory.last))
        hidden = [part[None].contiguous() for part in first.chunk(len(self.cells), -1)]
        cells = [
            (h, torch.zeros_like(h)) if isinstance(cell, nn.LSTM) else h
            for h, cell in zip(hidden, self.cells, strict=True)
        ]
        return DecoderState(tuple(cells), torch.zeros_like(hidden[0][0]))

    def forward(self, before: Int[Tensor, "batch steps"], memory: Memory) -> Decoded:
        """All steps of known targets; ``before`` is what stands before each of their symbols."""
        vectors, state = self.noise(self.embedding(before)), self.start(memory)
        masks = self._masks(vectors)
        if not self.feeding:
            states, _ = self._layers(vectors, state.cells, masks)
            return self._look(states, memory)
        found = []
        for step in vectors.split(1, 1):
            decoded, state = self._step(step, state, memory, masks)
            found.append(decoded)
        return Decoded(*(torch.cat(parts, 1) for parts in zip(*found, strict=True)))

    def advance(
        self, symbols: Int[Tensor, "batch beams"], state: DecoderState, memory: Memory
    ) -> tuple[Decoded, DecoderState]:
        """One step of several outputs a source, after ``symbols``; rows go source by source."""
        vectors = self.embedding(symbols).flatten(0, 1)[:, None]
        return self._step(vectors, state, memory, self._masks(vectors))

    def _step(
        self,
        vectors: Float[Tensor, "rows 1 dim"],
        state: DecoderState,
        memory: Memory,
        masks: Sequence[Tensor],
    ) -> tuple[Decoded, DecoderState]:
        if self.feeding:
            vectors = torch.cat([vectors, state.fed[:, None]], -1)
        states, cells = self._layers(vectors, state.cells, masks)
        # outputs of one source look at the same memory, as the steps of one target do
        decoded = self._look(states.view(len(memory.lengths), -1, states.shape[-1]), memory)
        return decoded, DecoderState(cells, decoded.readouts.flatten(0, 1))

    def _layers(
        self,
        vectors: Float[Tensor, "rows steps dim"],
        cells: Sequence[Any],
        masks: Sequence[Tensor],
    ) -> tuple[Float[Tensor, "rows steps hidden"], tuple[Any, ...]]:
        after = []
        for number, cell in enumerate(self.cells):
            if number:
                vectors = vectors * masks[number - 1]
            vectors, state = cell(vectors, cells[number])
            after.append(state)
        return vectors, tuple(after)

    def _look(self, states: Float[Tensor, "batch steps hidden"], memory: Memory) -> Decoded:
        contexts, weights = self.attention(states, memory.states, memory.lengths, memory.keys)
        return Decoded(torch.tanh(self.combine(torch.cat([states, contexts], -1))), weights)

    def _masks(self, like: Float[Tensor, "rows steps dim"]) -> list[Float[Tensor, "rows 1 hidden"]]:
        """What is dropped between layers, drawn once for all steps."""
        ones = like.new_ones(len(like), 1, self.combine.out_features)
        return [self.noise(ones) for _ in range(len(self.cells) - 1)]


def _taken(states: Any, rows: Tensor) -> Any:
    if isinstance(states, Tensor):
        return states[:, rows]
    return tuple(_taken(state, rows) for state in states)
