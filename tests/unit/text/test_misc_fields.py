"""Attributes of MISC are read, set and taken away, and no other one is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError
from gradus.text.misc_fields import misc_value, with_misc

names = st.sampled_from(["NER", "SpaceAfter", "NERve", "X"])
values = st.text("ab=\\_ é", max_size=4)
attributes = st.dictionaries(names, st.none() | values, max_size=4)


def written(drawn):
    return "|".join(name if value is None else f"{name}={value}" for name, value in drawn.items())


@given(attributes, names, st.none() | values)
def test_one_attribute_changes_and_the_others_stay(drawn, name, value):
    changed = with_misc(written(drawn) or "_", **{name: value})
    assert misc_value(changed, name) == value
    for other in drawn.keys() - {name}:
        assert misc_value(changed, other) == (drawn[other] or "")
    kept = [one for one in changed.split("|") if one.partition("=")[0] != name]
    assert [one for one in kept if one != "_"] == [
        one for one in written(drawn).split("|") if one and one.partition("=")[0] != name
    ]


def test_several_of_one_name():
    assert misc_value("A=1|B=2|A=3", "A") == "1"
    assert with_misc("A=1|B=2|A=3", A="4") == "A=4|B=2"
    assert with_misc("A=1|B=2|A=3", A=None) == "B=2"


def test_a_name_inside_of_another_text_is_not_it():
    assert misc_value("GlossNER=x|Gloss=NER", "NER") is None


@pytest.mark.parametrize("value", ["a|b", "a\tb", "a\nb", "\r"])
def test_values_that_would_break_the_column(value):
    with pytest.raises(DataError, match="cannot be written into MISC"):
        with_misc("_", NER=value)


@pytest.mark.parametrize("name", ["", "a=b", "a|b"])
def test_names_that_would_be_read_otherwise(name):
    with pytest.raises(DataError, match="cannot be the name"):
        with_misc("_", **{name: "x"})
