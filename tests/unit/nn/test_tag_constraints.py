"""Which label may follow which: judged by a regular expression over every short sequence."""

import re
from itertools import pairwise, product

import pytest

from gradus.core.errors import DataError, SettingsError
from gradus.nn.tag_constraints import allowed_transitions

#: A whole sequence of labels with the types x and y, each label with a blank after it.
SEQUENCES = {
    "BIO": r"(O |B-(\w) (I-\2 )*)*",
    "IOB1": r"(O |(I|(?<=[IB]-x )B)-x |(I|(?<=[IB]-y )B)-y )*",
    "BIOES": r"(O |S-\w |B-(\w) (I-\2 )*E-\2 )*",
    "BILOU": r"(O |U-\w |B-(\w) (I-\2 )*L-\2 )*",
}
LETTERS = {"BIO": "BI", "IOB1": "IB", "BIOES": "BIES", "BILOU": "BILU"}


def is_allowed(path, table) -> bool:
    edge = len(table) - 1
    return all(table[before, after] for before, after in pairwise((edge, *path, edge)))


@pytest.mark.parametrize("scheme", SEQUENCES)
def test_sequences_are_allowed_if_they_are_of_the_scheme(scheme):
    labels = ["O", *(f"{letter}-{kind}" for kind in "xy" for letter in LETTERS[scheme])]
    table = allowed_transitions(labels, scheme).numpy()
    for length in range(5):
        for path in product(range(len(labels)), repeat=length):
            text = "".join(f"{labels[label]} " for label in path)
            of_the_scheme = bool(re.fullmatch(SEQUENCES[scheme], text))
            assert is_allowed(path, table) == of_the_scheme, text


def test_types_may_have_hyphens():
    table = allowed_transitions(["B-a", "B-a-b", "I-a-b"], "BIO").int().tolist()
    assert [row[2] for row in table] == [0, 1, 1, 0]


def test_labels_of_another_scheme_and_unknown_schemes_are_told():
    with pytest.raises(DataError, match="E-PER"):
        allowed_transitions(["O", "E-PER"], "BIO")
    with pytest.raises(SettingsError, match="tagging scheme 'BOI' is unknown"):
        allowed_transitions(["O"], "BOI")
