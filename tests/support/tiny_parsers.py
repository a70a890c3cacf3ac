"""Small parsers and ten sentences that they learn by heart."""

from functools import cache

import numpy as np
from tree_samples import random_tree

from gradus.tasks.parsing.parser import Parser
from gradus.tasks.parsing.settings import ParserConfig
from gradus.tasks.parsing.training import train_parser
from gradus.tasks.parsing.trees import is_projective
from gradus.text.document import Sentence
from gradus.training.settings import TrainingConfig

#: Settings of a network that is trained in a moment.
SMALL = {
    **{"dim": 16, "tag_dim": 4, "feature_dim": 4, "affix_dim": 8, "hidden": 24, "min_count": 1},
    **{"arc_dim": 12, "label_dim": 8, "dropout": 0.0, "form_dropout": 0.0, "word_dropout": 0.0},
}

#: One kind of parser for each answer to crossing arcs, and for each way to see neighbours.
KINDS = {
    "defeat": {"nonprojective": "defeat"},
    "standard": {"system": "standard"},
    "eager": {"system": "eager", "activation": "cube", "hidden": 32},
    "pseudo": {"nonprojective": "pseudo"},
    "swap": {"nonprojective": "swap", "activation": "tanh"},
    "swap-standard": {"nonprojective": "swap", "system": "swap-standard"},
    "covington": {"nonprojective": "covington"},
    "window": {"encoder": "window(16, reach=1)"},
    "lstm": {"nonprojective": "swap", "encoder": "lstm(12, layers=1, dropout=0)", "char_dim": 8},
    "graph": {"nonprojective": "graph", "encoder": "window(24)"},
    "graph-lstm": {"nonprojective": "graph", "encoder": "lstm(12, layers=1, dropout=0)"},
    "graph-members": {
        "nonprojective": "graph",
        "encoder": "lstm(8, layers=1, dropout=0)",
        "members": 3,
    },
    "graph-none": {"nonprojective": "graph", "encoder": "none", "xpos": True},
}

TAGS, LABELS = ("NOUN", "VERB", "DET"), ("nsubj", "obj", "det", "punct")


def small_config(kind: str = "defeat", **more: object) -> ParserConfig:
    return ParserConfig(**{**SMALL, **KINDS[kind], **more})


def quick(**more: object) -> TrainingConfig:
    return TrainingConfig(**{"epochs": 1, "batch_size": 5, "threads": 1, "rate": 0.01, **more})


def treebank(count: int = 10, *, crossing: bool = True, seed: int = 1) -> list[Sentence]:
    """Sentences of 1 to 9 words, each word of its own form, with trees at random."""
    rng = np.random.default_rng(seed)
    sentences: list[Sentence] = []
    while len(sentences) < count:
        words = int(rng.integers(1, 10)) if sentences else 1
        heads = random_tree(words, int(rng.integers(1 << 30)), window=3)
        if crossing or is_projective(heads):
            sentences.append(_sentence(len(sentences), heads, rng))
    return sentences


def crossed() -> Sentence:
    """A sentence whose arcs cross as arcs do in English."""
    forms = ["A", "hearing", "is", "scheduled", "on", "the", "issue", "today"]
    labels = ["det", "nsubj", "aux", "root", "nmod", "det", "case", "advmod"]
    tags = ["DET", "NOUN", "VERB", "VERB", "DET", "DET", "NOUN", "NOUN"]
    return Sentence.of(forms, upos=tags, heads=[2, 4, 4, 0, 2, 7, 5, 4], deprels=labels)


def learnable(kind: str) -> list[Sentence]:
    """Ten sentences whose trees a kind of parser can build."""
    if kind in ("defeat", "standard", "eager", "window"):
        return treebank(crossing=False)
    if kind == "pseudo":
        return [*treebank(9, crossing=False), crossed()]
    return treebank()


@cache
def tiny(kind: str) -> Parser:
    """A parser that has seen ten sentences twice, so it knows little and is sure of nothing."""
    return train_parser(learnable(kind), config=small_config(kind), training=quick(epochs=2))


def arcs(sentences: list[Sentence]) -> list[tuple[list[int | None], list[str]]]:
    return [(sentence.heads, sentence.deprels) for sentence in sentences]


def _sentence(number: int, heads: np.ndarray, rng: np.random.Generator) -> Sentence:
    words = len(heads)
    forms = [f"{chr(97 + number)}{'xyzuvwpqr'[place]}" for place in range(words)]
    labels = [str(rng.choice(LABELS)) if head else "root" for head in heads.tolist()]
    tags = [str(rng.choice(TAGS)) for _ in range(words)]
    sentence = Sentence.of(forms, upos=tags, heads=heads.tolist(), deprels=labels)
    for word in sentence.words:
        word.xpos, word.feats = word.upos.lower(), f"Number={'Sing' if len(heads) % 2 else 'Plur'}"
    return sentence
