import io

import numpy as np
import pytest

from gradus.cli.scenes.toy_language import INTRANSITIVE, PEOPLE, TRANSITIVE, toy_treebank
from gradus.tasks.parsing.tree_report import treebank_report
from gradus.tasks.parsing.trees import is_projective, tree_of
from gradus.text.conllu import read_conllu, write_conllu


@pytest.fixture(scope="module")
def treebank():
    return toy_treebank(400, rng=np.random.default_rng(3))


def test_every_sentence_is_a_tree_that_the_reader_accepts(treebank):
    written = io.StringIO()
    write_conllu(treebank, written)
    back = list(read_conllu(io.StringIO(written.getvalue()), trees="required"))
    assert [sentence.words for sentence in back] == [sentence.words for sentence in treebank]
    for sentence in back:
        assert sentence.comments.pop() == f"# text = {sentence.text}"  # put together from the words


def test_no_sentence_comes_twice_and_the_same_dice_say_the_same(treebank):
    texts = [sentence.text for sentence in treebank]
    assert len(set(texts)) == 400
    again = toy_treebank(400, rng=np.random.default_rng(3))
    assert [sentence.text for sentence in again] == texts
    other = toy_treebank(400, rng=np.random.default_rng(4))
    assert [sentence.text for sentence in other] != texts


def test_at_most_one_phrase_of_a_sentence_is_moved(treebank):
    report = treebank_report(map(tree_of, treebank))
    assert 0.2 < report.nonprojective_sentence_share < 0.35
    assert report.nonprojective_sentences == report.nonprojective_arcs
    assert report.gap_degrees.keys() == {0, 1}
    assert report.well_nested_share == 1


def test_what_crosses_is_what_follows_a_noun(treebank):
    for sentence in treebank:
        moved = [
            word.deprel
            for number, word in enumerate(sentence.words, start=1)
            if is_moved(sentence, number)
        ]
        assert moved in ([], ["nmod"], ["acl:relcl"])
        assert bool(moved) != is_projective(tree_of(sentence))


def is_moved(sentence, number):
    """Whether a word between ``number`` and its head does not descend from the head."""
    head = sentence.words[number - 1].head
    between = range(min(head, number) + 1, max(head, number))
    return any(head not in ancestors(sentence, other) for other in between)


def ancestors(sentence, number):
    found = []
    while number:
        number = sentence.words[number - 1].head
        found.append(number)
    return found


def test_verbs_have_objects_as_they_need_and_pronouns_tell_people_from_the_rest(treebank):
    for sentence in treebank:
        for number, word in enumerate(sentence.words, start=1):
            below = [other for other in sentence.words if other.head == number]
            objects = [other for other in below if other.deprel == "obj"]
            assert len(objects) == (word.form in TRANSITIVE)
            assert (word.upos == "VERB") == (word.form in [*TRANSITIVE, *INTRANSITIVE])
            pronouns = [other.form for other in below if other.upos == "PRON"]
            if pronouns:
                about = sentence.words[word.head - 1].form
                assert pronouns == ["who" if about in PEOPLE else "which"]
