"""How forms become numbers, whatever they hold."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gradus.nn.embeddings import PADDING, UNKNOWN
from gradus.tasks.base.words.affixes import affixes_of, shape_of
from gradus.tasks.base.words.settings import FormConfig
from gradus.tasks.base.words.symbols import CHARACTERS, FIRST, FormSymbols
from gradus.text.document import Sentence, Word

FORMS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n"), min_size=1)
CONFIG = FormConfig(min_count=1, affix_dim=8, char_dim=8)


def symbols_of(*words: Word, config: FormConfig = CONFIG) -> FormSymbols:
    return FormSymbols.learn(config, [Sentence(list(words))])


@given(form=FORMS)
def test_affixes_are_beginnings_and_ends_of_the_form(form):
    low = form.lower()
    *affixes, shape = affixes_of(form)
    assert shape == f"={shape_of(form)}"
    for affix in affixes:
        begins = affix.startswith("^") and low.startswith(affix[1:])
        assert begins or (affix.endswith("$") and low.endswith(affix[:-1]))
    assert len(affixes) == min(3, len(low)) + min(4, len(low))


@given(form=FORMS)
def test_a_shape_has_no_letter_twice_in_a_row(form):
    shape = shape_of(form)
    assert 1 <= len(shape) <= 8
    assert all(first != second for first, second in pairwise(shape))


@given(forms=st.lists(FORMS, min_size=1, max_size=6))
def test_known_forms_have_numbers_of_their_own(forms):
    symbols = symbols_of(*(Word(form) for form in forms))
    found = symbols.spelled(forms)
    assert len(set(found.words.tolist())) == len(set(forms))
    assert (found.words >= FIRST).all()
    letters = {letter for form in forms for letter in form}
    assert len(symbols.characters) == len(letters)
    for form, row in zip(forms, found.characters, strict=True):
        own = [symbols.characters[number - FIRST] for number in row[row != PADDING].tolist()]
        assert own == list(form[:CHARACTERS])


def test_rare_forms_are_unknown_and_common_ones_first():
    words = [Word(form) for form in ["b", "a", "c", "a", "b", "a", "d"]]
    symbols = symbols_of(*words, config=FormConfig(min_count=2))
    assert symbols.words.words == ["a", "b"]
    assert symbols.spelled(["a", "b", "c", "A"]).words.tolist() == [2, 3, UNKNOWN, UNKNOWN]


def test_vectors_know_small_letters_too():
    known = symbols_of(Word("a"))
    symbols = replace(known, vector_words=["cat", "Rome"])
    assert symbols.spelled(["cat", "Cat", "Rome", "rome", "dog"]).vectors.tolist() == [
        *(1, 1, 2, 0, 0)
    ]
