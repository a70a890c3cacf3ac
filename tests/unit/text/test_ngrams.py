"""Sequences of words: which are kept and which rows a text has, against plain counting."""

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradus.text.kernels import reference_ngrams as reference
from gradus.text.ngrams import HashedNgrams, Ngrams, Texts

WORDS = 5
DOCUMENTS = st.lists(st.lists(st.integers(-1, WORDS - 1), max_size=12), min_size=1, max_size=8)


def texts_of(documents):
    ids = np.array([word for text in documents for word in text], dtype=np.int64)
    return Texts(ids, np.cumsum([0, *map(len, documents)]))


def sequences(text, length):
    """Every run of ``length`` known words."""
    runs = [tuple(text[at : at + length]) for at in range(len(text) - length + 1)]
    return [run for run in runs if -1 not in run]


def rows_of(table, documents):
    features, bounds = table.features(texts_of(documents))
    return [features[a:b].tolist() for a, b in pairwise(bounds)]


@given(documents=DOCUMENTS, order=st.integers(1, 4), min_count=st.integers(1, 3))
def test_sequences_that_are_frequent_have_a_row_each(documents, order, min_count):
    table = Ngrams.learn(texts_of(documents), words=WORDS, order=order, min_count=min_count)
    frequent = [
        {run for run, count in counts.items() if count >= min_count}
        for length in range(2, order + 1)
        for counts in [Counter(run for text in documents for run in sequences(text, length))]
    ]
    assert [len(keys) for keys in table.keys] == [len(runs) for runs in frequent]
    assert table.size == WORDS + sum(map(len, frequent))
    for text, rows in zip(documents, rows_of(table, documents), strict=True):
        expected = {word for word in text if word != -1}
        expected |= {
            run for runs in frequent for run in runs if run in set(sequences(text, len(run)))
        }
        assert len(rows) == len(set(rows)) == len(expected)
        assert {row for row in rows if row < WORDS} == {w for w in text if w != -1}


@given(documents=DOCUMENTS, order=st.integers(2, 3))
def test_the_same_sequence_has_the_same_row_everywhere(documents, order):
    table = Ngrams.learn(texts_of(documents), words=WORDS, order=order, min_count=1)
    known = {}
    for text in documents:
        for length in range(2, order + 1):
            for run in set(sequences(text, length)):
                alone = rows_of(table, [list(run)])[0]
                known.setdefault(run, alone[-1])
                assert alone[-1] == known[run]
    assert len(set(known.values())) == len(known)


@given(documents=DOCUMENTS, order=st.integers(2, 3), buckets=st.integers(1, 50))
def test_hashed_sequences_share_their_rows(documents, order, buckets):
    table = HashedNgrams(WORDS, order, buckets)
    for text, rows in zip(documents, rows_of(table, documents), strict=True):
        assert {row for row in rows if row < WORDS} == {word for word in text if word != -1}
        hashed = {row for row in rows if row >= WORDS}
        runs = {run for length in range(2, order + 1) for run in sequences(text, length)}
        assert len(hashed) <= min(len(runs), buckets)
        assert bool(hashed) == bool(runs)
        assert all(row < table.size for row in rows)


def test_a_sequence_does_not_reach_into_the_next_text():
    table = Ngrams.learn(texts_of([[0, 1], [0], [1]]), words=2, order=2, min_count=1)
    assert rows_of(table, [[0], [1]]) == [[0], [1]]
    assert rows_of(table, [[0, 1]]) == [[0, 1, 2]]


def test_hashes_spread():
    pairs = [[a, b] for a in range(40) for b in range(40)]
    rows = rows_of(HashedNgrams(40, 2, 1 << 20), pairs)
    assert len({row[-1] for row in rows}) > 0.99 * len(pairs)


@given(documents=DOCUMENTS, order=st.integers(1, 4), min_count=st.integers(1, 3))
def test_compiled_tables_follow_the_reference(documents, order, min_count):
    table = Ngrams.learn(texts_of(documents), words=WORDS, order=order, min_count=min_count)
    known, rows = {}, documents
    for keys in table.keys:
        met = [reference.extended(*pair, WORDS) for pair in zip(documents, rows, strict=True)]
        wanted = [key for text in met for key in text if key != reference.ABSENT]
        assert keys.tolist() == reference.frequent(wanted, min_count)
        known |= {key: WORDS + len(known) + place for place, key in enumerate(keys.tolist())}
        rows = [[known.get(key, reference.ABSENT) for key in text] for text in met]
    assert rows_of(table, documents) == reference.distinct_rows(documents, WORDS, order, known, 0)


@given(documents=DOCUMENTS, order=st.integers(1, 4), buckets=st.integers(1, 50))
def test_compiled_hashes_follow_the_reference(documents, order, buckets):
    rows = rows_of(HashedNgrams(WORDS, order, buckets), documents)
    assert rows == reference.distinct_rows(documents, WORDS, order, None, buckets)


@given(documents=DOCUMENTS, order=st.integers(1, 4))
def test_a_row_can_be_read_as_words(documents, order):
    table = Ngrams.learn(texts_of(documents), words=WORDS, order=order, min_count=1)
    for text, rows in zip(documents, rows_of(table, documents), strict=True):
        runs = {run for length in range(1, order + 1) for run in sequences(text, length)}
        assert {table.sequence(row) for row in rows} == runs
