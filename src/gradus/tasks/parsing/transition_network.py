"""The network of a transition parser: one hidden layer over the words at chosen positions."""

from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float32, Int32, Int64, Num
from torch import Tensor, nn

from gradus.tasks.parsing.classes import Classes
from gradus.tasks.parsing.dataset import TreeBatch
from gradus.tasks.parsing.kernels.beam import beam_, beams_
from gradus.tasks.parsing.kernels.greedy import ACROSS, CUBE, FAR, RELU, TANH, explore_, parse_
from gradus.tasks.parsing.plain_numbers import plain_numbers
from gradus.tasks.parsing.positions import Positions, compiled_positions
from gradus.tasks.parsing.settings import TreeConfig

#: Activations as compiled code knows them.
KINDS = {"cube": CUBE, "relu": RELU, "tanh": TANH}

#: Nodes that are no word, before the words in every table of products.
NOTHING, ROOT, WORDS = range(3)


class Products(NamedTuple):
    """``W_p x`` for every node and position, less those of no node, as compiled code reads them.

    They are the numbers of a row times its scale.
    """

    forms: Num[np.ndarray, "rows products"]
    form_scales: Float32[np.ndarray, " rows"]
    tags: Num[np.ndarray, "tags products"]  # empty where the forms' rows hold all
    tag_scales: Float32[np.ndarray, " tags"]

    @classmethod
    def of(cls, found: Float[Tensor, "rows products"]) -> "Products":
        """All that is known of a few nodes, the first of which is no node, as it is."""
        forms = plain_numbers(found - found[NOTHING])
        nothing = np.zeros((0, 0), np.float32)
        return cls(forms, np.ones(len(forms), np.float32), nothing, np.zeros(0, np.float32))


class Parsed(NamedTuple):
    """Trees of sentences side by side."""

    heads: Int32[np.ndarray, " words"]
    labels: Int32[np.ndarray, " words"]
    sure: Float32[np.ndarray, " words"]  # probability of each arc; empty if not asked for


