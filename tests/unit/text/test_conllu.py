"""CoNLL-U: every file comes back byte for byte, every fault is named with its line."""

import bz2
import gzip
import io
import lzma
import sys
import tracemalloc

import pytest
import zstandard
from udapi.block.read.conllu import Conllu

from gradus.core.errors import DataError, ExistsError, FormatError
from gradus.text.conllu import format_conllu, read_conllu, read_treebank, write_conllu
from gradus.text.document import EmptyNode, MultiwordToken, Sentence, Word

PACKERS = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}
UNPACKERS = {
    "": bytes,
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
    ".zst": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}
LARGEST = "en-ewt-2.5/en_ewt-ud-train"
TREEBANKS = [
    "af-afribooms-2.2/af_afribooms-ud-dev",
    "af-afribooms-2.2/af_afribooms-ud-train",
    "en-ewt-2.5/en_ewt-ud-dev",
    LARGEST,
    "nl-lassysmall-1.4/nl_lassysmall-ud-dev",
    "nl-lassysmall-1.4/nl_lassysmall-ud-train",
]


def rows(*heads, start=1):
    """Bare rows of words with these heads."""
    return [f"{i}\tw{i}\t_\t_\t_\t_\t{head}\t_\t_\t_" for i, head in enumerate(heads, start=start)]


def row(number, form="w", head="_"):
    return f"{number}\t{form}\t_\t_\t_\t_\t{head}\t_\t_\t_"


RICH = "\n".join(
    [
        "# newdoc id = d1",
        "# sent_id = s1",
        "#  text = Il va du pré à l'eau",
        row("0.1", "(E)"),
        row(1, "Il", 2),
        row(2, "va", 0),
        row("2.1", "a"),
        row("2.2", "b"),
        "3-4\tdu\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No",
        row(3, "de", 5),
        row("3.1", "c"),
        row(4, "le", 5),
        row(5, "New York", 2),
        row("5.1", "d"),
        "",
        "",
    ]
)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] * (n == LARGEST)) for n in TREEBANKS],
)
def test_treebanks_come_back_byte_for_byte(data_folder, name):
    path = data_folder / "ud" / f"{name}.conllu.xz"
    sentences = read_treebank(path)
    assert "".join(map(format_conllu, sentences)).encode() == lzma.decompress(path.read_bytes())


@pytest.mark.parametrize("name", [name for name in TREEBANKS if name.endswith("dev")])
def test_treebanks_are_read_as_another_reader_reads_them(data_folder, name):
    path = data_folder / "ud" / f"{name}.conllu.xz"
    text = lzma.decompress(path.read_bytes()).decode()
    judge = Conllu(strict=True)
    pieces = text.removesuffix("\n\n").split("\n\n")
    for sentence, piece in zip(read_conllu(path), pieces, strict=True):
        root = judge.read_tree_from_lines(piece.split("\n"))
        nodes = root.descendants
        assert [word.form for word in sentence.words] == [node.form for node in nodes]
        assert sentence.heads == [node.parent.ord for node in nodes]
        assert sentence.deprels == [node.deprel for node in nodes]
        for word, node in zip(sentence.words, nodes, strict=True):
            assert (word.lemma, word.upos) == (node.lemma, node.upos)
            assert word.features == dict(node.feats)
            assert word.xpos == (node.xpos or "_")
        assert len(sentence.empty) == len(root.empty_nodes)
        if sentence.sent_id:
            assert sentence.sent_id == root.sent_id
            assert sentence.text == root.text


def test_text_is_rebuilt_as_the_treebank_has_it(data_folder):
    path = data_folder / "ud" / "en-ewt-2.5" / "en_ewt-ud-dev.conllu.xz"
    for sentence in read_conllu(path):
        bare = Sentence(sentence.words, multiword=sentence.multiword)
        assert bare.text.split() == sentence.text.split()


