"""Formats of output: what they show, that they stream, and what they refuse."""

import io
import itertools
import json
import lzma

import pytest

from gradus.core.errors import DataError, SettingsError
from gradus.pipeline.formats import FORMATS, formatted, write_formatted
from gradus.text.arcs.widths import columns
from gradus.text.conllu import read_conllu
from gradus.text.document import MultiwordToken, Sentence, Word
from gradus.text.entities_in_misc import with_entities


def sentences():
    words = [
        Word("犬", "犬", "NOUN", "名詞", "Case=Nom|Number=Sing", 2, "nsubj"),
        Word("寝る", "寝る", "VERB", head=0, deprel="root", misc="SpaceAfter=No"),
        Word("。", "。", "PUNCT", head=2, deprel="punct"),
    ]
    names = Sentence.of(["au", "New\u00a0York", "."])
    names.words[0:1] = [Word("à"), Word("le", misc="Gloss=the")]
    names.multiword = [MultiwordToken(1, 2, "au")]
    return [Sentence(words), with_entities(names, ["O", "B-LOC", "I-LOC", "O"])]


def text_of(name, **look):
    return "".join(formatted(iter(sentences()), name, **look))


def test_the_table_is_aligned_by_columns_of_the_terminal():
    first, second = text_of("table").split("\n\n")[:2]
    title, header, *rows = first.split("\n")
    assert title == "1: 犬 寝る。"
    starts = {name: columns(header[: header.index(name)]) for name in header.split()}
    assert list(starts) == [
        *("form", "lemma", "UPOS", "XPOS", "feats", "head", "deprel", "entity"),
    ]
    for row, word in zip(rows, sentences()[0].words, strict=True):
        cells = [word.form, word.lemma, word.upos, word.xpos, word.feats, str(word.head)]
        for start, cell in zip(starts.values(), [*cells, word.deprel], strict=False):
            before = next(place for place in range(len(row) + 1) if columns(row[:place]) >= start)
            assert row[before:].startswith("" if cell == "_" else cell)
    assert [line.split()[:2] for line in second.split("\n")[2:]] == [
        ["1-2", "au"],
        ["1", "à"],
        ["2", "le"],
        ["3", "New"],
        ["4", "."],
    ]
    assert second.split("\n")[4].endswith("B-LOC")


def test_formats_for_the_eye_fit_a_width():
    for name in ("table", "tree"):
        title, *lines = text_of(name, width=24).split("\n")
        assert max(columns(line) for line in lines if ": " not in line) <= 24, title
    plain, coloured = text_of("table"), text_of("table", colour=True)
    assert coloured.replace("\x1b[2m", "").replace("\x1b[0m", "") == plain != coloured


def test_what_is_too_wide_is_cut_in_its_column():
    words = sentences()[0].words
    for width in range(64, 84):
        _, header, first, *_ = text_of("table", width=width).split("\n")
        assert columns(header) <= width
        place = header.index("feats")
        feats = words[0].feats
        shown = first.split()[5]
        assert shown == feats or (shown.endswith("…") and feats.startswith(shown[:-1]))
        assert columns(first[: first.index(shown)]) == place
        assert first.split()[6:] == ["2", "nsubj"]


def test_trees_are_those_of_a_terminal():
    first, second, _ = text_of("tree").split("\n\n")
    assert first.split("\n") == [
        "1: 犬 寝る。",
        "╭─► 1 犬    NOUN   nsubj",
        "├─● 2 寝る  VERB   root",
        "╰─► 3 。    PUNCT  punct",
    ]
    assert second.startswith("2: au New")


def test_spans_run_through_the_stream():
    header, row, end = text_of("spans").split("\n")
    assert (header, end) == ("sentence\tstart\tend\ttype\ttext", "")
    text = "犬 寝る。 au New\u00a0York . "
    number, start, stop, kind, shown = row.split("\t")
    assert (number, kind, shown) == ("2", "LOC", "au New York")
    assert text[int(start) : int(stop)] == "au New\u00a0York"


def test_json_is_an_object_a_line():
    lines = text_of("json").splitlines()
    values = [json.loads(line) for line in lines]
    assert [value["text"] for value in values] == ["犬 寝る。", "au New\u00a0York ."]
    assert "犬" in lines[0]
    assert values[1]["tokens"][0]["words"] == [1, 2]


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_streams(name):
    taken = itertools.count()

    def endless():
        for _ in taken:
            yield with_entities(Sentence.of(["Ada"], heads=[0]), ["B-PER"])

    pieces = list(itertools.islice(formatted(endless(), name), 50))
    assert next(taken) <= 52
    assert sum(piece.count("Ada") for piece in pieces) >= 49
    assert FORMATS[name].about.endswith(".")


@pytest.mark.parametrize("name", list(FORMATS))
def test_files_and_streams_hold_the_same(name, tmp_path):
    stream, path = io.StringIO(), tmp_path / "out.xz"
    write_formatted(sentences(), stream, name)
    write_formatted(sentences(), path, name)
    assert lzma.decompress(path.read_bytes()).decode() == stream.getvalue() == text_of(name)


def test_conllu_is_read_back():
    assert [one.words for one in read_conllu(text_of("conllu").split("\n"))] == [
        one.words for one in sentences()
    ]


def test_what_cannot_be_written(tmp_path):
    with pytest.raises(SettingsError, match="output format 'jsn' is unknown, perhaps 'json'"):
        formatted([], "jsn")
    path = tmp_path / "out"
    with pytest.raises(DataError, match="half a character"):
        write_formatted([Sentence.of(["a\ud800"])], path, "json")
    assert not path.exists()
    with pytest.raises(DataError, match="NER= in MISC"):
        list(formatted([Sentence([Word("a", misc="NER=x")])], "spans"))
