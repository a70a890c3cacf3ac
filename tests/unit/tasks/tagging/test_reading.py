"""Sentences with labels out of files of either form."""

import pytest
from tag_samples import LETTERS
from tiny_taggers import labelled, tiny

from gradus.core.errors import FormatError
from gradus.tasks.tagging.column_files import tag_columns
from gradus.tasks.tagging.reading import read_sentences
from gradus.text.column_layout import ColumnLayout
from gradus.text.columns import TaggedSentence, read_columns, write_columns
from gradus.text.conllu import write_conllu
from gradus.text.entities_in_misc import entity_spans, entity_tags
from gradus.text.spans import convert_tags, tag_faults


def in_columns(sentences, scheme="IOB2"):
    return [
        TaggedSentence(
            [word.form for word in sentence.words], convert_tags(entity_tags(sentence), scheme)
        )
        for sentence in sentences
    ]


@pytest.mark.parametrize("scheme", sorted(LETTERS))
def test_entities_are_the_same_from_either_form(scheme, tmp_path):
    write_conllu(labelled(), tmp_path / "a.conllu")
    write_columns(in_columns(labelled(), scheme), tmp_path / "a.tsv")
    one, other = (read_sentences(tmp_path / name, ["entity"]) for name in ("a.conllu", "a.tsv"))
    assert list(map(entity_spans, one)) == list(map(entity_spans, other))
    assert [sentence.words for sentence in one] == [sentence.words for sentence in labelled()]
    both = read_sentences([tmp_path / "a.conllu", str(tmp_path / "a.tsv")], ["entity"])
    assert len(both) == 20
    assert read_sentences(labelled(), ["entity"]) == labelled()


def test_the_folder_of_a_file_does_not_say_its_form(tmp_path):
    folder = tmp_path / "ud.conllu"
    folder.mkdir()
    write_columns(in_columns(labelled()), folder / "a.iob2")
    assert len(read_sentences(folder / "a.iob2", ["entity"])) == 10


def test_more_than_entities_is_read_from_conllu_whatever_its_name(tmp_path):
    write_columns(in_columns(labelled()), tmp_path / "a.iob2")
    with pytest.raises(FormatError, match=r"a\.iob2, line 1"):
        read_sentences(tmp_path / "a.iob2", ["upos", "entity"])


@pytest.mark.parametrize("scheme", sorted(LETTERS))
def test_columns_come_back_with_new_tags_in_their_scheme_and_all_else(scheme, tmp_path):
    rows = in_columns(labelled(), scheme)
    for number, row in enumerate(rows):
        row.comments.append(f"# number {number}")
        row.rest = [(str(place), "x") for place in range(1, len(row) + 1)]
    write_columns(rows, tmp_path / "a", ColumnLayout(columns=4))
    corpus = read_columns(tmp_path / "a")
    found = list(tag_columns(tiny("entities"), corpus))
    expected = tiny("entities").tag(labelled())
    for new, old, tagged in zip(found, corpus, expected, strict=True):
        assert (new.words, new.comments, new.rest) == (old.words, old.comments, old.rest)
        assert new.spans == entity_spans(tagged)
        assert not tag_faults(new.tags, corpus.scheme)
