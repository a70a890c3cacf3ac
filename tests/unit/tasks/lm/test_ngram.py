"""The n-gram model, judged by the published formulas over dictionaries and by hand."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ngram_texts import DOCUMENTS, VOCABULARY, encoded, random_documents, trained

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.lm import ngram
from gradus.tasks.lm.ngram import NgramModel
from gradus.tasks.lm.ngram_settings import NgramConfig
from gradus.tasks.lm.spelling import Spelling

ORDERS = st.integers(1, 5)
START = "<s>"


class Published:
    """Chen and Goodman's formulas, word for word, over dictionaries of tuples."""

    def __init__(self, documents, order):
        self.order = order
        raw = Counter()
        for document in documents:
            marked = (START, *document)
            for length in range(1, order + 1):
                for end in range(length, len(marked) + 1):
                    raw[marked[end - length : end]] += 1
        preceding = defaultdict(set)
        for gram in raw:
            preceding[gram[1:]].add(gram[:1])
        self.counts = {
            gram: count if len(gram) == order or gram[0] == START else len(preceding[gram])
            for gram, count in raw.items()
            if gram != (START,)
        }
        self.followers = defaultdict(dict)
        for gram, count in self.counts.items():
            self.followers[gram[:-1]][gram[-1]] = count
        self.discounts = [self.estimate(length) for length in range(1, order + 1)]

    def estimate(self, length):
        n = Counter(count for gram, count in self.counts.items() if len(gram) == length)
        if n[1] and n[2] and n[3]:
            y = n[1] / (n[1] + 2 * n[2])
            found = [
                1 - 2 * y * n[2] / n[1],
                2 - 3 * y * n[3] / n[2],
                3 - 4 * y * n[4] / n[3],
            ]
            if min(found) > 0:
                return found
        return [0.5, 1.0, 1.5]

    def probability(self, word, history):
        return self.interpolated(word, history[max(0, len(history) + 1 - self.order) :])

    def interpolated(self, word, context):
        shorter = self.interpolated(word, context[1:]) if context else 1 / VOCABULARY
        followers = self.followers[context]
        if not followers:
            return shorter
        discounts = [0.0, *self.discounts[len(context)]]
        total = sum(followers.values())
        count = followers.get(word, 0)
        left = sum(discounts[min(c, 3)] for c in followers.values())
        return (count - discounts[min(count, 3)] + left * shorter) / total


@given(train=DOCUMENTS, test=DOCUMENTS, order=ORDERS)
def test_probabilities_are_those_of_the_published_formulas(train, test, order):
    judge = Published(train, order)
    wanted = [
        -math.log(judge.probability(word, (START, *document[:place])))
        for document in test
        for place, word in enumerate(document)
    ]
    found = trained(train, order).surprisals(encoded(test))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_estimated_discounts_are_used_where_there_are_enough_counts():
    documents = random_documents(1, 600, 3, 400)
    model, judge = trained(documents, 4), Published(documents, 4)
    np.testing.assert_allclose(model.smoothing.discounts, judge.discounts, rtol=1e-12)
    fixed = [place for place, found in enumerate(judge.discounts) if found == [0.5, 1.0, 1.5]]
    assert 0 < len(fixed) < 4
    assert [note[:8] for note in model.notes] == [f"{place + 1}-grams:" for place in fixed]
    wanted = [
        -math.log(judge.probability(word, (START, *document[:place])))
        for document in documents
        for place, word in enumerate(document)
    ]
    np.testing.assert_allclose(model.surprisals(encoded(documents)), wanted, rtol=1e-5)


@given(train=DOCUMENTS, walk=st.lists(st.integers(0, VOCABULARY - 1), max_size=8), order=ORDERS)
def test_probabilities_sum_to_1_in_every_context(train, walk, order):
    model = trained(train, order)
    every = np.flatnonzero(np.diff(model.tree.firsts)).astype(np.int32)
    sums = np.exp(model.log_probabilities(every).astype(float)).sum(axis=1)
    np.testing.assert_allclose(sums, 1, rtol=0, atol=1e-6)
    state = model.begin(1)
    for word in walk:
        state = model.advance(state, np.array([word]))
        logs = model.log_probabilities(state).astype(float)
        assert np.exp(logs).sum() == pytest.approx(1, abs=1e-6)


@given(train=DOCUMENTS, test=DOCUMENTS, order=ORDERS)
def test_distributions_agree_with_surprisals_bit_for_bit(train, test, order):
    model = trained(train, order)
    for document in filter(None, test):
        state, steps = model.begin(2), []
        for word in document:
            logs = model.log_probabilities(state)
            assert (logs[0] == logs[1]).all()
            steps.append(-logs[0, word])
            state = model.advance(state, np.array([word, word]))
        assert model.surprisals(encoded([document])).tolist() == steps


