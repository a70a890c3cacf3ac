"""Encoded corpora: settings, errors with their place, files whole or absent, gensim's counts."""

import errno
import io
import itertools
import json
import lzma
import sys
from collections import Counter

import numpy as np
import pytest

from gradus.core.errors import DataError, ExistsError, FormatError, SettingsError, StorageError
from gradus.text import EncodedCorpus, encode_corpus, spool
from gradus.text.corpora import as_sources

TEXT = "the cat sat\n\non the mat\r\nthe dog"


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.encode())
    return path


def test_words_ids_and_facts(text, tmp_path):
    corpus = encode_corpus(text, tmp_path / "corpus", min_count=1)
    assert corpus.vocabulary.words == ["the", "cat", "dog", "mat", "on", "sat"]
    assert corpus.vocabulary.counts.tolist() == [3, 1, 1, 1, 1, 1]
    assert corpus.ids.tolist() == [0, 1, 5, -1, 4, 0, 3, -1, 0, 2, -1]
    assert (corpus.tokens, corpus.kept, corpus.lines) == (8, 8, 3)
    assert sorted(path.name for path in (tmp_path / "corpus").iterdir()) == [
        "corpus.json",
        "ids.bin",
        "vocabulary.txt",
    ]


def test_loading_gives_what_was_encoded(text, tmp_path):
    made = encode_corpus(text, tmp_path / "corpus", min_count=1)
    loaded = EncodedCorpus.load(tmp_path / "corpus")
    assert np.array_equal(loaded.ids, made.ids)
    assert loaded.vocabulary.words == made.vocabulary.words
    assert (loaded.tokens, loaded.kept, loaded.lines) == (made.tokens, made.kept, made.lines)


def test_rare_words_and_their_lines_vanish(text, tmp_path):
    corpus = encode_corpus(text, tmp_path / "corpus", min_count=2)
    assert corpus.ids.tolist() == [0, -1, 0, -1, 0, -1]
    assert (corpus.tokens, corpus.kept, corpus.lines) == (8, 3, 3)
    corpus = encode_corpus(text, tmp_path / "corpus", min_count=1, max_vocab=2)
    assert corpus.vocabulary.words == ["the", "cat"]


def test_kinds_of_tokens(tmp_path):
    lines = ["He said: 'don't -- it’s 3.14, well-known...' foo_bar “x”"]
    corpus = encode_corpus(iter(lines), tmp_path / "a", min_count=1, tokens="words")
    assert set(corpus.vocabulary) == {
        *("He", "said", "don't", "it’s", "3.14", "well-known", "foo", "bar", "x")
    }
    corpus = encode_corpus(iter(lines), tmp_path / "b", min_count=1, tokens="space")
    assert set(corpus.vocabulary) == set(lines[0].split())


@pytest.mark.parametrize(
    ("wrong", "place", "message"),
    [
        (b"\xff", 8, "0xff is not UTF-8.*--encoding.*--errors"),
        (b"caf\xe9 au lait", 11, "0xe9 is not UTF-8"),
        (b"\xe2\x80", 8, "0xe2 is not UTF-8"),
        (b"a\0b", 9, "NUL byte.*utf-16"),
        (b"\xed\xa0\x80", 8, "0xed is not UTF-8"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_wrong_bytes_are_named(tmp_path, wrong, place, message, packed):
    data = b"word and" + wrong + b" word\n" * 10
    path = tmp_path / ("text.xz" if packed else "text")
    path.write_bytes(lzma.compress(data) if packed else data)
    with pytest.raises(DataError, match=rf"text(\.xz)?, byte {place}: .*{message}"):
        encode_corpus(path, tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"errors": "replace"}, ["caf\ufffd", "\ufffd"]),
        ({"errors": "ignore"}, ["caf"]),
        ({"encoding": "latin-1"}, ["café", "ÿ"]),
    ],
)
def test_wrong_bytes_are_treated_as_asked(tmp_path, settings, words):
    path = tmp_path / "text"
    path.write_bytes(b"caf\xe9 \xff")
    corpus = encode_corpus(path, tmp_path / "corpus", min_count=1, **settings)
    assert corpus.vocabulary.words == words


def test_overlong_word_is_named(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"short " + b"x" * ((1 << 20) + 1) + b" short")
    with pytest.raises(DataError, match="text, byte 6: a word longer than 1,048,576 bytes"):
        encode_corpus(path, tmp_path / "corpus")


