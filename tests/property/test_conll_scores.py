"""Figures from raw text, judged by the official evaluation of CoNLL 2018."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_cuts import cut
from udtools.udeval import evaluate, load_conllu

from gradus.pipeline.conll_scores import PipelineReport
from gradus.text.conllu import format_conllu, read_treebank
from gradus.text.document import MultiwordToken, Sentence, Word

FIGURES = (
    *("Tokens", "Sentences", "Words", "UPOS", "XPOS", "UFeats", "AllTags", "Lemmas"),
    *("UAS", "LAS", "CLAS", "MLAS", "BLEX"),
)


def official(gold, system):
    """The scores of the official program."""
    read = [
        load_conllu(io.StringIO("".join(map(format_conllu, side))), "", {})
        for side in (gold, system)
    ]
    return evaluate(*read)


def assert_official(gold, system):
    report, scores = PipelineReport.of(gold, system), official(gold, system)
    assert [score.name for score in report.scores] == list(FIGURES)
    for score in report.scores:
        judge = scores[score.name]
        assert (score.gold, score.system, score.correct, score.aligned) == (
            judge.gold_total,
            judge.system_total,
            judge.correct,
            judge.aligned_total,
        ), score.name
        assert score.aligned_accuracy == judge.aligned_accuracy or (
            score.aligned_accuracy == pytest.approx(judge.aligned_accuracy, abs=1e-12)
        )
        assert score[1:4] == pytest.approx((judge.precision, judge.recall, judge.f1), abs=1e-12)


@given(
    seeds=st.tuples(*[st.integers(0, 10**6)] * 2),
    text=st.text("abAB.ß漢", min_size=1, max_size=30),
    multiword=st.sampled_from([0.0, 0.2, 0.7]),
    longest=st.integers(1, 5),
)
def test_cuts_at_random(seeds, text, multiword, longest):
    gold, system = (
        cut(text, np.random.default_rng(seed), multiword=multiword, longest=longest)
        for seed in seeds
    )
    assert_official(gold, system)


@given(seed=st.integers(0, 10**6), text=st.text("ab", min_size=1, max_size=20))
def test_a_side_beside_itself(seed, text):
    sentences = cut(text, np.random.default_rng(seed))
    assert_official(sentences, sentences)
    report = PipelineReport.of(sentences, sentences)
    assert all(score.f1 == 1 or not score.gold for score in report.scores)


def perturbed(sentences, rng, share=0.1):
    """Other tags, and words that are split, glued to the next or put into multiword tokens."""
    result = []
    for sentence in sentences:
        words, tokens = [], []
        waiting = ""
        for word in sentence.words:
            form = waiting + word.form
            waiting = ""
            if rng.random() < share and word is not sentence.words[-1]:
                waiting = form
                continue
            pieces = [form]
            if len(form) > 1 and rng.random() < share:
                pieces = [form[:1], form[1:]]
                if rng.random() < 0.5:
                    tokens.append(MultiwordToken(len(words) + 1, len(words) + 2, form))
            lemma = word.lemma if rng.random() > share else "x"
            upos = word.upos if rng.random() > share else "X"
            deprel = word.deprel if rng.random() > share else "case"
            words += [
                Word(piece, lemma, upos, word.xpos, word.feats, None, deprel) for piece in pieces
            ]
        for number, word in enumerate(words):
            word.head = number  # a chain: the word before is the head
        for token, word in zip(sentence.words, words, strict=False):
            if rng.random() > 0.5 and token.head and token.head <= words.index(word):
                word.head = token.head
        result.append(Sentence(words, multiword=tokens))
        if rng.random() < share and len(result) > 1:
            result[-2:] = [glued(*result[-2:])]
    return result


def glued(one, other):
    """Two sentences as one."""
    size = len(one)
    for word in other.words:
        word.head = word.head + size if word.head else 1
    tokens = [
        MultiwordToken(token.first + size, token.last + size, token.form)
        for token in other.multiword
    ]
    return Sentence(one.words + other.words, multiword=one.multiword + tokens)


@pytest.mark.parametrize("treebank", ["en-ewt-2.5", "af-afribooms-2.2"])
def test_cuts_of_real_text(data_folder, treebank):
    (path,) = (data_folder / "ud" / treebank).glob("*-dev.conllu*")
    gold = read_treebank(path)[:400]
    system = perturbed(gold, np.random.default_rng(1))
    assert_official(gold, system)
    assert_official(system, gold)