def test_three_lines_by_hand():
    """Bigrams occur 3, 2, 1, 2, 1 times, so Y = 1/3 and D = 1/3, 3/2, 3; for words D is fixed."""
    spelling, text = Spelling.learn(
        iter(["a b", "a b", "a c"]), documents="line", min_count=1, lowercase=False
    )
    model = NgramModel.train(NgramConfig(order=2), spelling, text)
    np.testing.assert_allclose(model.smoothing.discounts, [[0.5, 1, 1.5], [1 / 3, 1.5, 3]])
    known = spelling.encode(iter(["a b", "a c", "c"]))
    wanted = [0.2, 26 / 90, 0.475, 0.2, 31 / 90, 23 / 30, 0.2, 23 / 30]
    np.testing.assert_allclose(np.exp(-model.surprisals(known)), wanted, rtol=1e-6)
    state = model.advance(model.begin(1), spelling.numbers(["a"]))
    after_a = dict(zip(spelling.vocabulary, np.exp(model.log_probabilities(state)[0]), strict=True))
    assert after_a["<unk>"] == pytest.approx(11 / 180)
    assert after_a["a"] == pytest.approx(11 / 90)
    assert after_a["<eos>"] == pytest.approx(11 / 60)


@pytest.mark.parametrize("order", range(1, 11))
def test_a_corpus_of_one_token_is_enough(order):
    spelling, text = Spelling.learn(iter(["a"]), min_count=1)
    model = NgramModel.train(NgramConfig(order=order), spelling, text)
    test = spelling.encode(iter(["a", "b b a", "", "a a a a a a a a a a a a"]))
    assert np.isfinite(model.surprisals(test)).all()
    assert 1 < model.perplexity(iter(["a"])).perplexity < 3
    assert len(model.notes) == order
    assert "1 and 1.5 are used" in model.notes[0]


@given(train=DOCUMENTS, test=DOCUMENTS, order=ORDERS)
def test_nothing_costs_infinity_and_nothing_is_free(train, test, order):
    surprisals = trained(train, order).surprisals(encoded(test))
    assert np.isfinite(surprisals).all()
    assert (surprisals > 0).all()


@given(train=DOCUMENTS, test=DOCUMENTS, order=ORDERS)
def test_documents_do_not_know_each_other(train, test, order):
    model = trained(train, order)
    alone = [model.surprisals(encoded([document])) for document in test]
    assert model.surprisals(encoded(test)).tolist() == np.concatenate(alone).tolist()
    again = trained(train[::-1], order).surprisals(encoded(test))
    np.testing.assert_allclose(again, model.surprisals(encoded(test)), rtol=1e-6)


@pytest.mark.parametrize("stretch", [1, 3, 7])
def test_stretches_leave_no_seam(stretch, monkeypatch):
    documents = random_documents(2, 10, 0, 0, 1, 21)
    model = trained(documents, 3)
    whole = model.surprisals(encoded(documents))
    monkeypatch.setattr(ngram, "STRETCH", stretch)
    assert model.surprisals(encoded(documents)).tolist() == whole.tolist()


def test_more_context_predicts_the_training_text_better():
    documents = random_documents(3, 2000)
    costs = [
        trained(documents, order).surprisals(encoded(documents)).mean() for order in range(1, 6)
    ]
    assert costs == sorted(costs, reverse=True)


def test_streams_go_on_each_for_itself():
    model = trained(random_documents(4, 300), 4)
    walks = np.array(random_documents(5, 6, 6, 6))
    together = model.begin(3)
    for step in walks.T:
        before = together.copy()
        following = model.advance(together, step)
        assert together.tolist() == before.tolist()
        together = following
    for stream, walk in enumerate(walks):
        alone = model.begin(1)
        for word in walk:
            alone = model.advance(alone, np.array([word]))
        assert alone[0] == together[stream]


@pytest.mark.parametrize("word", [-1, VOCABULARY])
def test_numbers_of_another_vocabulary_are_refused(word):
    model = trained([[1, 2]], 2)
    with pytest.raises(DataError, match="not all in the vocabulary of 5 words"):
        model.surprisals(encoded([[1, word]]))
    with pytest.raises(DataError, match="not all in the vocabulary"):
        model.advance(model.begin(1), np.array([word]))
    with pytest.raises(DataError, match="not all in the vocabulary"):
        trained([[1, word]], 2)


def test_an_empty_text_is_refused():
    with pytest.raises(DataError, match="holds no token"):
        trained([[]], 3)


@pytest.mark.parametrize("order", [0, 11])
def test_orders_have_a_range(order):
    with pytest.raises(SettingsError, match="at least 1 and at most 10"):
        NgramConfig(order=order)


def test_figures_tell_what_was_counted():
    model = trained([[1, 2, 1, 2]], 3)
    assert model.metrics["ngrams"] == [6, 3, 3]
    assert model.metrics["order"] == 3
    assert model.metrics["seconds"] > 0
    assert model.facts == {
        "model": "3-gram, modified Kneser–Ney",
        "vocabulary": 5,
        "n-grams": 12,
    }
