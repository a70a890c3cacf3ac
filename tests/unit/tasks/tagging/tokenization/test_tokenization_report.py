"""Figures of tokens, words and sentences, judged by the official evaluation of CoNLL 2018."""

import io
import re

import numpy as np
import pytest
from udtools.udeval import evaluate, load_conllu

from gradus.core.errors import DataError
from gradus.tasks.tagging.tokenization.report import TokenizationReport
from gradus.text.conllu import format_conllu
from gradus.text.document import MultiwordToken, Sentence, Word


def random_sentences(text, rng):
    """Some way to cut a text into sentences, tokens and words of multiword tokens."""
    sentences = [Sentence([])]
    for run in text.split():
        while run:
            size = int(rng.integers(1, len(run) + 1)) if rng.random() < 0.5 else len(run)
            token, run = run[:size], run[size:]
            add_token(sentences[-1], token, rng)
            if rng.random() < 0.15:
                sentences.append(Sentence([]))
    return [one for one in sentences if one.words]


def add_token(sentence, token, rng):
    first = len(sentence.words) + 1
    if rng.random() < 0.35:
        count = int(rng.integers(2, 4))
        sentence.words += [Word(str(rng.choice(["a", "B", "b", "ab"]))) for _ in range(count)]
        sentence.multiword.append(MultiwordToken(first, len(sentence.words), token))
    else:
        sentence.words.append(Word(token))


def official(sentences):
    for one in sentences:
        for number, word in enumerate(one.words):
            word.head, word.deprel = number, "dep"
    return load_conllu(io.StringIO("".join(map(format_conllu, sentences))), "text", {})


@pytest.mark.parametrize("seed", range(60))
def test_figures_are_the_official_ones(seed):
    rng = np.random.default_rng(seed)
    text = "".join(rng.choice(list("abAB   "), size=40)) + "a"
    gold, found = random_sentences(text, rng), random_sentences(text, rng)
    report = TokenizationReport.of(gold, found)
    judged = evaluate(official(gold), official(found))
    for row, name in zip(report.rows, ("Tokens", "Words", "Sentences"), strict=True):
        figures = judged[name]
        assert (row.right, row.gold, row.predicted) == (
            figures.correct, figures.gold_total, figures.system_total
        ), name  # fmt: skip
        assert row[1:4] == pytest.approx((figures.precision, figures.recall, figures.f1))


def test_spaces_inside_tokens_do_not_count():
    gold = [Sentence.of(["10\u00a0000", "a b"])]
    found = [Sentence.of(["10000", "ab"])]
    assert TokenizationReport.of(gold, found).tokens.f1 == 1.0


def test_other_texts_are_refused_with_the_place():
    gold, found = [Sentence.of(["Go", "on"])], [Sentence.of(["Go", "in"])]
    message = (
        "differ after 2 characters (blanks do not count): gold sentence 1 goes on with 'on', "
        "predicted sentence 1 goes on with 'in'"
    )
    with pytest.raises(DataError, match=re.escape(message)):
        TokenizationReport.of(gold, found)
    with pytest.raises(DataError, match="differ after 4 characters"):
        TokenizationReport.of(gold, [Sentence.of(["Goon", "x"])])
    with pytest.raises(DataError, match="no gold sentences"):
        TokenizationReport.of([], [])


def test_figures_go_to_json():
    report = TokenizationReport.of([Sentence.of(["a"])], [Sentence.of(["a"])])
    assert report.to_dict()["words"] == {
        **{"name": "words", "precision": 1.0, "recall": 1.0, "f1": 1.0},
        **{"gold": 1, "predicted": 1, "right": 1},
    }
