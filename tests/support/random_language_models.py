"""Untrained language models over a few tokens, for tests that ask what a model computes."""

import numpy as np
import torch

from gradus.tasks.lm.neural import NeuralLanguageModel
from gradus.tasks.lm.settings import LanguageModelConfig
from gradus.tasks.lm.spelling import EncodedText, Spelling
from gradus.text.vocabulary import Vocabulary

WORDS = ["<eos>", "a", "b", "c", "<unk>", "d"]

#: Settings of every kind of recurrent network, and of a fixed window.
RECURRENT = {
    "tanh": {"model": "rnn"},
    "relu": {"model": "rnn", "activation": "relu"},
    "sigmoid": {"model": "rnn", "activation": "sigmoid"},
    "gru": {"model": "gru"},
    "lstm": {"model": "lstm"},
    "tied": {"model": "lstm", "tie": True},
}
KINDS = {**RECURRENT, "window": {"model": "window", "window": 3}}


def random_model(kind, *, scale=0.7, seed=1, **settings):
    """A model of that kind with random weights, large enough to make a difference."""
    config = LanguageModelConfig(**{"dim": 3, "hidden": 4, **KINDS[kind], **settings})
    model = NeuralLanguageModel(config, Spelling(Vocabulary(WORDS, np.arange(len(WORDS), 0, -1))))
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.model.parameters():
        torch.nn.init.normal_(parameter, std=scale, generator=generator)
    return model


def random_text(*lengths, seed=1):
    """Documents of these lengths, of tokens drawn by chance."""
    ids = np.random.default_rng(seed).integers(0, len(WORDS), sum(lengths)).astype(np.int32)
    return EncodedText(ids, np.cumsum([0, *lengths]), len(ids))
