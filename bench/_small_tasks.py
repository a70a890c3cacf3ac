"""Four small tasks and their networks, on which runs of a second can be well or ill.

Sentiment of film reviews, the part of speech of the word in the middle of a window, a synthetic
sequence whose first word is the label, and a regression.
"""

import lzma
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from _data import data_folder
from torch import Tensor, nn
from torch.nn import functional as F

from gradus.core.seeding import stream
from gradus.nn.embeddings import PADDING, UNKNOWN, Embedding
from gradus.nn.encoders import ENCODERS
from gradus.nn.feedforward import FeedForward

VOCABULARY = 2000
KEPT = 2  # numbers of padding and the unknown word


class Batch(NamedTuple):
    """Word numbers, padded with 0, or rows of numbers; and what they stand for."""

    inputs: Tensor
    lengths: Tensor
    targets: Tensor


@dataclass(frozen=True)
class Examples:
    """Examples in one array; a data set of the training loop."""

    inputs: np.ndarray
    targets: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """How long each example is without padding."""
        if self.inputs.dtype.kind == "f":
            return np.ones(len(self.inputs), np.int64)
        return np.maximum(1, (self.inputs != PADDING).sum(1))

    def batch(self, indices: np.ndarray, *, draw: int | None = None) -> Batch:
        """Stack the chosen examples."""
        rows, lengths = self.inputs[indices], self.sizes[indices]
        if rows.dtype.kind != "f":
            rows = rows[:, : max(lengths)]
        arrays = (rows, lengths, self.targets[indices])
        return Batch(*(torch.from_numpy(array) for array in arrays))

    def fingerprint(self) -> int:
        """A checksum."""
        return zlib.crc32(self.targets.tobytes(), zlib.crc32(self.inputs.tobytes()))


class Labels:
    """Cross-entropy and accuracy of a classifier."""

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """Mean cross-entropy in nats."""
        return F.cross_entropy(model(batch), batch.targets)

    def weight(self, batch: Batch) -> float:
        """The examples."""
        return len(batch.targets)

    def evaluate(self, model: nn.Module, data: Any) -> dict[str, float]:
        """Loss and accuracy."""
        batch = data.batch(np.arange(len(data.sizes)))
        scores = model(batch)
        return {
            "loss": F.cross_entropy(scores, batch.targets).item(),
            "accuracy": (scores.argmax(-1) == batch.targets).float().mean().item(),
        }

    def baseline(self, data: Examples) -> dict[str, float]:
        """What guessing the label shares gives."""
        shares = np.bincount(data.targets) / len(data.targets)
        there = shares[shares > 0]
        return {"loss": float(-(there * np.log(there)).sum()), "accuracy": float(shares.max())}


class Values(Labels):
    """Mean squared error of a regression."""

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """Mean squared error."""
        return F.mse_loss(model(batch).squeeze(-1), batch.targets)

    def evaluate(self, model: nn.Module, data: Any) -> dict[str, float]:
        """The same, of all examples."""
        return {"loss": self.loss(model, data.batch(np.arange(len(data.sizes)))).item()}

    def baseline(self, data: Examples) -> dict[str, float]:
        """What guessing the mean gives."""
        return {"loss": float(data.targets.var())}


class SmallNetwork(nn.Module):
    """Word vectors, an encoder (none: the window as it is), hidden layers, scores."""

    def __init__(
        self, words: int, width: int, classes: int, *, dim: int, encoder: str, **head: Any
    ) -> None:
        super().__init__()
        self.embedding = Embedding(words, dim) if words else None
        self.encoder = ENCODERS.make(encoder, dim=dim) if encoder else None
        if self.encoder:
            width = self.encoder.width
        elif words:
            width *= dim
        self.input_scale: float = head.pop("input_scale")
        hidden = [head.pop("units")] * head.pop("layers")
        self.head = FeedForward(width, hidden, classes, **head)

    def forward(self, batch: Batch) -> Tensor:
        """Scores of the classes, or the value."""
        x = batch.inputs if self.embedding is None else self.embedding(batch.inputs)
        if self.encoder:
            return self.head(self.input_scale * self.encoder(x, batch.lengths))
        return self.head(self.input_scale * x.flatten(1))


class Problem(NamedTuple):
    """What is learnt: data, how it is judged, and the measures of a fitting network."""

    train: Examples
    dev: Examples
    objective: Labels
    words: int  # 0: the inputs are numbers
    width: int
    classes: int


