"""Compiled walks in the tree of n-grams, judged by their plain twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ngram_texts import DOCUMENTS, VOCABULARY, encoded, random_documents, trained

from gradus.tasks.lm.kernels import ngrams, reference

ORDERS = st.integers(1, 4)


@given(documents=DOCUMENTS, order=ORDERS)
def test_links_follow_the_reference(documents, order):
    tree = trained(documents, order).tree
    suffixes, onward = np.empty_like(tree.suffixes), np.empty_like(tree.onward)
    assert reference.link_(tree.words, tree.firsts, suffixes, onward) == reference.ABSENT
    assert tree.suffixes.tolist() == suffixes.tolist()
    assert tree.onward.tolist() == onward.tolist()


@given(documents=DOCUMENTS, order=st.integers(2, 4), data=st.data())
def test_a_changed_word_is_found_where_the_reference_finds_it(documents, order, data):
    tree = trained(documents, order).tree
    words = tree.words.copy()
    place = data.draw(st.integers(VOCABULARY + 2, len(words) - 1))
    words[place] = data.draw(st.integers(-1, VOCABULARY - 1))
    found = [
        judge(words, tree.firsts, np.empty_like(words), np.empty_like(words))
        for judge in (ngrams.link_, reference.link_)
    ]
    assert found[0] == found[1]


@given(train=DOCUMENTS, test=DOCUMENTS, order=ORDERS, data=st.data())
def test_scores_follow_the_reference(train, test, order, data):
    model, text = trained(train, order), encoded(test)
    begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    context = data.draw(st.sampled_from(sorted(set(model.tree.onward.tolist()))))
    start, found = int(model.begin(1)[0]), []
    for kernel in (ngrams, reference):
        out = np.empty(end - begin, np.float32)
        last = kernel.score_(
            *(text.ids, text.bounds, begin, end, context, start, model._tables, out)
        )
        found.append((last, out))
    assert found[0][0] == found[1][0]
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-6)


@pytest.mark.parametrize("order", range(1, 5))
def test_steps_and_distributions_follow_the_reference(order):
    model = trained(random_documents(order, 60, 4), order)
    contexts = np.unique(model.tree.onward)
    out = [np.empty((len(contexts), VOCABULARY), np.float32) for _ in range(2)]
    for kernel, rows in zip((ngrams, reference), out, strict=True):
        kernel.distribute_(contexts, order, model._tables, rows)
    np.testing.assert_allclose(out[0], out[1], rtol=1e-6)
    for word in range(VOCABULARY):
        after = [contexts.copy(), contexts.copy()]
        for kernel, states in zip((ngrams, reference), after, strict=True):
            kernel.advance_(states, np.full(len(contexts), word), model._tables)
        assert after[0].tolist() == after[1].tolist()
