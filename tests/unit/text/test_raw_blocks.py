"""Raw text in blocks: as it is, whatever the file is packed with, and where a byte is wrong."""

import gzip
import io
import lzma
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError
from gradus.text.raw_blocks import raw_blocks

LETTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(text=LETTERS)
def test_every_character_comes_through(text, tmp_path_factory):
    path = tmp_path_factory.mktemp("raw") / "text.txt"
    path.write_bytes(text.encode())
    assert "".join(raw_blocks(path)) == text.removeprefix("\ufeff")


@pytest.mark.parametrize("opener, ending", [(gzip.open, ".gz"), (lzma.open, ".xz")])
def test_packed_files_are_unpacked_and_line_ends_kept(opener, ending, tmp_path):
    path = tmp_path / f"text.txt{ending}"
    with opener(path, "wb") as file:
        file.write(b"eins\r\nzwei\rdrei\n\n")
    assert "".join(raw_blocks(path)) == "eins\r\nzwei\rdrei\n\n"


def test_a_character_that_two_chunks_share(tmp_path):
    path = tmp_path / "text.txt"
    text = "a" * ((1 << 20) - 1) + "é" + "b"
    path.write_bytes(text.encode())
    assert "".join(raw_blocks(path)) == text


@pytest.mark.parametrize("before", [0, 7, (1 << 20) - 1, (1 << 20) + 5])
def test_a_wrong_byte_is_told_with_its_place(before, tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes(b"a" * before + b"\xe9 caf\xe9")
    with pytest.raises(DataError, match=rf"byte {before:,}: 0xe9 is not UTF-8"):
        list(raw_blocks(path))


def test_a_file_that_ends_within_a_character(tmp_path):
    path = tmp_path / "cut.txt"
    path.write_bytes("é".encode()[:1])
    with pytest.raises(DataError, match="byte 0"):
        list(raw_blocks(path))


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("é\n".encode())))
    assert list(raw_blocks("-")) == ["é\n"]


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        list(raw_blocks(tmp_path / "none.txt"))
