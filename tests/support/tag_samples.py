"""Tags to draw: any letters in any order, so that most sentences break every scheme."""

from hypothesis import strategies as st

LETTERS = {"IOB1": "BI", "IOB2": "BI", "BIOES": "BIES", "BILOU": "BILU"}
TYPES = ("PER", "LOC", "creative-work")


def tags(scheme):
    """Tags with the letters of a scheme; two of three words stand in some span."""
    marked = [f"{letter}-{kind}" for letter in LETTERS[scheme] for kind in TYPES]
    return st.one_of(st.just("O"), *[st.sampled_from(marked)] * 2)


def sentences(scheme):
    return st.lists(tags(scheme), max_size=10)
