"""The table of all parts: every layer, loss and activation, with a small instance to try it on.

Documentation and the shared tests (gradients, formulas, saving) read this table, so a new part is
checked as soon as it is entered in its catalogue, or here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from gradus.core.catalogue import Catalogue
from gradus.nn.activations import ACTIVATIONS
from gradus.nn.attention import ATTENTIONS
from gradus.nn.biaffine import Biaffine
from gradus.nn.carried import CarriedRecurrent, FixedWindow
from gradus.nn.crf import LinearChainCRF
from gradus.nn.dropout import DROPOUTS, RowDropout, WordDropout
from gradus.nn.embeddings import Embedding
from gradus.nn.encoders import ENCODERS
from gradus.nn.feature_scores import FeatureScores
from gradus.nn.feedforward import FeedForward
from gradus.nn.losses import LOSSES
from gradus.nn.normalization import NORMALIZATIONS, MeanCentering
from gradus.nn.pooling import POOLINGS
from gradus.nn.recurrent import CELLS, Recurrent
from gradus.nn.sampled_losses import SAMPLED_LOSSES
from gradus.nn.tag_constraints import allowed_transitions
from gradus.nn.weight_drop import WeightDrop
from gradus.nn.word_outputs import WORD_OUTPUTS

Inputs = tuple[Any, ...]  # tensors, and tuples of them
Draw = Callable[[torch.Generator], Inputs]


@dataclass(frozen=True)
class Part:
    """One entry of the table."""

    name: str
    kind: str
    about: str  # what it computes
    make: Callable[[], Callable[..., Any]]  # a small instance
    inputs: Draw  # what to call it with

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def _scores(generator: torch.Generator) -> Inputs:
    return torch.randn(5, 4, generator=generator), torch.tensor([0, 3, 1, 1, 2])


def _sampled(generator: torch.Generator) -> Inputs:
    scores, noise = torch.randn(3, generator=generator), torch.randn(3, 4, generator=generator)
    return scores, noise, torch.log(torch.full((3,), 0.2)), torch.log(torch.full((3, 4), 0.05))


def _rows(generator: torch.Generator) -> Inputs:
    return (torch.randn(5, 6, generator=generator),)


def _steps(generator: torch.Generator) -> Inputs:
    return (torch.randn(3, 4, 6, generator=generator),)


def _sequences(generator: torch.Generator) -> Inputs:
    return torch.randn(3, 4, 3, generator=generator), torch.tensor([4, 1, 3])


def _tagged(generator: torch.Generator) -> Inputs:
    emissions, lengths = _sequences(generator)
    return emissions, torch.tensor([[0, 1, 2, 0], [1, 0, 0, 0], [1, 2, 2, 0]]), lengths


def _ids(generator: torch.Generator) -> Inputs:
    return (torch.randint(1, 7, (3, 4), generator=generator),)


def _features(generator: torch.Generator) -> Inputs:
    return torch.randint(0, 7, (8,), generator=generator), torch.tensor([0, 3, 4])


def _stretch(generator: torch.Generator) -> Inputs:
    states = tuple(torch.randn(3, width, generator=generator) for width in (4, 4, 2, 2))
    return torch.randn(3, 4, 3, generator=generator), states


def _windows(generator: torch.Generator) -> Inputs:
    return torch.randn(3, 5, 3, generator=generator), ()


def _targets(generator: torch.Generator) -> Inputs:
    return torch.randn(5, 4, generator=generator), torch.tensor([0, 3, 6, 1, 3])


def _rows_of_words(generator: torch.Generator) -> Inputs:
    return torch.randn(3, 4, 2, generator=generator), *_ids(generator)


#: The words and arguments with which entries of catalogues are tried, where defaults are large.
LINES = {
    ("encoder", "cnn"): "cnn(2, widths=(2, 3))",
    ("encoder", "rnn"): "rnn(2, bidirectional=True)",
    ("encoder", "relu_rnn"): "relu_rnn(2)",
    ("encoder", "sigmoid_rnn"): "sigmoid_rnn(2)",
    ("encoder", "gru"): "gru(2, bidirectional=True, pooling='mean')",
    ("encoder", "lstm"): "lstm(2, layers=2, bidirectional=True, pooling='max')",
    ("loss", "cross_entropy"): "cross_entropy(0.1)",
    ("softmax", "sampled"): "sampled(14)",  # all words are in the frequent half
    ("softmax", "adaptive"): "adaptive((2, 4), 2.0)",
}

#: How often each word of a small vocabulary was met.
COUNTS = np.array([9, 5, 3, 2, 1, 1, 0])


def _entries(catalogue: Catalogue[Any], inputs: Draw, **context: Any) -> list[Part]:
    """A part for every entry of a catalogue, all tried on the same inputs."""

    def maker(name: str) -> Callable[[], Callable[..., Any]]:
        line = LINES.get((catalogue.kind, name), name)
        return lambda: catalogue.make(line, **context)

    return [
        Part(entry.name, catalogue.kind, entry.about, maker(entry.name), inputs)
        for entry in catalogue.entries()
    ]


def _layer(layer: type[nn.Module], inputs: Draw, *values: Any, **options: Any) -> Part:
    about = (layer.__doc__ or "").partition("\n")[0]
    return Part(layer.__name__, "layer", about, lambda: layer(*values, **options), inputs)


def _weight_drop() -> nn.Module:
    return WeightDrop(nn.LSTM(3, 2, batch_first=True), 0.5)


def _looks(generator: torch.Generator) -> Inputs:
    queries = torch.randn(3, 2, 3, generator=generator)
    return queries, *_sequences(generator)


def _pairs(generator: torch.Generator) -> Inputs:
    return torch.randn(2, 4, 3, generator=generator), torch.randn(2, 5, 2, generator=generator)


def _biaffine() -> nn.Module:
    scores = Biaffine(3, 2, out=2)
    nn.init.normal_(scores.weight)  # it begins at zero
    return scores


def _chain() -> nn.Module:
    chain = LinearChainCRF(3, allowed_transitions(["O", "B-X", "I-X"], "BIO"))
    nn.init.normal_(chain.transitions)  # they begin at zero
    return chain


def _word_outputs() -> list[Part]:
    """All but the contrastive softmax: it draws noise in evaluation too, so it has no formula."""
    parts = _entries(WORD_OUTPUTS, _targets, dim=4, counts=COUNTS)
    return [part for part in parts if part.name != "contrastive"]


def _feature_scores() -> nn.Module:
    scores = FeatureScores(7, 2, sparse=False)
    nn.init.normal_(scores.weight, std=0.1)
    nn.init.normal_(scores.priors)
    return scores


#: Every layer, loss and activation.
PARTS: tuple[Part, ...] = (
    *_entries(ACTIVATIONS, _rows),
    *_entries(LOSSES, _scores),
    *_entries(SAMPLED_LOSSES, _sampled),
    *_entries(DROPOUTS, _steps),
    *_entries(NORMALIZATIONS, _rows, dim=6),
    *_entries(POOLINGS, _sequences),
    *_entries(CELLS, lambda generator: _sequences(generator)[:1], dim=3, hidden=2),
    *_entries(ENCODERS, _sequences, dim=3),
    *_word_outputs(),
    *_entries(ATTENTIONS, _looks, query=3, dim=3),
    Part(
        "Biaffine",
        "layer",
        (Biaffine.__doc__ or "").partition("\n")[0],
        _biaffine,
        _pairs,
    ),
    _layer(CarriedRecurrent, _stretch, "lstm", 3, [4, 2]),
    _layer(Embedding, _ids, 7, 3),
    Part(
        "FeatureScores",
        "layer",
        (FeatureScores.__doc__ or "").partition("\n")[0],
        _feature_scores,
        _features,
    ),
    _layer(FeedForward, _rows, 6, [4, 4], 3, activation="tanh"),
    _layer(FixedWindow, _windows, 2, 3, 4),
    Part(
        "LinearChainCRF",
        "layer",
        (LinearChainCRF.__doc__ or "").partition("\n")[0],
        _chain,
        _tagged,
    ),
    _layer(MeanCentering, _rows, 6),
    _layer(Recurrent, _sequences, "gru", 3, 2, layers=2, bidirectional=True),
    _layer(RowDropout, _rows_of_words, 0.5, words=7),
    _layer(WordDropout, _ids, 0.5),
    Part(
        "WeightDrop",
        "layer",
        (WeightDrop.__doc__ or "").partition("\n")[0],
        _weight_drop,
        lambda generator: _sequences(generator)[:1],
    ),
)
