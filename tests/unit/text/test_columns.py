"""Columns of words and tags: files come back, every fault is named with its line."""

import bz2
import gzip
import io
import lzma
import re

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.text.column_layout import ColumnLayout
from gradus.text.columns import TaggedSentence, format_columns, read_columns, write_columns
from gradus.text.spans import Span

PACKERS = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}
RICH = "\n".join(
    [
        "# newdoc id = d1",
        "# text = Ada sleeps",
        "1\tAda\tB-PER\t-\tann",
        "2\tsleeps\tO\t-\t-",
        "",
        "# text = New York",
        "1\tNew York\tB-LOC\t\tann",
        "",
        "",
    ]
)
CONLL_2003 = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O

-DOCSTART- -X- -X- O

Peter NNP B-NP B-PER
Blackburn NNP I-NP I-PER

"""

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\t")
solid = st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\t ")
tags = st.one_of(
    st.just("O"), st.builds("{}-{}".format, st.sampled_from("BIESLU"), st.text(solid, min_size=1))
)


@st.composite
def corpora(draw):
    """A layout and sentences that it can hold, as plain values."""
    columns = draw(st.integers(2, 4))
    word, tag = draw(st.permutations(range(1, columns + 1)))[:2]
    tabbed = draw(st.booleans())
    field = st.text(letters if tabbed else solid, min_size=1, max_size=5)
    layout = {"word": word, "tag": tag, "columns": columns, "tabbed": tabbed}
    comment = st.text(letters, max_size=6).map("#".__add__).filter(is_comment(layout))
    comment |= st.just("-DOCSTART- -X- O")
    row = st.tuples(field, tags, st.lists(field, min_size=columns - 2, max_size=columns - 2))
    rows = st.lists(row.filter(is_row(layout)), min_size=1, max_size=4)
    return layout, draw(
        st.lists(st.tuples(st.lists(comment, max_size=3), rows), min_size=1, max_size=4)
    )


def is_comment(layout):
    tabs = layout["tabbed"]
    return lambda line: tabs or len(line.split(" ")) < 2


def is_row(layout):
    """Whether a row does not begin as a comment does, nor is blank to the eye."""

    def check(row):
        fields = built_row(layout, row)
        return not fields[0].startswith(("#", "-DOC")) and "".join(fields).strip()

    return check


def built_row(layout, row):
    word, tag, rest = row
    others = iter(rest)
    named = {layout["word"]: word, layout["tag"]: tag}
    return [named.get(n) or next(others) for n in range(1, layout["columns"] + 1)]


def built(drawn):
    """The layout and the sentences that were drawn; shape checks draw lots, strategies may not."""
    layout, sentences = drawn
    return ColumnLayout(**layout), [
        TaggedSentence(
            [word for word, _, _ in rows],
            [tag for _, tag, _ in rows],
            comments,
            [tuple(rest) for _, _, rest in rows],
        )
        for comments, rows in sentences
    ]


@given(corpora())
def test_what_is_written_is_read(drawn):
    layout, sentences = built(drawn)
    target = io.StringIO()
    write_columns(sentences, target, layout)
    lines = target.getvalue().split("\n")
    corpus = read_columns(iter(lines), word=layout.word, tag=layout.tag)
    assert corpus.sentences == sentences
    assert corpus.layout.tabbed == layout.tabbed


@pytest.mark.parametrize(
    ("name", "sentences", "spans", "columns"),
    [("uner-en-ewt/dev.iob2.xz", 2001, 966, 5), ("wnut17/dev.conll", 1009, 836, 2)],
)
def test_files_come_back_byte_for_byte(data_folder, tmp_path, name, sentences, spans, columns):
    path = data_folder / "ner" / name
    corpus = read_columns(path)
    assert len(corpus) == sentences
    assert sum(len(sentence.spans) for sentence in corpus) == spans
    assert (corpus.layout.columns, corpus.scheme) == (columns, "IOB2")
    write_columns(corpus, tmp_path / "copy")
    data = path.read_bytes()
    expected = lzma.decompress(data) if name.endswith("xz") else data
    assert (tmp_path / "copy").read_bytes() == expected


@pytest.mark.slow
def test_blank_lines_of_a_large_file_come_back_empty(data_folder):
    path = data_folder / "ner" / "wnut17" / "train.conll"
    target = io.StringIO()
    write_columns(read_columns(path), target)
    rows = re.sub(r"\n\s*\n", "\n\n", path.read_text()).rstrip("\n")  # one TAB ends a sentence
    assert target.getvalue() == rows + "\n\n"


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_packed_files_line_ends_and_marks(tmp_path, packer, end, mark):
    path = tmp_path / f"a.iob2{packer}"
    path.write_bytes(PACKERS[packer](mark + RICH.replace("\n", end).encode()))
    corpus = read_columns(path)
    assert corpus.layout == ColumnLayout(word=2, tag=3, columns=5, numbered=True)
    assert "".join(format_columns(sentence, corpus.layout) for sentence in corpus) == RICH
    assert [sentence.line for sentence in corpus] == [3, 7]
    assert corpus.sentences[1] == TaggedSentence(
        ["New York"], ["B-LOC"], ["# text = New York"], [("1", "", "ann")]
    )
    write_columns(corpus, path)
    assert read_columns(path).sentences == corpus.sentences


def test_documents_and_blanks_between_columns():
    corpus = read_columns(CONLL_2003.split("\n"))
    assert corpus.layout == ColumnLayout(tag=4, columns=4, tabbed=False)
    assert corpus.sentences[1].comments == ["-DOCSTART- -X- -X- O"]
    assert corpus.sentences[1].spans == [Span(0, 2, "PER")]
    target = io.StringIO()
    write_columns(corpus, target)
    assert target.getvalue() == CONLL_2003
    chunks = read_columns(CONLL_2003.split("\n"), tag=3)
    assert chunks.sentences[0].tags == ["B-NP", "B-VP"]


def test_a_document_may_begin_without_an_empty_line():
    lines = ["-DOCSTART- O", "Ada B-PER", "-DOCSTART- O", "# x", "Oslo  B-LOC "]
    corpus = read_columns(lines)
    assert [sentence.words for sentence in corpus] == [["Ada"], ["Oslo"]]
    assert corpus.sentences[1].comments == ["-DOCSTART- O", "# x"]


def test_hashtags_are_words_and_comments_are_none():
    tabbed = read_columns(["# id = 1", "#oslo\tB-LOC", "#\tO", "", "# newpar", "in\tO"])
    assert [sentence.words for sentence in tabbed] == [["#oslo", "#"], ["in"]]
    assert read_columns(["#oslo\tB-LOC"]).sentences[0].words == ["#oslo"]
    blanks = read_columns(["# newdoc", "#oslo B-LOC", "in O", "", "# text = in Oslo", "in O"])
    assert [sentence.words for sentence in blanks] == [["#oslo", "in"], ["in"]]
    assert blanks.sentences[0].comments == ["# newdoc"]


def test_columns_are_found_or_named():
    (sentence,) = read_columns(["B-LOC Oslo", "O in"])
    assert sentence.words == ["Oslo", "in"]
    (sentence,) = read_columns(["Oslo NNP O", "in IN O"], word=2, tag=3)
    assert sentence.words == ["NNP", "IN"]
    assert sentence.rest == [("Oslo",), ("in",)]


def test_other_line_separators_are_letters():
    odd = "a\u2028b\x85c\x0bd\x1ce\xa0f"
    (sentence,) = read_columns([f"{odd}\tO"])
    assert sentence.words == [odd]


def test_a_word_that_looks_like_a_byte_order_mark_stays(tmp_path):
    sentences = [TaggedSentence(["\ufeffOslo"], ["O"])]
    write_columns(sentences, tmp_path / "a.tsv")
    assert read_columns(tmp_path / "a.tsv").sentences[0].words == ["\ufeffOslo"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Ada\tB-PER\nsleeps\n", r"line 2: 1 column in 'sleeps', expected 2 as above, parted by"),
        ("Ada\tB-PER\nso\tO\tx\n", "line 2: 3 columns in"),
        ("# c\nAda\tB-PER\n\nso\tX-PER\nso\tO\n", "line 4: column 2: 'X-PER' is no tag; write O"),
        ("Ada\tB-PER\nL.\tB\nx\tO\n", "line 2: column 2: 'B' is no tag"),
        ("Ada\tB-PER\n\tO\n", "line 2: column 1, that of the words, is empty"),
        ("Ada\tB-PER\n# late\n", "line 2: '# late' is a comment after words"),
        ("Ada\tB-PER\n\n# late\n", "'# late' stands before no sentence"),
        (b"Ada\tB-PER\n\xff\tO\n", "line 2, byte 10: the byte 0xff is not UTF-8"),
        ("Ada\tB-PER\na\rb\tO\n", "line 2, byte 11: a carriage return inside a line"),
        ("Ada\nsleeps\n", "one column in 'Ada'; a word and its tag stand on a line"),
        ("Ada NNP\nsleeps VB\n", "no column holds tags such as O and B-PER, as in 'Ada NNP'"),
    ],
)
def test_faults_name_file_and_line(tmp_path, data, text):
    path = tmp_path / "names.txt"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(FormatError, match=rf"names\.txt.*{text}"):
        read_columns(path)


@pytest.mark.parametrize("data", ["", "\n \n\t\n", "-DOCSTART- O\n\n"])
def test_files_without_sentences_are_refused(tmp_path, data):
    (tmp_path / "a.txt").write_text(data)
    with pytest.raises(DataError, match=r"a\.txt: it holds no sentence"):
        read_columns(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("columns", "text"),
    [({"word": 3}, "no column 3"), ({"tag": 0}, "no column 0"), ({"word": 2}, "both words and")],
)
def test_columns_that_are_not_there_are_refused(columns, text):
    with pytest.raises(SettingsError, match=text):
        read_columns(["Ada\tB-PER"], **columns)


@pytest.mark.parametrize(
    ("sentence", "layout", "text"),
    [
        (([], []), {}, "without words"),
        ((["New York"], ["O"]), {"tabbed": False}, "would not be read back"),
        ((["a\tb"], ["O"]), {}, "would not be read back"),
        (([""], ["O"]), {}, "would not be read back"),
        ((["-DOCSTART-"], ["O"]), {}, "would not be read back"),
        ((["a\nb"], ["O"]), {}, "line end"),
        ((["a"], ["O"], ["no sign"]), {}, "would be read as no comment"),
        ((["a"], ["O"], ["#a\tO"]), {}, "would be read as no comment"),
        ((["a"], ["B"]), {}, "is no tag"),
        ((["\ud83d"], ["O"]), {}, "half a character"),
        ((["a"], ["O"], [], [("x",)]), {}, "1 columns beside word and tag, the layout has 0"),
    ],
)
def test_what_could_not_be_read_is_not_written(sentence, layout, text):
    with pytest.raises(DataError, match=text):
        format_columns(TaggedSentence(*sentence), ColumnLayout(**layout))


def test_tags_and_columns_must_be_as_many_as_words():
    with pytest.raises(DataError, match="2 words have 1 tags"):
        TaggedSentence(["a", "b"], ["O"])
    with pytest.raises(DataError, match="1 rows of other columns"):
        TaggedSentence(["a", "b"], ["O", "O"], rest=[("x",)])