def test_long_words_are_words(tmp_path):
    words = ["x" * ((1 << 20) - 8), "y" * 100_000, "x" * ((1 << 20) - 9)]
    corpus = encode_corpus(iter([" ".join(words)]), tmp_path / "corpus", min_count=1)
    assert sorted(corpus.vocabulary) == sorted(words)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_empty_corpus_is_named(tmp_path, content):
    path = tmp_path / "text"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"text holds no word"):
        encode_corpus([path], tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


def test_empty_lines_are_refused(tmp_path):
    with pytest.raises(DataError, match="the corpus holds no word"):
        encode_corpus(iter([]), tmp_path / "corpus")


def test_empty_vocabulary_tells_the_largest_count(text, tmp_path):
    with pytest.raises(DataError, match="the most frequent one is met 3 times"):
        encode_corpus(text, tmp_path / "corpus", min_count=4)
    assert not (tmp_path / "corpus").exists()


def test_missing_file_is_found_before_anything_is_read(text, tmp_path):
    with pytest.raises(DataError, match="missing does not exist"):
        encode_corpus([text, tmp_path / "missing"], tmp_path / "corpus")


@pytest.mark.parametrize(
    "settings",
    [
        {"min_count": 0},
        {"max_vocab": 0},
        {"threads": 0},
        {"tokens": "letters"},
        {"encoding": "klingon"},
        {"errors": "perhaps"},
    ],
)
def test_settings_out_of_range(text, tmp_path, settings):
    with pytest.raises(SettingsError, match=next(iter(settings))):
        encode_corpus(text, tmp_path / "corpus", **settings)


def test_place_that_is_taken(text, tmp_path):
    with pytest.raises((ExistsError, StorageError, FileExistsError)):
        encode_corpus(text, text)


def test_failure_keeps_an_older_corpus(text, tmp_path):
    encode_corpus(text, tmp_path / "corpus", min_count=1)
    with pytest.raises(DataError):
        encode_corpus(text, tmp_path / "corpus", min_count=99)
    assert EncodedCorpus.load(tmp_path / "corpus").tokens == 8
    assert len(list((tmp_path / "corpus").iterdir())) == 3


def test_full_disk_leaves_nothing(text, tmp_path, monkeypatch):
    def refuse(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spool, "write_all", refuse)
    with pytest.raises(StorageError, match="the disk is full"):
        encode_corpus(text, tmp_path / "corpus", min_count=1)
    assert not (tmp_path / "corpus").exists()


def test_sources_of_every_kind():
    assert as_sources("a") == ["a"]
    assert as_sources(("a", "b")) == ["a", "b"]
    lines = iter(["a b"])
    assert as_sources(lines) == [lines]
    for wrong in ([], b"bytes"):
        with pytest.raises(DataError):
            as_sources(wrong)


def test_standard_input(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert encode_corpus("-", tmp_path / "corpus", min_count=1).tokens == 8


class Recorder:
    """Progress that remembers."""

    def __init__(self):
        self.events = []

    def start(self, stage, *, total, unit):
        self.events.append(("start", total, unit))

    def update(self, done, **facts):
        self.events.append(("update", done))

    def finish(self):
        self.events.append(("finish",))

    def note(self, text):
        self.events.append(("note", text))


def test_progress_counts_bytes_up_to_all_of_them(text, tmp_path):
    progress = Recorder()
    encode_corpus([text, text], tmp_path / "corpus", min_count=1, progress=progress)
    total = 2 * len(TEXT)
    assert progress.events[0] == ("start", total, "bytes")
    assert progress.events[-2:] == [("update", total), ("finish",)]


@pytest.mark.parametrize("name", ["ids.bin", "vocabulary.txt", "corpus.json"])
@pytest.mark.parametrize("damage", ["missing", "cut", "foreign"])
def test_damaged_folders_are_refused(text, tmp_path, name, damage):
    encode_corpus(text, tmp_path / "corpus", min_count=1)
    path = tmp_path / "corpus" / name
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    if damage == "foreign":
        path.write_bytes(b"[1, 2]\n" * 99)
    with pytest.raises(FormatError):
        EncodedCorpus.load(tmp_path / "corpus")


def test_corpus_of_a_later_version_is_refused(text, tmp_path):
    encode_corpus(text, tmp_path / "corpus", min_count=1)
    path = tmp_path / "corpus" / "corpus.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 99}))
    with pytest.raises(FormatError, match=r"version 99.*update Gradus"):
        EncodedCorpus.load(tmp_path / "corpus")


def test_blocks_need_a_size(text, tmp_path):
    with pytest.raises(SettingsError, match="size=0"):
        encode_corpus(text, tmp_path / "corpus", min_count=1).blocks(0)


def test_forgotten_ids_are_read_again(tmp_path):
    lines = (str(number % 7) for number in range(9999))
    corpus = encode_corpus(lines, tmp_path / "corpus", min_count=1)
    before = corpus.ids.tolist()
    for start, end in [(0, len(corpus.ids)), (5, 6), (1023, 2049), (3, 3)]:
        corpus.forget(start, end)
    assert corpus.ids.tolist() == before


def test_vocabulary_is_that_of_gensim(data_folder, tmp_path):
    from gensim.models import Word2Vec

    with lzma.open(data_folder / "text" / "wiki-en-21m.txt.xz", "rt", encoding="utf-8") as file:
        lines = list(itertools.islice(file, 3000))
    path = tmp_path / "slice.txt"
    path.write_text("".join(lines), encoding="utf-8", newline="")
    model = Word2Vec(min_count=3)
    read, _ = model.scan_vocab(corpus_file=str(path))
    corpus = encode_corpus(path, tmp_path / "corpus", min_count=3)
    theirs = {word: count for word, count in model.raw_vocab.items() if count >= 3}
    ours = dict(zip(corpus.vocabulary.words, corpus.vocabulary.counts.tolist(), strict=True))
    assert ours == theirs
    assert corpus.tokens == read
    ids = corpus.ids[corpus.ids >= 0]
    assert Counter(ids.tolist()) == dict(enumerate(corpus.vocabulary.counts.tolist()))


@pytest.mark.parametrize("number", [-2, 999_999])
def test_numbers_without_a_word_are_refused(text, tmp_path, number):
    corpus = encode_corpus(text, tmp_path / "corpus", min_count=1)
    ids = np.array(corpus.ids)
    ids[0] = number
    (tmp_path / "corpus" / "ids.bin").write_bytes(ids.tobytes())
    with pytest.raises(FormatError, match=r"holds numbers from"):
        EncodedCorpus.load(tmp_path / "corpus")
