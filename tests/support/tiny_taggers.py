"""Small taggers and ten sentences that they learn by heart."""

from functools import cache

import numpy as np

from gradus.tasks.tagging.settings import TaggerConfig
from gradus.tasks.tagging.tagger import Tagger
from gradus.tasks.tagging.training import train_tagger
from gradus.text.document import Sentence
from gradus.text.entities_in_misc import with_entities
from gradus.training.settings import TrainingConfig

#: Settings of a network that is trained in a moment.
SMALL = {
    **{"dim": 16, "affix_dim": 8, "min_count": 1, "dropout": 0.0, "word_dropout": 0.0},
    "encoder": "window(24, reach=1)",
}
EVERYTHING = ("upos", "xpos", "feats", "lemma", "entity")

#: One kind of tagger for each way to choose labels, to see neighbours, and to read words.
KINDS = {
    "tags": {"columns": ("upos", "xpos", "feats", "lemma")},
    "everything": {"columns": EVERYTHING, "encoder": "lstm(16, layers=1, dropout=0)"},
    "entities": {"columns": ("entity",)},
    "entities-iob2": {"columns": ("entity",), "output": "softmax", "scheme": "IOB2"},
    "entities-iob1": {"columns": ("entity",), "output": "margin", "scheme": "IOB1"},
    "margin": {"columns": ("upos", "lemma"), "output": "margin(0.5)", "encoder": "gru(12)"},
    "crf": {"columns": ("upos", "feats"), "output": "crf", "scheme": "BILOU"},
    "characters": {"columns": ("upos", "lemma"), "affix_dim": 0, "char_dim": 12},
    "alone": {"columns": ("upos", "lemma"), "encoder": "none"},
}

TAGS, TYPES = ("NOUN", "VERB", "DET"), ("PER", "creative-work")


def small_config(kind: str = "tags", **more: object) -> TaggerConfig:
    return TaggerConfig(**{**SMALL, **KINDS[kind], **more})


def quick(**more: object) -> TrainingConfig:
    return TrainingConfig(
        **{"epochs": 1, "batch_size": 5, "threads": 1, "rate": 0.01, "metric": "score", **more}
    )


def labelled(count: int = 10, *, seed: int = 1) -> list[Sentence]:
    """Sentences of 1 to 9 words, each word of its own form, with labels at random."""
    rng = np.random.default_rng(seed)
    sentences = []
    for number in range(count):
        words = int(rng.integers(1, 10)) if sentences else 1
        forms = [f"{chr(97 + number)}{'xyzuvwpqr'[place]}s" for place in range(words)]
        sentence = Sentence.of(forms, upos=[str(rng.choice(TAGS)) for _ in forms])
        for word in sentence.words:
            word.xpos = word.upos.lower()
            word.feats = "Number=Plur" if rng.random() < 0.5 else "_"
            word.lemma = word.form[:-1] if rng.random() < 0.5 else word.form
        sentences.append(with_entities(sentence, _tags(words, rng)))
    return sentences


@cache
def tiny(kind: str) -> Tagger:
    """A tagger that has seen ten sentences twice, so it knows little and is sure of nothing."""
    return train_tagger(labelled(), config=small_config(kind), training=quick(epochs=2))


def _tags(words: int, rng: np.random.Generator) -> list[str]:
    """Random tags of IOB2, some of them touching."""
    tags: list[str] = []
    while len(tags) < words:
        kind, length = str(rng.choice(TYPES)), int(rng.integers(1, 4))
        entity = [f"B-{kind}", *[f"I-{kind}"] * (length - 1)]
        tags += entity if rng.random() < 0.6 else ["O"]
    return tags[:words]
