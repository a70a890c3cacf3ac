"""Checks of a set of labels, and splits that keep the share of every class."""

import difflib
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Int

from gradus.core.errors import DataError, SettingsError
from gradus.core.seeding import stream
from gradus.tasks.classification.examples import Examples

#: Classes that a message lists.
LISTED = 10


def check_labels(train: Examples) -> list[str]:
    """The classes to learn: those that occur, sorted.

    Raises:
        DataError: there are no labels, or all are one.

    >>> check_labels(Examples.of(["fine", "dull"], ["pos", "neg"]))
    ['neg', 'pos']
    """
    if not train.labels:
        raise DataError("the training examples have no labels; read them with labelled=True")
    if len(train.classes) == 1:
        raise DataError(
            f"all {len(train):,} examples have the label {train.classes[0]!r}; a classifier needs "
            "examples of two classes or more"
        )
    return train.classes


def check_known(examples: Examples, classes: Sequence[str]) -> None:
    """Raise :class:`DataError` where an example has no label, or one that is none of ``classes``.

    >>> check_known(Examples.of(["fine"], ["poss"]), ["neg", "pos"])
    Traceback (most recent call last):
    gradus.core.errors.DataError: the texts given, line 1: the label 'poss' does not occur in the
    training examples, perhaps 'pos': they have neg, pos
    """
    if examples.labels is None:
        raise DataError("these examples have no labels; read them with labelled=True")
    known = set(classes)
    for index, label in enumerate(examples.labels):
        if label not in known:
            near = difflib.get_close_matches(label, classes, n=3, cutoff=0.5)
            # other case is the commonest slip, and may leave no letter alike
            near = [one for one in classes if one.casefold() == label.casefold()] or near
            hint = f", perhaps {' or '.join(map(repr, near))}" if near else ""
            more = f" and {len(classes) - LISTED} more" if len(classes) > LISTED else ""
            raise DataError(
                f"{examples.places[index]}: the label {label!r} does not occur in the training "
                f"examples{hint}: they have {', '.join(classes[:LISTED])}{more}"
            )


def split_examples(examples: Examples, share: float, seed: int) -> tuple[Examples, Examples]:
    """Put ``share`` of the examples, and of each class, aside; give the rest and them.

    Both keep the order of the file. Every class keeps an example in the rest.

    Raises:
        SettingsError: ``share`` is not between 0 and 1.
        DataError: there are too few examples to put one aside.
    """
    if not 0 < share < 1:
        raise SettingsError(f"share={share} is out of range: choose a value between 0 and 1")
    order, numbers, counts = _by_class(examples, stream(seed, "split"))
    quotas = _quotas(counts, share)
    if not quotas.any():
        raise DataError(
            f"share={share} of {len(examples)} examples in {len(counts)} classes is not one "
            "example; choose a larger share, give dev examples of their own, or do without"
        )
    rank = np.arange(len(order)) - (np.cumsum(counts) - counts)[numbers]
    aside = rank < quotas[numbers]
    return examples.take(np.sort(order[~aside])), examples.take(np.sort(order[aside]))


def folds(examples: Examples, k: int, seed: int) -> Iterator[tuple[Examples, Examples]]:
    """``k`` pairs of training and test examples; every example is in one test part.

    The sizes of the test parts differ by at most 1, and so do their counts of each class.

    Raises:
        SettingsError: ``k`` is below 2 or above the number of examples.
        DataError: a class has one example, so that it has none where that one is tested.

    >>> examples = Examples.of(list("abcd"), ["x", "y", "x", "y"])
    >>> [sorted(test.labels) for _, test in folds(examples, 2, seed=1)]
    [['x', 'y'], ['x', 'y']]
    """
    if not 2 <= k <= len(examples):
        raise SettingsError(
            f"k={k} is out of range: choose a number of folds from 2 to {len(examples)}, "
            "the number of examples"
        )
    order, _, counts = _by_class(examples, stream(seed, "folds"))
    if counts.min() < 2:
        lonely = int(order[(np.cumsum(counts) - 1)[counts.argmin()]])
        raise DataError(
            f"{examples.places[lonely]}: the only example of its class; folds need two or more"
        )
    # dealt out class by class, like cards
    fold = np.empty(len(order), dtype=int)
    fold[order] = np.arange(len(order)) % k
    for number in range(k):
        yield (
            examples.take(np.flatnonzero(fold != number)),
            examples.take(np.flatnonzero(fold == number)),
        )


def _by_class(
    examples: Examples, rng: np.random.Generator
) -> tuple[Int[np.ndarray, " examples"], Int[np.ndarray, " examples"], Int[np.ndarray, " classes"]]:
    """The examples class by class, shuffled within each; their classes; the counts of these."""
    if not examples.labels:
        raise DataError("examples without labels cannot be split by class")
    _, numbers, counts = np.unique(examples.labels, return_inverse=True, return_counts=True)
    shuffled = rng.permutation(len(numbers))
    order = shuffled[np.argsort(numbers[shuffled], kind="stable")]
    return order, numbers[order], counts


def _quotas(counts: Int[np.ndarray, " classes"], share: float) -> Int[np.ndarray, " classes"]:
    """How many of each class are ``share`` of it, rounded so that all together are too."""
    exact = share * counts
    quotas = np.floor(exact).astype(int)
    rest = round(exact.sum()) - int(quotas.sum())
    quotas[np.argsort(quotas - exact, kind="stable")[:rest]] += 1
    return np.minimum(quotas, counts - 1)
