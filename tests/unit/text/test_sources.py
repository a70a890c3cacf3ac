"""Sources: every compression and encoding gives the same text; every refusal says why."""

import bz2
import gzip
import io
import lzma
import os
import sys
import threading

import pytest
import zstandard

from gradus.core.errors import DataError, SettingsError
from gradus.text.sources import LONGEST_STRETCH, check_source, corpus_blocks, source_blocks

TEXT = "Ein Übel, zwei Übel\r\nthree\n\n" * 4000
PACKERS = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}
PACKED = [ending for ending in PACKERS if ending]


def read(source, **settings):
    return b"".join(source_blocks(source, **settings))


def stdin_of(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("size", [1000, 1 << 22])
def test_packed_files_give_their_text(tmp_path, ending, size):
    path = tmp_path / f"text.txt{ending}"
    path.write_bytes(PACKERS[ending](TEXT.encode()))
    assert read(path, size=size).decode() == TEXT


@pytest.mark.parametrize("ending", PACKED)
def test_several_archives_in_one_file_are_all_read(tmp_path, ending):
    path = tmp_path / f"text{ending.upper()}"
    path.write_bytes(PACKERS[ending](b"one\n") + PACKERS[ending](b"two\n"))
    assert read(path) == b"one\ntwo\n"


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize("damage", ["cut", "foreign", "flipped"])
def test_damaged_archives_are_named(tmp_path, ending, damage):
    data = PACKERS[ending](os.urandom(5000).hex().encode())
    middle = len(data) // 2
    damaged = {
        "cut": data[:-7],
        "foreign": b"just text, not packed at all",
        "flipped": data[:middle] + bytes([data[middle] ^ 0xFF]) * 9 + data[middle + 9 :],
    }
    path = tmp_path / f"text{ending}"
    path.write_bytes(damaged[damage])
    if ending == ".zst" and damage == "flipped":
        path.write_bytes(b"\x28\xb5\x2f\xfd" + b"\xff" * 40)  # it keeps no checksum by default
    with pytest.raises(DataError, match=r"text\.\w+ is cut off or damaged"):
        read(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "cp1252", "utf-8-sig"])
@pytest.mark.parametrize("size", [100, 1 << 22])
def test_encodings_give_the_same_text(tmp_path, encoding, size):
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.encode(encoding))
    assert read(path, encoding=encoding, size=size).decode() == TEXT


@pytest.mark.parametrize(
    ("encoding", "data", "place"),
    [
        ("utf-16-le", "ab".encode("utf-16-le") + b"\x00\xdc", 4),
        ("ascii", b"plain \xe9", 6),
        ("cp1252", b"a\x81", 1),
        ("utf-16-le", b"a", 0),
    ],
)
def test_wrong_bytes_of_other_encodings_are_named(tmp_path, encoding, data, place):
    path = tmp_path / "text.txt"
    path.write_bytes(data)
    with pytest.raises(DataError, match=rf"text\.txt, byte {place}: .*--encoding.*--errors"):
        read(path, encoding=encoding)


def test_nul_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("a\0b".encode("utf-16"))
    with pytest.raises(DataError, match="a NUL character"):
        read(path, encoding="utf-16")


def test_utf16_without_its_mark_is_explained(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"\x00")
    with pytest.raises(DataError, match=r"text\.txt"):
        read(path, encoding="utf-32")


@pytest.mark.parametrize("encoding", ["klingon", "hex", "rot13", "utf-8\0"])
def test_unknown_encodings_are_settings_errors(tmp_path, encoding):
    with pytest.raises(SettingsError, match="try utf-8"):
        read(tmp_path / "text.txt", encoding=encoding)


def test_unknown_treatment_of_errors_is_a_settings_error(tmp_path):
    with pytest.raises(SettingsError, match="choose strict, replace or ignore"):
        read(tmp_path / "text.txt", errors="surrogateescape")


@pytest.mark.parametrize("ending", PACKERS)
def test_byte_order_mark_is_dropped(tmp_path, ending):
    path = tmp_path / f"text{ending}"
    path.write_bytes(PACKERS[ending](b"\xef\xbb\xbfone"))
    assert read(path) == b"one"


def test_standard_input(monkeypatch):
    stdin_of(monkeypatch, TEXT.encode())
    assert read("-", size=1000).decode() == TEXT
    stdin_of(monkeypatch, TEXT.encode("utf-16"))
    assert read("-", encoding="utf-16").decode() == TEXT


def test_pipes_are_read_once(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(TEXT.encode(),))
    writer.start()
    assert check_source(path) is None
    assert read(path).decode() == TEXT
    writer.join()


def test_lines_and_lists_of_words():
    lines = ["one two\n", ["three", "four"], "", ("five",)]
    assert read(iter(lines), size=8) == b"one two\nthree four\n\nfive\n"


@pytest.mark.parametrize("item", [b"bytes", 3, None, ["two words"], [""], ["a", 3], ["a\xa0b"]])
def test_items_that_are_no_text_are_named(item):
    with pytest.raises(DataError, match="line 2: "):
        read(iter(["fine", item]))


def test_half_characters_are_refused():
    with pytest.raises(DataError, match="lone surrogate"):
        read(iter(["\ud800"]))


def test_refusals_of_the_system_are_explained(tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"missing\.txt does not exist"):
        check_source(tmp_path / "missing.txt")
    with pytest.raises(DataError, match="is a folder"):
        check_source(tmp_path)
    path = tmp_path / "text.txt"
    path.write_bytes(b"text")

    def refuse(*_args, **_settings):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(DataError, match=r"text\.txt cannot be read: Permission denied"):
        check_source(path)


def test_file_that_shrinks_is_noticed(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"some words")
    (block,) = corpus_blocks(path)
    path.write_bytes(b"some")
    with pytest.raises(DataError, match="became shorter"):
        read_block(block)


def read_block(block):
    import numpy as np

    block.read_into(np.empty(block.size, dtype=np.uint8))


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("blank", [b"", b"\xc2\xa0"])
def test_text_without_blanks_does_not_fill_the_memory(tmp_path, ending, blank):
    path = tmp_path / f"text{ending}"
    stretch = b"x" * (LONGEST_STRETCH // 2)
    path.write_bytes(PACKERS[ending]((stretch + blank) * 6))
    size = LONGEST_STRETCH
    if blank:
        assert len(list(source_blocks(path, size=size))) > 1
        return
    with pytest.raises(DataError, match="byte 0: over 1,048,576 bytes without a blank"):
        list(source_blocks(path, size=size))


def test_lines_are_counted_in_bytes_so_that_progress_shows():
    *_, last = corpus_blocks(iter(["one line", "zwölf"] * 3), size=8)
    assert last.consumed == 3 * len("one line\nzwölf\n".encode())