def test_tokens_and_empty_nodes_keep_their_places():
    (sentence,) = read_conllu(RICH.split("\n"))
    assert format_conllu(sentence) == RICH
    assert [word.form for word in sentence.words] == ["Il", "va", "de", "le", "New York"]
    assert sentence.multiword == [
        MultiwordToken(3, 4, "du", ("_",) * 7 + ("SpaceAfter=No",)),
    ]
    assert [(node.after, node.index) for node in sentence.empty] == [
        (0, 1), (2, 1), (2, 2), (3, 1), (5, 1),
    ]  # fmt: skip
    assert sentence.empty[0] == EmptyNode(0, 1, ("(E)", *"____", "_", "_", "_", "_"))
    assert sentence.line == 1


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_packed_files_line_ends_and_marks(tmp_path, packer, end, mark):
    path = tmp_path / f"a.conllu{packer}"
    path.write_bytes(PACKERS[packer](mark + (RICH * 3).replace("\n", end).encode()))
    sentences = list(read_conllu(path))
    assert "".join(map(format_conllu, sentences)) == RICH * 3
    assert [sentence.line for sentence in sentences] == [1, 16, 31]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [0, 1, 2, 3])
def test_empty_lines_may_be_many_or_missing_at_the_end(tmp_path, end, last):
    lines = ["", "", *rows(0), "", "", "", *rows(2, 0), "", *rows(0)]
    path = tmp_path / "a.conllu"
    path.write_bytes((end.join(lines) + end * last).encode())
    sentences = list(read_conllu(path))
    assert [sentence.heads for sentence in sentences] == [[0], [2, 0], [0]]
    assert [sentence.line for sentence in sentences] == [3, 7, 10]


def test_other_line_separators_are_letters():
    odd = "a\u2028b\x85c\x0bd\x1ce\xa0f"
    (sentence,) = read_conllu([f"# text = {odd}", row(1, odd, 0)])
    assert sentence.words[0].form == odd
    assert sentence.text == odd


def test_standard_input_and_lines(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(RICH.encode())))
    (piped,) = read_conllu("-")
    (given,) = read_conllu(iter(RICH.splitlines(keepends=True)))
    assert piped == given


@pytest.mark.parametrize("long", [3, 1500])
def test_sentences_may_be_long(long):
    heads = [0, *range(1, long)]
    (sentence,) = read_conllu(rows(*heads), trees="required")
    assert sentence.heads == heads
    assert format_conllu(sentence) == "\n".join([*rows(*heads), "", ""])


def test_blocks_may_be_cut_anywhere(tmp_path, monkeypatch):
    path = tmp_path / "a.conllu"
    path.write_bytes((RICH * 5).replace("\n", "\r\n").encode())
    whole = list(read_conllu(path))
    for size in (1, 2, 3, 7, 50, 333):
        monkeypatch.setattr("gradus.text.conllu_stretches.BLOCK", size)
        assert list(read_conllu(path)) == whole
        assert list(read_conllu(iter(RICH.split("\n")))) == whole[:1]


