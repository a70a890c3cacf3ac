"""Ten pairs, small settings, and models that no training has touched."""

import numpy as np
import pytest
import torch

from gradus.tasks.lm.conditional import Pairs, Seq2Seq, Seq2SeqConfig
from gradus.tasks.lm.conditional.symbols import Symbols
from gradus.tasks.lm.levels import LEVELS
from gradus.text.vocabulary import Vocabulary
from gradus.training.settings import TrainingConfig

SMALL = {"dim": 6, "hidden": 8}


@pytest.fixture
def pairs():
    """Ten pairs that nothing but their source tells apart."""
    sources = ["a", "a b", "b a", "c", "c c a", "b", "a b c", "c b a", "b b", "a a a a"]
    targets = ["x", "y x", "x y z", "z", "y", "x x", "z y x", "y z", "x z x", "y y"]
    return Pairs.of(list(zip(sources, targets, strict=True)))


@pytest.fixture
def config():
    """Settings of a small network."""
    return lambda **more: Seq2SeqConfig(**{**SMALL, **more})


@pytest.fixture
def quick():
    """Settings of a short training."""
    return lambda **more: TrainingConfig(
        **{"epochs": 2, "batch_size": 4, "threads": 1, "rate": 0.01, **more}
    )


@pytest.fixture
def untrained():
    """A model over a few letters with large random weights, so that it is sure of itself."""

    def make(letters="xyz", *, seed=1, spread=2.0, **more):
        source, target = (
            Symbols(
                LEVELS.make("word"), Vocabulary(list(names), np.ones(len(names), dtype=np.int64))
            )
            for names in ("abc", letters)
        )
        model = Seq2Seq(Seq2SeqConfig(**{**SMALL, **more}), source, target, 4)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in model.model.parameters():
                noise = torch.randn(parameter.shape, generator=generator)
                parameter.copy_(spread * noise / max(1, parameter.shape[-1]) ** 0.5)
            for table in (model.model.embedding.table, model.model.decoder.embedding.table):
                table.weight[0] = 0.0
        model.model.eval()
        return model

    return make
