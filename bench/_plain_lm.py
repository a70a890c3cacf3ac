"""A word-level language model in PyTorch, the plain way: what one writes after its documentation.

Two layers of an LSTM of 200 units over vectors of 200 numbers, a full softmax, plain SGD at a rate
of 20 with gradients of a norm of at most 0.25, 20 streams and windows of 35 tokens.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

STREAMS, STEPS, RATE, LONGEST = 20, 35, 20.0, 0.25


class PlainModel(nn.Module):
    """Vectors, an LSTM and a linear layer, with dropout between them."""

    def __init__(self, words: int, dim: int = 200, layers: int = 2, dropout: float = 0.2) -> None:
        super().__init__()
        self.vectors = nn.Embedding(words, dim)
        self.lstm = nn.LSTM(dim, dim, layers, dropout=dropout)
        self.scores = nn.Linear(dim, words)
        self.drop = nn.Dropout(dropout)
        nn.init.uniform_(self.vectors.weight, -0.1, 0.1)
        nn.init.uniform_(self.scores.weight, -0.1, 0.1)
        nn.init.zeros_(self.scores.bias)

    def forward(self, tokens: Tensor, state: tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple]:
        outputs, state = self.lstm(self.drop(self.vectors(tokens)), state)
        return self.scores(self.drop(outputs)), state


def in_streams(ids: np.ndarray, streams: int) -> Tensor:
    """The text cut into streams of one length, one a column."""
    length = len(ids) // streams
    return (
        torch.from_numpy(ids[: length * streams].astype(np.int64)).view(streams, -1).T.contiguous()
    )


def windows(text: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Inputs, and the tokens that follow them."""
    for start in range(0, len(text) - 1, STEPS):
        steps = min(STEPS, len(text) - 1 - start)
        yield text[start : start + steps], text[start + 1 : start + 1 + steps]


class PlainRun:
    """Training of a plain model, window after window, through as many epochs as are asked for."""

    def __init__(self, words: int, ids: np.ndarray, seed: int = 1) -> None:
        torch.manual_seed(seed)
        self.model, self.text = PlainModel(words), in_streams(ids, STREAMS)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=RATE)
        self.windows, self.state = windows(self.text), None

    def step(self) -> int:
        """Train on one window; give its tokens, 0 where the epoch is over."""
        window = next(self.windows, None)
        if window is None:
            self.windows, self.state = windows(self.text), None
            return 0
        self.model.train()
        tokens, targets = window
        state = None if self.state is None else tuple(part.detach() for part in self.state)
        self.optimizer.zero_grad()
        scores, self.state = self.model(tokens, state)
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), LONGEST)
        self.optimizer.step()
        return targets.numel()

    @torch.no_grad()
    def perplexity(self, ids: np.ndarray) -> float:
        """Of another text, in ten streams."""
        self.model.eval()
        nats, count, state = 0.0, 0, None
        for tokens, targets in windows(in_streams(ids, 10)):
            scores, state = self.model(tokens, state)
            loss = nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten())
            nats, count = nats + loss.item() * targets.numel(), count + targets.numel()
        return math.exp(nats / count)
