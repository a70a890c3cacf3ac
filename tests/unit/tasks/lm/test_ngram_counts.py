"""What is counted and how it is kept, judged by dictionaries of tuples."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ngram_texts import DOCUMENTS, VOCABULARY, encoded

from gradus.core.errors import FormatError, MemoryLimitError
from gradus.tasks.lm import ngram_counts
from gradus.tasks.lm.kernels.reference import sequences
from gradus.tasks.lm.ngram_counts import count_ngrams
from gradus.tasks.lm.ngram_files import packed, read_counts, unpacked, write_counts
from gradus.tasks.lm.ngram_tree import NgramTree
from gradus.tasks.lm.smoothing import estimated_discounts

ORDERS = st.integers(1, 5)
MARK = VOCABULARY


def counted(documents, order):
    return count_ngrams(encoded(documents), vocabulary=VOCABULARY, order=order)


def occurrences(documents, order):
    """How often each run of a marked document occurs."""
    return Counter(
        marked[end - length : end]
        for marked in ((MARK, *document) for document in documents)
        for length in range(1, order + 1)
        for end in range(length, len(marked) + 1)
    )


@given(documents=DOCUMENTS, order=ORDERS)
def test_counts_are_of_what_stands_in_front(documents, order):
    tree, raw = NgramTree.grow(counted(documents, order)), occurrences(documents, order)
    front = defaultdict(set)
    for run in raw:
        front[run[1:]].add(run[0])
    found = dict(zip(sequences(tree.words, tree.firsts), tree.counts.tolist(), strict=True))
    assert set(found) == {(), *((word,) for word in range(MARK + 1)), *raw}
    for run, count in found.items():
        if run in ((), (MARK,)):
            continue
        unpreceded = len(run) == order or run[0] == MARK
        assert count == (raw[run] if unpreceded else len(front[run]))
    assert tree.sizes == [
        max(MARK + 1 if length == 1 else 0, sum(len(run) == length for run in raw))
        for length in range(1, order + 1)
    ]


def test_sequences_are_numbered_in_32_bits(monkeypatch):
    monkeypatch.setattr(ngram_counts, "MOST", 12)
    assert len(counted([[1, 2, 1]], 2).words) == 3
    with pytest.raises(
        MemoryLimitError, match="16 different sequences of up to 4 tokens, more than 12"
    ):
        counted([[1, 2, 1, 1, 4]], 4)


@given(numbers=st.lists(st.integers(0, 600) | st.integers(0, 2**63 - 1)))
def test_packed_numbers_come_back(numbers):
    assert unpacked(*packed(np.array(numbers, dtype=np.int64))).tolist() == numbers


def test_places_and_large_numbers_must_go_together():
    with pytest.raises(FormatError, match="1 places for large numbers, but 0"):
        unpacked(np.array([255], np.uint8), np.zeros(0, np.int64))


@given(documents=DOCUMENTS, order=ORDERS)
def test_counts_come_back_from_a_file(documents, order, tmp_path):
    counts = counted(documents, order)
    write_counts(tmp_path / "counts", counts)
    again = read_counts(tmp_path / "counts", vocabulary=VOCABULARY, order=order)
    for name in ("words", "children", "counts"):
        assert getattr(again, name).tolist() == getattr(counts, name).tolist()


@given(numbers=st.lists(st.integers(1, 6), min_size=1))
def test_discounts_are_positive_and_at_most_their_count(numbers):
    found = estimated_discounts(np.array(numbers))
    if found is not None:
        assert all(0 < discount <= k for k, discount in enumerate(found, start=1))
    elif {1, 2, 3} <= set(numbers):
        n = Counter(numbers)
        y = n[1] / (n[1] + 2 * n[2])
        assert min(2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]) <= 1e-12
