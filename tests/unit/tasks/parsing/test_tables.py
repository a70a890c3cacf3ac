"""Products made beforehand: trees by tables are trees by batches, whatever the tables hold."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose
from tiny_parsers import arcs, crossed, learnable, quick, small_config, tiny, treebank

from gradus.tasks.parsing import tables
from gradus.tasks.parsing.naming import Naming
from gradus.tasks.parsing.parser import Parser
from gradus.tasks.parsing.tables import ProductTables, Rows
from gradus.tasks.parsing.training import train_parser
from gradus.tasks.parsing.transition_decoder import TransitionDecoder
from gradus.text.document import Sentence

plain_kinds = pytest.mark.parametrize("kind", ["defeat", "pseudo", "swap", "covington"])


def fresh(kind: str) -> Parser:
    """A parser whose tables are not made yet."""
    old = tiny(kind)
    return Parser(old.config, old.symbols, old.labels, old.classes, old.network)


def by_batches(parser: Parser, sentences: list[Sentence]):
    batch = parser.dataset(sentences).batch(np.arange(len(sentences)))
    found = TransitionDecoder(parser.network).trees(batch, sure=True)
    return Naming(parser.config, parser.labels).trees(found, batch.lengths)


def check(parser: Parser, sentences: list[Sentence]) -> None:
    ours, theirs = parser.trees(sentences, confidence=True), by_batches(parser, sentences)
    assert len(ours) == len(theirs) == len(sentences)
    for tree, other in zip(ours, theirs, strict=True):
        assert tree.heads.tolist() == other.heads.tolist()
        assert tree.labels == other.labels
        assert_allclose(tree.sure, other.sure, rtol=2e-3)  # rows are whole numbers


def strange(words: int, seed: int = 1) -> Sentence:
    """A sentence of forms and tags that training has not met, and some that it has."""
    rng = np.random.default_rng(seed)
    forms = [f"w{number}" if number % 3 else "bx" for number in rng.integers(0, 10**6, words)]
    tags = [str(rng.choice(["NOUN", "VERB", "SYM", "_"])) for _ in forms]
    return Sentence.of(forms, upos=tags)


@plain_kinds
def test_trees_by_tables_are_trees_by_batches(kind):
    check(fresh(kind), [*treebank(40, seed=3), crossed(), strange(1), strange(30)])


@pytest.mark.parametrize("frequent", [0, 3])
@pytest.mark.parametrize("passing", [1, 7, 60])
def test_however_few_rows_there_are(frequent, passing, monkeypatch):
    monkeypatch.setattr(tables, "FREQUENT", frequent)
    monkeypatch.setattr(tables, "PASSING", passing)
    monkeypatch.setattr(tables, "BLOCK", 2)
    parser = fresh("defeat")
    for part in range(4):  # rows of one call are used up by the next
        check(parser, [*treebank(5, seed=part), strange(9, seed=part), strange(1, seed=part)])


def test_a_sentence_of_300_new_words_among_short_ones():
    check(fresh("defeat"), [strange(1), strange(300), strange(2), *treebank(3)])


@pytest.mark.parametrize(
    "tags", [{"upos": False, "feats": False}, {"xpos": True}, {"affix_dim": 0}, {"char_dim": 8}]
)
def test_whatever_is_read_of_a_word(tags):
    parser = train_parser(
        learnable("defeat"), config=small_config(**tags), training=quick(epochs=1)
    )
    check(parser, [*treebank(20, seed=5), strange(12)])


def test_threads_share_the_tables(monkeypatch):
    monkeypatch.setattr(tables, "PASSING", 11)
    parser, alone = fresh("defeat"), fresh("defeat")
    groups = [[strange(40, seed=seed) for _ in range(3)] for seed in range(40)]
    expected = [arcs(alone.parse(group)) for group in groups]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that threads meet in the middle of everything
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(parser.parse, groups))
    finally:
        sys.setswitchinterval(before)
    assert list(map(arcs, found)) == expected


def squares(keys):
    return np.array([[key, key * key] for key in keys], dtype=np.float32).reshape(-1, 2)


def held(rows: Rows, found) -> np.ndarray:
    return rows.table[found] * rows.scales[found][:, None]


@pytest.mark.parametrize("passing", [1, 2, 5])
def test_a_row_holds_what_its_key_says(passing, monkeypatch):
    monkeypatch.setattr(tables, "PASSING", passing)
    rows = Rows(np.zeros((2, 2), np.float32), [3, 4, 5], squares)
    rng = np.random.default_rng(2)
    for _ in range(50):
        keys = rng.integers(0, 20, size=rng.integers(0, 12)).tolist()
        found = rows.find(keys)  # may replace the table
        assert_allclose(held(rows, found), squares(keys), rtol=1e-3)
    assert held(rows, [0, 1]).tolist() == [[0, 0], [0, 0]]
    assert_allclose(held(rows, rows.find([3, 4, 5])), squares([3, 4, 5]), rtol=1e-3)


def test_what_is_known_is_not_computed_again():
    asked = []

    def compute(keys):
        asked.extend(keys)
        return squares(keys)

    rows = Rows(np.zeros((1, 2), np.float32), [1], compute)
    for keys in ([1, 2, 2, 1], [2, 3], [3, 1]):
        rows.find(keys)
    assert asked == [1, 2, 3]
    rows.forget()
    rows.find([1, 3])
    assert asked == [1, 2, 3, 3]


def test_the_tables_hold_the_products_of_the_network():
    parser = fresh("defeat")
    sentence = strange(5)
    made = ProductTables(parser.network, parser.symbols)
    rows = made.rows([sentence], np.array([5]))
    forms, form_scales, tags, tag_scales = made.products
    ours = forms[rows[0]] * form_scales[rows[0]][:, None]
    ours += tags[rows[1]] * tag_scales[rows[1]][:, None]
    theirs, places = parser.products(sentence)
    assert_allclose(ours, theirs.forms[places[0]], atol=1e-4)
