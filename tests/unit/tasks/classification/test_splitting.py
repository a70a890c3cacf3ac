"""Splits keep every example once and the share of every class; labels that do not fit are told."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.classification.examples import Examples
from gradus.tasks.classification.splitting import check_known, check_labels, folds, split_examples

LABELS = st.lists(st.sampled_from("abcde"), min_size=2, max_size=80)


def examples(labels):
    return Examples.of([f"text {number}" for number in range(len(labels))], list(labels))


def numbers(part):
    return [int(text.split()[1]) for text in part.texts]


@given(labels=LABELS, share=st.floats(0.02, 0.98), seed=st.integers(0, 5))
def test_a_split_has_each_example_once_and_each_class_in_proportion(labels, share, seed):
    counts = Counter(labels)
    assume(any(share * count >= 1 and count > 1 for count in counts.values()))
    rest, aside = split_examples(examples(labels), share, seed)
    assert sorted(numbers(rest) + numbers(aside)) == list(range(len(labels)))
    assert numbers(rest) == sorted(numbers(rest)) and numbers(aside) == sorted(numbers(aside))
    taken = Counter(aside.labels)
    for label, count in counts.items():
        assert taken[label] < count
        assert abs(taken[label] - min(share * count, count - 1)) < 1
    if all(share * count <= count - 1 for count in counts.values()):
        assert abs(len(aside) - share * len(labels)) <= 0.5


@given(labels=LABELS, k=st.integers(2, 10), seed=st.integers(0, 5))
def test_folds_test_each_example_once_and_share_out_every_class(labels, k, seed):
    labels, k = labels * 2, min(k, 2 * len(labels))  # two or more of each class
    parts = list(folds(examples(labels), k, seed))
    assert sorted(number for _, test in parts for number in numbers(test)) == list(
        range(len(labels))
    )
    for label in set(labels):
        counts = [Counter(test.labels)[label] for _, test in parts]
        assert max(counts) - min(counts) <= 1
    sizes = [len(test) for _, test in parts]
    assert max(sizes) - min(sizes) <= 1
    for train, test in parts:
        assert sorted(numbers(train) + numbers(test)) == list(range(len(labels)))
        assert set(train.labels) == set(labels)


def test_splits_and_folds_follow_from_the_seed():
    given_ = examples("ab" * 50)
    first, same, other = (numbers(split_examples(given_, 0.2, seed)[1]) for seed in (1, 1, 2))
    assert first == same != other
    first, same, other = (numbers(next(folds(given_, 5, seed))[1]) for seed in (1, 1, 2))
    assert first == same != other


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: split_examples(examples("ab"), 0, 1), SettingsError, "share=0 is out of range"),
        (lambda: split_examples(examples("ab"), 0.1, 1), DataError, "share=0.1 of 2 examples in 2"),
        (lambda: split_examples(Examples.of(["a"]), 0.1, 1), DataError, "without labels"),
        (lambda: list(folds(examples("abab"), 5, 1)), SettingsError, "k=5 .* from 2 to 4"),
        (lambda: list(folds(examples("aba"), 2, 1)), DataError, "line 2: the only example of its"),
    ],
)
def test_what_cannot_be_split_is_explained(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_classes_are_sorted():
    assert check_labels(examples("cab")) == ["a", "b", "c"]


def test_classes_that_cannot_be_learnt_are_explained():
    with pytest.raises(DataError, match=r"all 3 examples have the label 'a'; .* two classes"):
        check_labels(examples("aaa"))
    with pytest.raises(DataError, match="no labels"):
        check_labels(Examples.of(["a"]))


def test_a_label_that_only_dev_has_is_named_with_its_place_and_near_ones():
    classes = ["Sports", "news", "science"]
    check_known(examples(["news", "news"]), classes)
    with pytest.raises(DataError, match=r"line 2: the label 'SPORTS' .* perhaps 'Sports': they"):
        check_known(examples(["news", "SPORTS"]), classes)
    with pytest.raises(DataError, match=r"'sceince' .* perhaps 'science'"):
        check_known(examples(["sceince"]), classes)
    with pytest.raises(DataError, match="examples: they have Sports, news, science"):
        check_known(examples(["xxx"]), classes)
    with pytest.raises(DataError, match="these examples have no labels"):
        check_known(Examples.of(["a"]), classes)


def test_of_many_classes_a_message_lists_some():
    classes = [f"class {number:02}" for number in range(30)]
    with pytest.raises(DataError, match=r"class 09 and 20 more$"):
        check_known(examples(["?"]), classes)


def test_indices_choose_examples_in_their_order():
    chosen = examples("abc").take(np.array([2, 0]))
    assert (chosen.labels, numbers(chosen)) == (["c", "a"], [2, 0])
