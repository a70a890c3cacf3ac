"""Examples know where they are from, whatever they are read out of."""

import bz2
import gzip
import io
import lzma

import numpy as np
import pytest
import zstandard

from gradus.core.errors import DataError, SettingsError
from gradus.tasks.classification.examples import Examples, read_examples

TSV = "pos\tune fête\nneg\tdull\n"


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        ("", bytes),
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zst", zstandard.ZstdCompressor().compress),
    ],
)
def test_packed_files_are_read_like_plain_ones(ending, pack, tmp_path):
    path = tmp_path / f"train.tsv{ending}"
    path.write_bytes(pack(TSV.encode()))
    read = read_examples(path)
    assert (read.labels, read.texts) == (["pos", "neg"], ["une fête", "dull"])
    assert read.places[1] == f"{path}, line 2"


def test_windows_files_have_no_mark_and_no_carriage_returns(tmp_path):
    for name, ends in (("t.tsv", "\r\n"), ("u.tsv", "\n")):
        path = tmp_path / name
        path.write_bytes(b"\xef\xbb\xbf" + TSV.replace("\n", ends).encode())
        assert read_examples(path).labels == ["pos", "neg"]
        assert read_examples(path).texts == ["une fête", "dull"]


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TSV.encode())))
    read = read_examples("-", format="tsv")
    assert read.labels == ["pos", "neg"]
    assert read.places[0] == "standard input, line 1"


def test_several_sources_follow_each_other_and_keep_their_lines(tmp_path):
    (tmp_path / "a.tsv").write_text(TSV)
    (tmp_path / "b.jsonl").write_text('\n{"label": "pos", "text": "fine"}\n')
    read = read_examples([tmp_path / "a.tsv", str(tmp_path / "b.jsonl")])
    assert read.labels == ["pos", "neg", "pos"]
    assert [read.places[index] for index in range(3)] == [
        f"{tmp_path / 'a.tsv'}, line 1",
        f"{tmp_path / 'a.tsv'}, line 2",
        f"{tmp_path / 'b.jsonl'}, line 2",
    ]
    assert read.take(np.array([2, 0])).places[0] == read.places[2]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "t.tsv has no examples; the format tsv is label TAB text"),
        (b"\n\n", "t.tsv has no examples"),
        (b"pos\tfine\nneg\tna\xefve\n", "t.tsv, line 2: the byte 0xef is not UTF-8; save"),
        (b"pos\tfine\nneg\t\0\n", "t.tsv, line 2: a NUL byte"),
        (TSV.encode("utf-16-le"), "t.tsv, line 1: a NUL byte, .* UTF-16"),
    ],
)
def test_a_file_that_is_no_text_is_explained(content, text, tmp_path):
    (tmp_path / "t.tsv").write_bytes(content)
    with pytest.raises(DataError, match=text):
        read_examples(tmp_path / "t.tsv")


def test_no_source_and_a_missing_one_are_explained(tmp_path):
    with pytest.raises(SettingsError, match="no source"):
        read_examples([])
    with pytest.raises(DataError, match="does not exist"):
        read_examples(tmp_path / "t.tsv")


@pytest.mark.parametrize(
    ("texts", "labels", "text"),
    [
        (["a", " "], None, "the texts given, line 2: the text is empty"),
        (["a", "b"], ["x", ""], "the texts given, line 2: the label is missing"),
        (["a", "b"], ["x", "y\nz"], "line 2: the label has a tab or a line break"),
        (["a", "b"], ["x"], "2 texts came with 1 labels; give one a text"),
    ],
)
def test_examples_out_of_memory_are_checked_like_those_of_files(texts, labels, text):
    with pytest.raises(DataError, match=text):
        Examples.of(texts, labels)
