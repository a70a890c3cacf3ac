"""The settings of word2vec and of how its corpus is read."""

import os
from typing import Literal

from pydantic import Field

from gradus.core.config import settings


def usable_cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@settings
class CorpusConfig:
    """How a corpus becomes numbers.

    >>> CorpusConfig(lowercase=True).min_count
    5
    """

    min_count: int = Field(default=5, ge=1, description="drop words met less often than this")
    max_vocab: int | None = Field(
        default=None, ge=1, description="keep this many most frequent words"
    )
    lowercase: bool = Field(default=False, description="write all words in lower case")
    tokens: Literal["space", "words"] = Field(
        default="space", description="words end at white space only, or at punctuation too (words)"
    )
    encoding: str = Field(default="utf-8", description="the text encoding of the corpus")
    errors: Literal["strict", "replace", "ignore"] = Field(
        default="strict", description="what happens to bytes that are wrong in the encoding"
    )


@settings
class Word2VecConfig:
    """What skip-gram and CBOW share."""

    dim: int = Field(default=100, ge=1, le=10_000, description="length of a word vector")
    window: int = Field(default=5, ge=1, le=1000, description="tokens on each side of the centre")
    shrink_window: bool = Field(
        default=True,
        description="draw each reach between 1 and window: near words count more",
    )
    objective: Literal["negative", "hierarchical", "softmax"] = Field(
        default="negative",
        description="negative sampling, hierarchical softmax (Huffman), or full softmax",
    )
    negative: int = Field(default=5, ge=1, le=1000, description="noise words per positive example")
    noise_power: float = Field(
        default=0.75, ge=0, le=2, description="noise words are drawn by their counts to this power"
    )
    subsample: float = Field(
        default=1e-3,
        ge=0,
        le=1,
        description="thin words above this share of tokens; 0 keeps every token",
    )
    epochs: int = Field(default=5, ge=1, le=100_000, description="times the corpus is read")
    rate: float = Field(default=0.05, gt=0, le=10, description="learning rate at the start")
    falling_rate: bool = Field(
        default=True, description="let the rate fall linearly, to 1/1000 at the end"
    )
    holdout: float = Field(
        default=0.01,
        ge=0,
        le=0.5,
        description="share of the text, up to 50,000 tokens, kept to measure the loss",
    )
    threads: int = Field(
        default_factory=usable_cores, ge=1, le=512, description="threads that train"
    )
    seed: int = Field(
        default=1, ge=0, lt=2**63, description="the same seed and one thread: the same bytes"
    )


@settings
class SkipGramConfig(Word2VecConfig):
    """Skip-gram: each word of a window predicts the centre, one pair at a time [mikolov2013a].

    >>> SkipGramConfig(window=8).window
    8
    """


@settings
class CbowConfig(Word2VecConfig):
    """CBOW: the mean of a window's words predicts the centre [mikolov2013a].

    >>> CbowConfig(dim=50).objective
    'negative'
    """