def test_memory_stays_constant(monkeypatch):
    monkeypatch.setattr("gradus.text.conllu_stretches.BLOCK", 10_000)
    sentence = [*rows(2, 0, 2, 2), ""]
    lines = sentence * 5000  # 440 kB of text, and many times that as words
    list(read_conllu(sentence))  # whatever is made once is made now
    tracemalloc.start()
    try:
        count = sum(map(len, read_conllu(lines)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 250_000


FAULTS = {
    "nine columns": ([row(1), "2\tw\t_\t_\t_\t_\t_\t_\t_"], 2, "9 columns in .*expected the 10"),
    "eleven columns": ([row(1) + "\t_"], 1, "11 columns"),
    "blanks, not TABs": ([row(1).replace("\t", " ")], 1, "1 column in .* single TABs"),
    "line of blanks": ([row(1), " ", row(1)], 2, "a line of blanks; leave"),
    "comment inside": ([row(1), "# text = w", row(2)], 2, "a comment after words"),
    "comment of ten columns": ([row(1), "#\t" + row(2)[2:]], 2, "a comment after words"),
    "number too large": ([row(1), row(3)], 2, "ID is '3', expected 2 "),
    "number twice": ([row(1), row(1)], 2, "ID is '1', expected 2 "),
    "number from 0": ([row(0)], 1, "ID is '0', expected 1 "),
    "leading zero": (["01" + row(1)[1:]], 1, "ID is '01', expected 1 "),
    "other digits": (["१" + row(1)[1:]], 1, "ID is '१', expected 1 "),
    "no empty line": ([*rows(0), *rows(0)], 2, "an empty line ends a sentence"),
    "no number": ([row("x")], 1, "ID is 'x', expected 1 "),
    "empty number": ([row("")], 1, r"column 1 \(ID\) is empty"),
    "half a range": ([row("1-"), row(1)], 1, "ID is '1-', expected 1 .*1-2 for a multiword"),
    "three-part range": ([row("1-2-3"), row(1)], 1, "ID is '1-2-3'"),
    "range backwards": ([row(1), row("2-1"), row(2)], 2, "2-1 ends before it begins"),
    "range too late": ([*rows(0, 1), row("2-3"), row(3)], 3, "2-3 stands before word 3; move"),
    "range too early": ([row("2-3"), *rows(0, 1, 1)], 1, "2-3 stands before word 1; move"),
    "range too long": ([row(1), row("2-9"), row(2)], 2, "2-9 goes beyond the last word, 2"),
    "ranges that overlap": (
        [row("1-2"), row(1), row("2-3"), row(2), row(3)],
        3,
        "2-3 and the token 1-2 share words",
    ),
    "range twice": ([row("1-2"), row("1-2"), *rows(0, 1)], 2, "1-2 and the token 1-2 share"),
    "empty node of another word": ([row(1), row("2.1"), row(2)], 2, "2.1, expected 1.1"),
    "empty node from 2": ([row(1), row("1.2")], 2, "1.2, expected 1.1"),
    "empty node 0": ([row(1), row("1.0")], 2, r"ID is '1\.0', expected 2 .*1\.1 for an empty"),
    "empty node in a token's way": (
        [row("1-2"), row("0.1"), *rows(0, 1)],
        2,
        "0.1 stands between the token 1-2 and its word 1; move it",
    ),
    "empty form": ([row(1), row(2, "")], 2, r"column 2 \(FORM\) is empty; write _"),
    "empty last column": ([row(1)[:-1]], 1, r"column 10 \(MISC\) is empty"),
    "head is a word": ([row(1), row(2, head="one")], 2, "the head is 'one'; write the number"),
    "head is negative": ([row(1, head=-1)], 1, "the head is '-1'"),
    "head is long": ([row(1, head="9" * 5000)], 1, "the head is '9999"),
    "head with a zero": ([row(1, head="00")], 1, "the head is '00'"),
    "head beyond the end": ([row(1), row(2, head=3)], 2, "word 2 is 3, .* 2 words; write 0"),
    "head far beyond": ([row(1, head=12345)], 1, "head of word 1 is 12345, .* 1 word; write 0"),
    "its own head": ([row(1), row(2, head=2)], 2, "word 2 is its own head"),
    "comments only": (["# sent_id = 1", "# text ="], 1, "without words"),
    "tokens only": ([row("1-2")], 1, "without words"),
    "return inside": ([row(1), row(2, "a\rb")], 2, r"byte \d+: a carriage return inside a line"),
}  # fmt: skip

NO_TREES = {
    "no head": ([row("1-2"), *rows(2, "_")], 3, "word 2 has no head; a tree needs"),
    "two roots": ([*rows(0, 1), row("2.1"), row(3, head=0)], 4, "words 1 and 3 are both roots"),
    "a cycle": (rows(0, 4, 2, 3), 2, "words 2, 4, 3 form a cycle; every word must"),
    "no root": (rows(2, 1), 1, "no word is the root: words 1, 2 form a cycle"),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("before", [0, 2])
def test_faults_are_named_with_file_and_line(tmp_path, name, before):
    lines, number, text = FAULTS[name]
    path = tmp_path / "a.conllu"
    good = ["# fine", *rows(2, 0), "", ""] * before
    path.write_bytes("\n".join([*good, *lines, ""]).encode())
    with pytest.raises(FormatError, match=rf"a\.conllu, line {number + len(good)}\b.*{text}"):
        list(read_conllu(path))


@pytest.mark.parametrize("name", NO_TREES)
def test_heads_without_a_tree_are_kept_unless_trees_are_required(tmp_path, name):
    lines, number, text = NO_TREES[name]
    path = tmp_path / "a.conllu"
    write_conllu(read_conllu(lines), path)
    with pytest.raises(FormatError, match=rf"a\.conllu, line {number}: {text}"):
        read_treebank(path)


def test_missing_heads_are_none():
    (sentence,) = read_conllu([row(1), row(2, head=1)])
    assert sentence.heads == [None, 1]


@pytest.mark.parametrize("lines", [[], [""], ["", "", ""], ["\r\n"]])
def test_sources_without_a_sentence_are_refused(tmp_path, lines):
    path = tmp_path / "a.conllu"
    path.write_text("\n".join(lines))
    with pytest.raises(DataError, match=r"a\.conllu: it holds no sentence"):
        list(read_conllu(path))
    with pytest.raises(DataError, match="the lines given: it holds no sentence"):
        list(read_conllu(lines))


def test_sources_that_cannot_be_read_are_refused_at_once(tmp_path):
    with pytest.raises(DataError, match=r"missing\.conllu does not exist"):
        read_conllu(tmp_path / "missing.conllu")
    with pytest.raises(DataError, match="is a folder"):
        read_conllu(tmp_path)
    # the check of types in the test run comes before ours
    with pytest.raises(Exception, match=r"any\W+(or )?required"):
        read_conllu([row(1)], trees="all")


@pytest.mark.parametrize("packer", PACKERS)
def test_bytes_that_are_no_text_are_named(tmp_path, packer):
    good = "\n".join([*rows(0), "", row(1, "Übel"), ""]).encode()
    path = tmp_path / f"a.conllu{packer}"
    path.write_bytes(PACKERS[packer](good + b"2\t\xe9t"))
    with pytest.raises(FormatError, match=rf"line 4, byte {len(good) + 2}: .* 0xe9 is not UTF-8"):
        list(read_conllu(path))


def test_sentences_without_an_end_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("gradus.text.conllu_stretches.BLOCK", 1000)
    monkeypatch.setattr("gradus.text.conllu_stretches.LONGEST_SENTENCE", 5000)
    with pytest.raises(FormatError, match="line 3: over 5,000 bytes without an empty line"):
        list(read_conllu([*rows(0), "", *rows(*[0] * 1000)]))


@pytest.mark.parametrize("packer", PACKERS)
def test_files_are_written_whole_packed_or_not(tmp_path, packer):
    path = tmp_path / f"new/a.conllu{packer}"
    sentences = list(read_conllu((RICH * 2).split("\n")))
    write_conllu(sentences, path)
    assert UNPACKERS[packer](path.read_bytes()).decode() == RICH * 2
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_streams_are_written(tmp_path):
    stream = io.StringIO()
    write_conllu(read_conllu(RICH.split("\n")), stream)
    assert stream.getvalue() == RICH


def test_a_file_that_fails_halfway_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text("old")
    with pytest.raises(FormatError):
        write_conllu([Sentence.of(["fine"]), Sentence.of(["b\tad"])], path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ExistsError, match="is a folder"):
        write_conllu([], tmp_path)


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        (Sentence([]), "sentence to write, line 1: a sentence without words"),
        (Sentence.of(["a\tb"]), "line 1: 11 columns"),
        (Sentence.of(["a\nb"]), r"'1\\ta\\nb.*' has a line end in it"),
        (Sentence.of(["a\rb"]), "has a line end in it"),
        (Sentence.of(["a"], deprels=[""]), r"\(DEPREL\) is empty"),
        (Sentence.of(["a"], heads=[2]), "head of word 1 is 2"),
        (Sentence([Word("a")], ["# sent_id = s7", "a"]), "sentence s7, to be written, line 2"),
        (Sentence([Word("a")], ["# a\n"]), "has a line end in it"),
        (Sentence([Word("a")], multiword=[MultiwordToken(1, 2, "ab")]), "1-2 goes beyond"),
        (Sentence([Word("a")], multiword=[MultiwordToken(4, 5, "ab")]), "beside no word of 1"),
        (Sentence([Word("a")], multiword=[MultiwordToken(1, 1, "a", ("_",))]), "3 columns"),
        (Sentence([Word("a")], empty=[EmptyNode(1, 2)]), r"1\.2, expected 1\.1"),
    ],
)
def test_sentences_that_could_not_be_read_are_not_written(sentence, text):
    with pytest.raises(FormatError, match=text):
        format_conllu(sentence)


def test_half_characters_are_not_written(tmp_path):
    with pytest.raises(DataError, match="lone surrogate"):
        write_conllu([Sentence.of(["a\ud800"])], tmp_path / "a.conllu")
    assert not list(tmp_path.iterdir())