class TransitionScorer(nn.Module):
    """``scores = U f(Σ_p W_p x[p] + Σ_q V_q l[q] + b) + c`` [chen2014].

    ``x[p]`` is the vector of the node at position p, ``l[q]`` that of the label of a child; the
    last ``l`` is that of the distance between the two nodes that an arc would join. With the cube
    as activation a unit multiplies three of its inputs.
    """

    def __init__(
        self,
        config: TreeConfig,
        *,
        width: int,
        tag_width: int,
        labels: int,
        classes: Classes,
        parts: int,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.system = config.transitions
        self.positions: Positions = compiled_positions(self.system.positions)
        self.classes, self.hidden, self.kind = classes, config.hidden, config.activation
        self.explore = config.explore if self.system.dynamic else 0.0
        places, named = len(self.positions.places), len(self.positions.labelled) + 1
        # every vector has about length 1, so that the sums have about variance 1
        spread = (places * parts + named) ** -0.5
        self.form_products = _spread(width, places * self.hidden, spread, generator)
        self.tag_products = _spread(tag_width, places * self.hidden, spread, generator)
        kinds = max(labels + 1, FAR + 1)
        self.label_products = _spread(kinds, named * self.hidden, spread, generator)
        self.special = _spread(WORDS, places * self.hidden, spread, generator)
        self.bias = nn.Parameter(torch.zeros(self.hidden))
        self.drop = nn.Dropout(config.dropout)
        self.output = nn.Linear(self.hidden, len(classes.table))

    def products(
        self, vectors: Tensor, tags: Tensor, tag: Tensor
    ) -> Float[Tensor, "rows products"]:
        """The products of all nodes of a batch, those that are no word first."""
        found = vectors @ self.form_products
        if len(self.tag_products):
            found = found + (tags @ self.tag_products)[tag]
        return torch.cat([self.special[:WORDS], found])

    def loss(self, products: Tensor, batch: TreeBatch) -> Float[Tensor, ""]:
        """Mean of ``-log P(right transitions)`` over the configurations of a walk."""
        walk = self._walk(products, batch)
        scores = self._scores(products, *walk[:2])
        right, allowed = walk[2:]
        return (
            scores.masked_fill(~allowed, -torch.inf).logsumexp(-1)
            - scores.masked_fill(~right, -torch.inf).logsumexp(-1)
        ).mean()

    def parse(
        self,
        products: Products,
        rows: Int32[np.ndarray, "2 nodes"],
        lengths: Int64[np.ndarray, " sentences"],
        *,
        given: Int32[np.ndarray, " given"] | None = None,
        sure: bool = False,
        beam: int = 1,
    ) -> Parsed:
        """The trees of sentences whose nodes have the given rows of the products.

        ``given`` are heads to keep, n + 1 nodes a sentence, -1 where there is none. A ``beam`` of
        more than one takes neither them nor ``sure``.
        """
        words = int(lengths.sum())
        heads, labels = np.empty(words, np.int32), np.empty(words, np.int32)
        shares = np.zeros(words if sure else 0, np.float32)
        known = (self.system.number, lengths, rows, *self.positions, *self.classes)
        numbers = self.numbers(products)
        if beam > 1:
            beams_(*known, numbers, beam, heads, labels)
        else:
            kept = no_heads() if given is None else given
            parse_(*known, numbers, kept, heads, labels, shares)
        return Parsed(heads, labels, shares)

    def beam(
        self, products: Products, rows: Int32[np.ndarray, "2 nodes"], words: int, size: int
    ) -> list[tuple[Int32[np.ndarray, " words"], Int32[np.ndarray, " words"], float]]:
        """The likeliest parses that a beam finds: heads, labels, log probability, best first."""
        heads = np.empty((size, words), np.int32)
        labels, totals = np.empty_like(heads), np.empty(size)
        count = beam_(
            *(self.system.number, words, rows, *self.positions, *self.classes),
            *(self.numbers(products), heads, labels, totals),
        )
        return [(heads[row], labels[row], float(totals[row])) for row in range(count)]

    def numbers(self, products: Products) -> tuple[Any, ...]:
        """Everything that compiled code computes scores from."""
        labels = self.label_products
        nothing = torch.cat([self.special[NOTHING], labels[NOTHING]]).view(-1, self.hidden).sum(0)
        output = torch.cat([self.output.weight, self.output.bias[:, None]], 1).T
        *weights, bias = F.pad(output, (0, -output.shape[1] % ACROSS))
        floats = (labels - labels[NOTHING], self.bias + nothing, torch.stack(weights), bias)
        return *products, *map(plain_numbers, floats), KINDS[self.kind]

    def _walk(self, products: Tensor, batch: TreeBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        words = int(batch.lengths.sum())
        steps = self.system.width * words
        nodes = np.empty((steps, len(self.positions.places)), np.int64)
        labels = np.empty((steps, len(self.positions.labelled) + 1), np.int64)
        right, allowed = (np.empty((steps, len(self.classes.table)), np.bool_) for _ in range(2))
        chances = batch.chances
        if len(chances) < steps:  # where nothing is drawn the walk makes no mistakes
            chances = np.ones(steps, np.float32)
        trees = batch.trees
        numbers = self.numbers(Products.of(products.detach()))
        count = explore_(
            *(self.system.number, batch.lengths, batch_rows(batch.lengths)),
            *(trees.heads, trees.orders, trees.parts, trees.labels),
            *(*self.positions, self.classes.table, numbers),
            *(self.explore, chances, nodes, labels, right, allowed),
        )
        found = (torch.from_numpy(part[:count]) for part in (nodes, labels, right, allowed))
        return tuple(part.to(products.device) for part in found)  # type: ignore[return-value]

    def _scores(self, products: Tensor, nodes: Tensor, labels: Tensor) -> Tensor:
        own = products.to(self.label_products.dtype)
        table = torch.cat([own.view(-1, self.hidden), self.label_products.view(-1, self.hidden)])
        places, named = (
            torch.arange(part.shape[1], device=products.device) for part in (nodes, labels)
        )
        offset = len(products) * len(places)
        index = torch.cat(
            [nodes * len(places) + places, offset + labels * len(named) + named], dim=1
        )
        total = F.embedding_bag(index, table, mode="sum") + self.bias
        return self.output(self.drop(activated(total, self.kind)))


def activated(x: Tensor, kind: str) -> Tensor:
    """The activation of the hidden layer."""
    if kind == "cube":
        return x**3
    return torch.relu(x) if kind == "relu" else torch.tanh(x)


def batch_rows(lengths: Int64[np.ndarray, " sentences"]) -> Int32[np.ndarray, "2 nodes"]:
    """Rows of products for sentences side by side, each with the two nodes that are no word.

    >>> batch_rows(np.array([2, 1]))[0].tolist()
    [0, 1, 2, 3, 0, 1, 4]
    """
    ends = np.cumsum(lengths)
    rows = [
        np.concatenate([[NOTHING, ROOT], np.arange(end - length, end) + WORDS])
        for end, length in zip(ends, lengths, strict=True)
    ]
    nodes = np.concatenate(rows).astype(np.int32)
    return np.stack([nodes, np.zeros_like(nodes)])


def no_heads() -> Int32[np.ndarray, " 0"]:
    """The heads to keep, where there are none."""
    return np.zeros(0, np.int32)


def _spread(
    rows: int, columns: int, spread: float, generator: torch.Generator | None
) -> nn.Parameter:
    return nn.Parameter(torch.randn(rows, columns, generator=generator) * spread)
