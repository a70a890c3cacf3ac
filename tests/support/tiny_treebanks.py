"""A made-up treebank with tags, lemmas, trees and names, and settings that learn it in a moment."""

import numpy as np

from gradus.text.document import Sentence
from gradus.text.entities_in_misc import with_entities

#: Settings by part of networks that are trained in a moment.
READING = {
    **{"dim": 12, "affix_dim": 8, "char_dim": 0, "min_count": 1, "encoder": "window(16, reach=1)"},
    **{"dropout": 0.0, "word_dropout": 0.0, "batch_size": 8, "rate": 0.02, "epochs": 4},
}
SMALL = {
    "tokenizer": {
        **{"dim": 8, "affix_dim": 6, "shape_dim": 6, "hidden": 12, "min_count": 1, "stretch": 16},
        **{"dropout": 0.0, "word_dropout": 0.0, "epochs": 12, "batch_size": 8, "rate": 0.02},
    },
    "tagger": READING,
    "parser": READING | {"hidden": 16, "tag_dim": 4, "feature_dim": 4},
    "entities": READING,
    "analyzer": READING | {"arc_dim": 12, "label_dim": 8},
}

NOUNS, VERBS, NAMES = (
    ("cat", "dog", "bird", "fox"),
    ("see", "like", "hear"),
    ("Ada", "Rome", "Ines"),
)


def small(*parts: str, **more: object) -> dict[str, dict[str, object]]:
    """Small settings of some parts, with changes for each of them."""
    return {part: {**SMALL[part], **more} for part in parts}


def treebank(count: int = 24, *, seed: int = 1) -> list[Sentence]:
    """Sentences such as ``Ada sees the dogs.``"""
    rng = np.random.default_rng(seed)
    return [_sentence(rng) for _ in range(count)]


def with_names(count: int = 16, *, seed: int = 2) -> list[Sentence]:
    """The same with entities."""
    return [
        with_entities(one, ["B-NAME" if w.upos == "PROPN" else "O" for w in one.words])
        for one in treebank(count, seed=seed)
    ]


def without(sentences: list[Sentence], *fields: str) -> list[Sentence]:
    """The sentences, whose words say nothing in some fields; they are changed."""
    for word in (word for sentence in sentences for word in sentence.words):
        for field in fields:
            setattr(word, field, None if field == "head" else "_")
    return sentences


def _sentence(rng: np.random.Generator) -> Sentence:
    forms: list[str] = []
    tags: list[tuple[str, str, str]] = []  # lemma, upos, feats
    heads: list[int] = []
    labels: list[str] = []

    def phrase(label: str, verb: int) -> None:
        if rng.random() < 0.4:
            name = str(rng.choice(NAMES))
            forms.append(name)
            tags.append((name, "PROPN", "Number=Sing"))
        else:
            noun, many = str(rng.choice(NOUNS)), rng.random() < 0.5
            forms.extend(["the", noun + "s" * many])
            tags.extend(
                [("the", "DET", "_"), (noun, "NOUN", f"Number={'Plur' if many else 'Sing'}")]
            )
            heads.append(len(heads) + 2)
            labels.append("det")
        heads.append(verb)
        labels.append(label)

    phrase("nsubj", 0)
    verb, root = str(rng.choice(VERBS)), len(forms) + 1
    heads[-1] = root
    forms.append(verb + "s")
    tags.append((verb, "VERB", "_"))
    heads.append(0)
    labels.append("root")
    if rng.random() < 0.7:
        phrase("obj", root)
    forms.append(".")
    tags.append((".", "PUNCT", "_"))
    heads.append(root)
    labels.append("punct")
    sentence = Sentence.of(forms, heads=heads, deprels=labels)
    for word, (lemma, upos, feats) in zip(sentence.words, tags, strict=True):
        word.lemma, word.upos, word.xpos, word.feats = lemma, upos, upos.lower(), feats
    sentence.words[-2].misc = "SpaceAfter=No"
    return sentence
