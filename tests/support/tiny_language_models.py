"""Language models of both families over one small text, made in no time."""

import torch

from gradus.tasks.lm.neural import NeuralLanguageModel
from gradus.tasks.lm.ngram import NgramModel
from gradus.tasks.lm.ngram_settings import NgramConfig
from gradus.tasks.lm.settings import LanguageModelConfig
from gradus.tasks.lm.spelling import Spelling

LINES = [
    "the cat sat on the mat .",
    "the dog sat on the rug .",
    "a cat saw the dog .",
    "",
    "a dog saw the cat and the cat ran .",
] * 3

FAMILIES = ("ngram", "neural")


def tiny_model(family, lines=LINES, **reading):
    """A model of ``lines``; the weights of a network are those that it begins with."""
    spelling, text = Spelling.learn(iter(lines), min_count=1, **reading)
    if family == "ngram":
        return NgramModel.train(NgramConfig(order=3), spelling, text)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = NeuralLanguageModel(LanguageModelConfig(dim=6, hidden=5), spelling)
    with torch.no_grad():  # far from uniform, so that every token has its own place
        for weights in model.network.parameters():
            weights.mul_(2.0)
    return model
