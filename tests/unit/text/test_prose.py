import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.text.prose import paragraphs, words

DOCSTRING = """Return the mean of the array elements along the given axis.

    The average is taken over the flattened array by default,
    otherwise over the specified axis.

    Parameters
    ----------
    a : array_like
        Array containing numbers whose mean is desired here.
    axis : None or int or tuple of ints, optional
        Axis along which the means are computed, if any.

    .. versionadded:: 1.7.0

    Notes
    -----
    The sum is then divided by the number of elements, as in::

        total = sum(a) / len(a) for every element that there is

    and this is not always the best way to do it.

    >>> mean([1, 2, 3, 4]) is what the function gives for these
    2.5

    ======  ======
    first   second
    ======  ======

    x = [f(y) for y in range(10)] + [3, 4, 5]; g(x, y=2, **kw)
    """


def test_a_docstring_keeps_its_sentences():
    assert list(paragraphs(DOCSTRING)) == [
        "Return the mean of the array elements along the given axis.",
        "The average is taken over the flattened array by default, "
        "otherwise over the specified axis.",
        "Parameters Array containing numbers whose mean is desired here. "
        "Axis along which the means are computed, if any.",
        "Notes The sum is then divided by the number of elements, as in::",
        "and this is not always the best way to do it.",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call :func:`~os.path.join` with `a` and **b**.", "call os path join with a and b"),
        ("See https://example.org/x?y=1 or [Knuth]_.", "see or"),
        ("A :ref:`label <target>` and $x^2$ and :math:`y`.", "a label and and"),
        ("It's the n_samples-th of 12 items, isn't it?", "it's the n_samples th of items isn't it"),
        ("___ __init__ _private", "__init__ _private"),
        ("", ""),
    ],
)
def test_markup_is_dropped_and_words_are_kept(text, expected):
    assert " ".join(words(text)) == expected


@given(st.text())
def test_any_text_gives_clean_words(text):
    for paragraph in paragraphs(text):
        assert "\n" not in paragraph
    for word in words(text):
        assert re.fullmatch(r"[a-z0-9_]+('[a-z]+)?", word)


WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]


@given(st.lists(st.sampled_from(WORDS), min_size=5))
def test_plain_sentences_pass_unchanged(given_words):
    (paragraph,) = paragraphs(" ".join(given_words))
    assert words(paragraph) == given_words
