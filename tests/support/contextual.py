"""Contextual vectors of a few words with weights at random, as a folder."""

from pathlib import Path

import torch

from gradus.tasks.base.words.contextual import (
    END,
    OTHER,
    ContextualConfig,
    ContextualVectors,
    ContextualWords,
)

WORDS = [*"abcdefghij", OTHER, END, "ax", "ay", "bx", "by", "bz", "cx"]


def small(dim: int = 5, widths: tuple[int, ...] = (4, 3), *, seed: int = 1) -> ContextualVectors:
    """Two layers of a few units, which tell directions and words apart."""
    vectors = ContextualVectors(ContextualWords(ContextualConfig(dim=dim, widths=widths), WORDS))
    generator = torch.Generator().manual_seed(seed)
    for weight in vectors.parameters():
        weight.copy_(torch.randn(weight.shape, generator=generator) * 0.5)
    return vectors.eval()


def saved(folder: Path, **sizes) -> str:
    """A folder of them, as a setting names it."""
    small(**sizes).save(folder)
    return str(folder)