def sentiment(seed: int, examples: int, length: int) -> Problem:
    """Film reviews, one sentence each, that are for or against [pang2005]."""
    texts, labels = _reviews()
    order = stream(seed, "reviews").permutation(len(texts))[: examples + 1000]
    ids = _numbered([texts[place][:length] for place in order])
    targets = labels[order]
    return Problem(*_split(ids, targets, examples), Labels(), VOCABULARY + KEPT, length, 2)


def tagging(seed: int, examples: int, length: int) -> Problem:
    """The part of speech of the word in the middle of a window."""
    windows, tags = _windows(length)
    order = stream(seed, "windows").permutation(len(windows))[: examples + 2000]
    return Problem(
        *_split(windows[order], tags[order], examples),
        Labels(), VOCABULARY + KEPT, length, int(tags.max()) + 1,
    )  # fmt: skip


def memory(seed: int, examples: int, length: int) -> Problem:
    """Random words, of which the first is the label."""
    rng = stream(seed, "memory")
    ids = rng.integers(6, 16, (examples + 500, length))
    targets = rng.integers(0, 4, len(ids))
    ids[:, 0] = 2 + targets
    return Problem(*_split(ids, targets, examples), Labels(), 16, length, 4)


def regression(seed: int, examples: int, length: int) -> Problem:
    """A bent surface over eight numbers, with a little noise."""
    rng = stream(seed, "regression")
    x = rng.normal(size=(examples + 500, length)).astype(np.float32)
    y = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + np.abs(x[:, 3]) + 0.1 * rng.normal(size=len(x))
    y = ((y - y.mean()) / y.std()).astype(np.float32)
    return Problem(*_split(x, y, examples), Values(), 0, length, 1)


TASKS = {"sentiment": sentiment, "tagging": tagging, "memory": memory, "regression": regression}


def _split(inputs: np.ndarray, targets: np.ndarray, examples: int) -> tuple[Examples, Examples]:
    return (
        Examples(inputs[:examples], targets[:examples]),
        Examples(inputs[examples:], targets[examples:]),
    )


@cache
def _reviews() -> tuple[list[list[str]], np.ndarray]:
    folder = data_folder() / "sentiment" / "mr"
    texts, labels = [], []
    for label, name in enumerate(("rt-polarity.neg", "rt-polarity.pos")):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            texts.append(line.split())
            labels.append(label)
    return texts, np.array(labels)


@cache
def _windows(length: int) -> tuple[np.ndarray, np.ndarray]:
    """Every window of the treebank's first sentences, and the tag of its middle."""
    reach = length // 2
    forms, tags = zip(*_sentences(limit=4000), strict=True)
    names = sorted({tag for sentence in tags for tag in sentence})
    padded = [["<s>"] * reach + list(words) + ["</s>"] * reach for words in forms]
    rows = [words[at : at + length] for words in padded for at in range(len(words) - 2 * reach)]
    targets = [names.index(tag) for sentence in tags for tag in sentence]
    return _numbered(rows), np.array(targets)


def _sentences(limit: int) -> Iterator[tuple[list[str], list[str]]]:
    """Forms and tags of the first sentences of EWT; lines of multiword tokens are left out."""
    path = data_folder() / "ud" / "en-ewt-2.5" / "en_ewt-ud-train.conllu.xz"
    with lzma.open(path, "rt", encoding="utf-8") as file:
        forms: list[str] = []
        tags: list[str] = []
        for line in file:
            if not line.strip():
                yield forms, tags
                forms, tags = [], []
                limit -= 1
                if not limit:
                    return
            elif line[0].isdigit() and (fields := line.split("\t"))[0].isdigit():
                forms.append(fields[1].lower())
                tags.append(fields[3])


def _numbered(texts: list[list[str]]) -> np.ndarray:
    """Texts as rows of word numbers; rare words are unknown."""
    counts = Counter(word for text in texts for word in text)
    numbers = {word: KEPT + rank for rank, (word, _) in enumerate(counts.most_common(VOCABULARY))}
    rows = np.full((len(texts), max(map(len, texts))), PADDING, dtype=np.int64)
    for row, text in zip(rows, texts, strict=True):
        row[: len(text)] = [numbers.get(word, UNKNOWN) for word in text]
    return rows
