"""Catalogues: lines of settings become parts, and wrong ones are explained."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.catalogue import Catalogue
from gradus.core.errors import SettingsError


@pytest.fixture
def dishes():
    catalogue = Catalogue[tuple]("dish")

    @catalogue.add("soup")
    def soup(litres: float = 1.0, *, hot: bool = True, table: int = 0) -> tuple:
        """Something to begin with.

        More about it.
        """
        return ("soup", litres, hot, table)

    catalogue.add("bread", about="Something to go with it.")(lambda: ("bread",))
    return catalogue


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("soup", ("soup", 1.0, True, 0)),
        ("soup()", ("soup", 1.0, True, 0)),
        (" soup(2) ", ("soup", 2, True, 0)),
        ("soup(-0.5, hot=False)", ("soup", -0.5, False, 0)),
        ("bread", ("bread",)),
    ],
)
def test_a_line_names_a_part_and_its_arguments(dishes, line, made):
    assert dishes.make(line) == made


def test_context_is_passed_on_and_not_offered_to_the_line(dishes):
    assert dishes.make("soup(3)", table=7) == ("soup", 3, True, 7)
    with pytest.raises(SettingsError, match=r"takes litres=1\.0, hot=True$"):
        dishes.make("soup(salt=1)", table=7)


def test_entries_know_what_they_are_about(dishes):
    assert [(entry.name, entry.about) for entry in dishes.entries()] == [
        ("soup", "Something to begin with."),
        ("bread", "Something to go with it."),
    ]
    assert "soup" in dishes
    assert len(dishes) == 2


def test_an_unknown_name_is_answered_with_near_ones_and_all_others(dishes):
    with pytest.raises(SettingsError, match=r"'soop' is unknown, perhaps 'soup'.*soup, bread"):
        dishes.make("soop(1)")


@pytest.mark.parametrize(
    "line",
    ["", "soup(", "soup(1", "soup + 1", "soup(print('x'))", "soup(**{})", "a.b", "soup(x)", "1"],
)
def test_a_line_that_is_no_call_with_plain_values_is_refused(dishes, line):
    with pytest.raises(SettingsError):
        dishes.make(line)


@given(line=st.text(alphabet=string.printable, max_size=30))
def test_any_other_text_is_refused_without_running_it(line):
    catalogue = Catalogue[str]("thing")
    catalogue.add("thing")(lambda: "made")
    try:
        assert catalogue.make(line) == "made"
    except SettingsError:
        return
    assert line.strip().startswith("thing")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("soup(table=3)", "table is not for this line to set; it takes litres=1.0, hot=True$"),
        ("soup('much')", "litres='much': input should be a valid number"),
        ("soup(True)", "litres=True: input should be a valid number"),
        ("soup(hot=1)", "hot=1: input should be a valid boolean"),
    ],
)
def test_values_that_are_not_for_a_line_or_of_another_type_are_refused(dishes, line, text):
    with pytest.raises(SettingsError, match=rf"^dish {re.escape(line)}: {text}"):
        dishes.make(line, table=7)


def test_a_list_may_stand_for_a_tuple_and_a_makers_complaint_names_the_line():
    catalogue = Catalogue[tuple]("dish")

    @catalogue.add("cake")
    def cake(layers: tuple[int, ...]) -> tuple:
        """Layers on layers."""
        if not layers:
            raise SettingsError("a cake needs layers")
        return layers

    assert catalogue.make("cake([1, 2])") == (1, 2)
    with pytest.raises(SettingsError, match=r"^dish cake\(\(\)\): a cake needs layers$"):
        catalogue.make("cake(())")
    with pytest.raises(SettingsError, match=r"layers=\(1, 'x'\): input should be a valid integer"):
        catalogue.make("cake((1, 'x'))")
