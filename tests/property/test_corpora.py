"""Encoded corpora against ``str.split`` and ``Counter``: any text, cut, number of threads."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError
from gradus.core.progress import SILENT
from gradus.text.corpora import EncodedCorpus, encode_corpus
from gradus.text.encoder import encode
from gradus.text.kernels import reference
from gradus.text.kernels.classes import ASCII_PUNCTUATION, WHITESPACE
from gradus.text.scanner import Scanner
from gradus.text.sources import Block, corpus_blocks, source_blocks
from gradus.text.vocabulary import Vocabulary
from gradus.text.wordtable import WordTable

# letters whose lower case is longer, shorter, ASCII or depends on what follows; near-blanks
ODD = "aAbBzZ09éÉßẞİıΣςσK\u200b\u2060\u200e\u2027\u202e\u0301日本\U0001f600\x01\x1b\x7f\x84\x86"
QUOTES = "\u2010\u2011\u2012\u2014\u2015\u2016\u2017\u2018\u2019\u201a\u201d\u201f\u2020\u2026"
characters = st.one_of(
    st.sampled_from("\n ab"),
    st.sampled_from(WHITESPACE),
    st.sampled_from(ODD),
    st.sampled_from(ASCII_PUNCTUATION + QUOTES),
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
)
texts = st.text(characters, max_size=120)
# words that agree in most of their bytes, around the lengths where the key of a word changes
long_words = st.text("aB", min_size=6, max_size=27).map(lambda word: word + "c" * (len(word) % 3))
kinds = st.sampled_from(["space", "words"])

ARGUMENTS = {
    "min_count": 1,
    "max_vocab": None,
    "lowercase": False,
    "tokens": "space",
    "encoding": "utf-8",
    "errors": "strict",
    "threads": 2,
    "progress": SILENT,
}


def expected(text, *, lowercase, tokens, min_count=1, max_vocab=None):
    """Words, counts, ids, how many words and lines were read: by brute force."""
    text = text.removeprefix("\ufeff")
    lines = [reference.SPLITTERS[tokens](line) for line in text.split("\n")]
    if lowercase:
        lines = [[word.lower() for word in line] for line in lines]
    counts = Counter(word for line in lines for word in line)
    ranked = sorted((-count, word) for word, count in counts.items() if count >= min_count)
    words = [word for _, word in ranked[:max_vocab]]
    index = {word: number for number, word in enumerate(words)}
    kept = [[index[word] for word in line if word in index] for line in lines]
    ids = [number for line in kept if line for number in [*line, -1]]
    return words, counts, ids, counts.total(), sum(map(bool, lines))


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def in_memory(text: bytes) -> Block:
    return Block("text", 0, len(text), False, len(text), text)


@given(texts, st.lists(long_words, max_size=30), st.booleans(), kinds)
def test_scanner_follows_the_reference(text, words, lowercase, tokens):
    text += " " + " ".join(words)
    scanner = Scanner(lowercase=lowercase, tokens=tokens)
    scanner.table = WordTable(words=1, letters=32)  # so that it must grow
    known: dict[str, int] = {}
    for part in (text, "\n" + text):
        ids = reference.scan_text(part, known, lowercase=lowercase, tokens=tokens)
        assert scanner.scan(in_memory(part.encode())).tolist() == ids
    assert scanner.table.spellings(np.arange(len(known))) == list(known)
    total = Counter(ids + reference.scan_text(text, known, lowercase=lowercase, tokens=tokens))
    assert scanner.table.counts().tolist() == [total[number] for number in range(len(known))]


@given(
    texts,
    st.lists(long_words, max_size=20),
    st.booleans(),
    kinds,
    st.integers(1, 4),
    st.none() | st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 50),
)
def test_encoding_is_what_split_and_count_give(
    tmp_path, text, words, lowercase, tokens, min_count, max_vocab, threads, block_size
):
    text += "\n" + " ".join(words)
    path = write(tmp_path / "text.txt", text)
    settings = {"lowercase": lowercase, "tokens": tokens}
    vocabulary, counts, ids, read, lines = expected(
        text, **settings, min_count=min_count, max_vocab=max_vocab
    )
    arguments = ARGUMENTS | settings
    arguments |= {"min_count": min_count, "max_vocab": max_vocab}
    arguments |= {"threads": threads, "block_size": block_size}
    for source in (path, iter(text.split("\n"))):
        if not vocabulary:
            with pytest.raises(DataError):
                encode([source], tmp_path / "ids", tmp_path / "words", **arguments)
            continue
        encoded = encode([source], tmp_path / "ids", tmp_path / "words", **arguments)
        assert encoded.vocabulary.words == vocabulary
        assert encoded.vocabulary.counts.tolist() == [counts[word] for word in vocabulary]
        assert np.fromfile(tmp_path / "ids", np.int32).tolist() == ids
        assert encoded.facts == {
            "ids": len(ids),
            "tokens": read,
            "kept": len(ids) - ids.count(-1),
            "lines": lines,
        }


@given(st.lists(texts, min_size=1, max_size=4), st.integers(1, 3))
def test_files_are_read_as_if_joined_by_line_ends(tmp_path, parts, threads):
    # a byte order mark belongs to a file, so only the first of a joined one would be dropped
    parts = [part.replace("\ufeff", "") + " word" for part in parts]
    paths = [write(tmp_path / f"{n}.txt", part) for n, part in enumerate(parts)]
    corpus = encode_corpus(paths, tmp_path / "corpus", min_count=1, threads=threads)
    words, _, ids, read, _ = expected("\n".join(parts), lowercase=False, tokens="space")
    assert corpus.vocabulary.words == words
    assert corpus.ids.tolist() == ids
    assert corpus.tokens == read


@given(st.binary(max_size=60) | texts.map(str.encode), st.integers(0, 60), st.binary(max_size=3))
def test_first_wrong_byte_is_named_whatever_the_cut(tmp_path, data, place, wrong):
    data = data[:place] + wrong + data[place:]
    path = write(tmp_path / "text.txt", b"word " + data)
    try:
        (b"word " + data).decode()
        fault = -1
    except UnicodeDecodeError as error:
        fault = error.start
    nul = (b"word " + data).find(b"\0")
    if nul >= 0 and (fault < 0 or nul < fault):
        fault = nul
    for size in (1, 7, 1000):
        arguments = ARGUMENTS | {"lowercase": True, "block_size": size}
        if fault < 0:
            encode([path], tmp_path / "ids", tmp_path / "words", **arguments)
            continue
        with pytest.raises(DataError) as caught:
            encode([path], tmp_path / "ids", tmp_path / "words", **arguments)
        assert int(re.search(r"byte ([\d,]+)", str(caught.value))[1].replace(",", "")) == fault


@given(texts, st.sampled_from(["utf-16", "utf-32-be", "utf-8-sig", "gb18030", "utf-7"]))
def test_any_encoding_gives_the_same_text(tmp_path, text, encoding):
    text = text.removeprefix("\ufeff")
    path = write(tmp_path / "text.txt", text.encode(encoding))
    for size in (1, 1000):
        read = b"".join(source_blocks(path, encoding=encoding, size=size))
        assert read.decode() == text


@given(st.binary(max_size=200), st.sampled_from(["replace", "ignore"]), st.integers(1, 50))
def test_wrong_bytes_are_treated_as_asked(tmp_path, data, errors, size):
    data = data.replace(b"\0", b"")
    path = write(tmp_path / "text.txt", data)
    read = b"".join(source_blocks(path, errors=errors, size=size))
    assert read.decode() == data.decode("utf-8", errors).removeprefix("\ufeff")


@given(texts, st.integers(1, 60))
def test_blocks_of_bytes_end_between_words(tmp_path, text, size):
    path = write(tmp_path / "text.txt", text)
    blocks = list(corpus_blocks(path, size=size))
    parts = list(source_blocks(path, size=size))
    assert b"".join(parts).decode() == text.removeprefix("\ufeff")
    words = [word for part in parts for word in part.decode().split()]
    assert words == text.removeprefix("\ufeff").split()
    assert [block.ends_source for block in blocks] == [False] * (len(blocks) - 1) + [True]


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=12), min_size=1), st.data())
def test_blocks_of_ids_end_with_lines_and_cover_all(tmp_path, lines, data):
    ids = np.array([number for line in lines for number in [*line, -1]], dtype=np.int32)
    ids.tofile(tmp_path / "ids.bin")
    mapped = np.memmap(tmp_path / "ids.bin", dtype=np.int32, mode="r")
    corpus = EncodedCorpus(Vocabulary([], np.zeros(0, np.int64)), mapped, 0, 0, 0)
    size = data.draw(st.integers(1, len(ids) + 1))
    blocks = corpus.blocks(size)
    assert blocks[0, 0] == 0 and blocks[-1, 1] == len(ids)
    assert np.array_equal(blocks[1:, 0], blocks[:-1, 1])
    for start, end in blocks.tolist():
        assert 0 < end - start <= size
        # a block that is cut inside a line has no other place where it could be cut
        assert ids[end - 1] == -1 or -1 not in ids[start:end]
        # and no block stops before it must
        assert end == len(ids) or -1 not in ids[end : start + size]
