"""The network: an encoder that reads both ways, a decoder, and scores of the next symbol."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gradus.nn.dropout import LockedDropout
from gradus.nn.embeddings import Embedding
from gradus.nn.recurrent import Recurrent
from gradus.tasks.lm.conditional.dataset import PairBatch
from gradus.tasks.lm.conditional.decoder import Decoder, Memory
from gradus.tasks.lm.conditional.settings import Seq2SeqConfig


class Forced(NamedTuple):
    """What a network says of known targets: each step is told what was right before."""

    scores: Float[Tensor, "tokens symbols"]  # of the real steps, target after target
    targets: Int[Tensor, " tokens"]
    weights: Float[Tensor, "batch steps time"]


class Seq2SeqNetwork(nn.Module):
    """``p(y_t | y_1 ... y_{t-1}, x) = softmax(V r_t + b)``, with ``r_t`` of the decoder.

    The encoder reads the source in both directions; ``sources`` and ``targets`` are the numbers
    of symbols on each side.
    """

    def __init__(
        self,
        config: Seq2SeqConfig,
        sources: int,
        targets: int,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.embedding = Embedding(
            sources, config.dim, word_dropout=config.word_dropout, generator=generator
        )
        self.noise = LockedDropout(config.dropout)
        self.encoder = Recurrent(
            config.cell,
            config.dim,
            config.hidden // 2,
            layers=config.layers,
            bidirectional=True,
            dropout=config.dropout,
        )
        self.decoder = Decoder(config, targets, self.encoder.width, generator)
        self.output = nn.Linear(config.hidden, targets)

    def encode(self, source: Int[Tensor, "batch time"], lengths: Int[Tensor, " batch"]) -> Memory:
        """Read sources."""
        states, last = self.encoder(self.noise(self.embedding(source)), lengths)
        return Memory(states, last, lengths, self.decoder.attention.keys(states))

    def forward(self, batch: PairBatch) -> Forced:
        """Scores of every symbol at every real step of the targets."""
        memory = self.encode(batch.source, batch.source_lengths)
        readouts, weights = self.decoder(batch.before, memory)
        real = batch.real
        return Forced(self.output(self.noise(readouts)[real]), batch.target[real], weights)
