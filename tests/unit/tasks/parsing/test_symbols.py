"""How words and tags become numbers for a parser, and how a folder keeps the lists."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import FormatError
from gradus.nn.embeddings import UNKNOWN
from gradus.tasks.parsing.settings import ParserConfig
from gradus.tasks.parsing.symbols import Symbols
from gradus.text.document import Sentence, Word
from gradus.text.vocabulary import VOCABULARY

FORMS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n"), min_size=1)
CONFIG = ParserConfig(min_count=1, affix_dim=8, char_dim=8, xpos=True)


def symbols_of(*words: Word, config: ParserConfig = CONFIG) -> Symbols:
    return Symbols.learn(config, [Sentence(list(words))])


def test_unseen_tags_are_unknown_and_unseen_features_nothing():
    symbols = symbols_of(Word("a", upos="NOUN", xpos="n", feats="A=1|B=2"), Word("b", upos="X"))
    tags = symbols.tagged([("NOUN", "n", "B=2|C=3"), ("SYM", "?", "D=4"), ("_", "_", "_")])
    assert tags.upos.tolist() == [2, UNKNOWN, UNKNOWN]
    assert tags.xpos.tolist() == [3, UNKNOWN, 2]  # a word without one was seen
    assert [row[row > 0].tolist() for row in tags.features] == [[3], [], []]


def test_what_is_not_read_is_not_counted():
    config = ParserConfig(upos=False, xpos=False, feats=False, affix_dim=0, char_dim=0)
    symbols = symbols_of(*[Word("abc", upos="X", feats="A=1")] * 9, config=config)
    assert (
        symbols.upos,
        symbols.features,
        symbols.forms.characters,
        len(symbols.forms.affixes),
    ) == (
        *([], [], []),
        0,
    )
    found = symbols.forms.spelled(["abc"])
    assert found.affixes.shape == found.characters.shape == (1, 0)


@given(forms=st.lists(FORMS, min_size=1, max_size=6))
def test_a_folder_gives_the_same_symbols(forms, tmp_path_factory):
    folder = tmp_path_factory.mktemp("symbols")
    symbols = symbols_of(*(Word(form, upos="X", feats="A=1") for form in forms * 5))
    lists = json.loads(json.dumps(symbols.save(folder)))
    loaded = Symbols.load(CONFIG, folder, lists)
    for ours, theirs in zip(loaded.forms.spelled(forms), symbols.forms.spelled(forms), strict=True):
        assert np.array_equal(ours, theirs)
    assert [part.tolist() for part in loaded.tagged([("X", "_", "A=1")])] == [[2], [2], [[2]]]


@pytest.mark.parametrize(
    "lists", [None, [], {}, {"characters": [1], "upos": [], "xpos": [], "features": []}]
)
def test_damaged_lists_are_told_by_their_folder(lists, tmp_path):
    symbols_of(Word("a")).save(tmp_path)
    with pytest.raises(FormatError, match=str(tmp_path)):
        Symbols.load(CONFIG, tmp_path, lists)


@pytest.mark.parametrize("name", [VOCABULARY, "affixes.txt", "vector-words.txt"])
def test_a_missing_list_is_told_by_its_name(name, tmp_path):
    lists = symbols_of(Word("a")).save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(FormatError, match=f"{name} is missing"):
        Symbols.load(CONFIG, tmp_path, lists)
