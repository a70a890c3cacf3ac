"""Small analyzers and ten sentences whose tags and trees they learn by heart."""

from functools import cache

import numpy as np
from tiny_parsers import treebank

from gradus.pipeline.analyzer.analyzer import Analyzer
from gradus.pipeline.analyzer.settings import AnalyzerConfig
from gradus.pipeline.analyzer.training import train_analyzer
from gradus.text.document import Sentence
from gradus.training.settings import TrainingConfig

#: Settings of a network that is trained in a moment.
SMALL = {
    **{"dim": 16, "affix_dim": 8, "min_count": 1, "dropout": 0.0, "word_dropout": 0.0},
    **{"encoder": "lstm(12, layers=1, dropout=0)", "hidden": 24, "arc_dim": 12, "label_dim": 8},
}

#: One kind of analyzer for each way to build trees, to choose labels, and to see neighbours.
KINDS = {
    "graph": {},
    "hybrid": {"nonprojective": "defeat", "columns": ("upos", "lemma"), "output": "crf"},
    "swap": {"nonprojective": "swap", "activation": "tanh", "columns": ("xpos", "feats")},
    "pseudo": {"nonprojective": "pseudo", "encoder": "window(24, reach=1)", "output": "margin"},
    "graph-characters": {"columns": ("upos",), "affix_dim": 0, "char_dim": 12},
}


def small_config(kind: str = "graph", **more: object) -> AnalyzerConfig:
    return AnalyzerConfig(**{**SMALL, **KINDS[kind], **more})


def quick(**more: object) -> TrainingConfig:
    return TrainingConfig(
        **{"epochs": 1, "batch_size": 5, "threads": 1, "rate": 0.01, "metric": "score", **more}
    )


def labelled(kind: str = "graph", count: int = 10, *, seed: int = 1) -> list[Sentence]:
    """Sentences of 1 to 9 words with tags and lemmas at random, and trees that a kind can build."""
    sentences = treebank(count, crossing=kind not in ("hybrid", "pseudo"), seed=seed)
    rng = np.random.default_rng(seed)
    for word in (word for sentence in sentences for word in sentence.words):
        word.lemma = word.form[:-1] if rng.random() < 0.5 else word.form
        word.feats = str(rng.choice(["_", "Number=Sing", "Number=Plur|Person=3"]))
    return sentences


@cache
def tiny(kind: str = "graph") -> Analyzer:
    """An analyzer that has seen ten sentences twice, so it knows little and is sure of nothing."""
    return train_analyzer(labelled(kind), config=small_config(kind), training=quick(epochs=2))


def said(sentences: list[Sentence], columns: tuple[str, ...]) -> list[list[tuple[object, ...]]]:
    """Heads, relations and some columns of every word."""
    return [
        [
            (word.head, word.deprel, *(getattr(word, name) for name in columns))
            for word in sentence.words
        ]
        for sentence in sentences
    ]
