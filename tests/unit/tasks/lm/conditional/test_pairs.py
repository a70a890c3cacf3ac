"""Pairs in files: what is written is read back; anything else is told by file and line."""

import bz2
import gzip
import lzma

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.tasks.lm.conditional import Pairs, read_pairs, split_pairs
from gradus.tasks.lm.conditional.pairs import read_texts
from gradus.tasks.lm.conditional.symbols import Symbols
from gradus.tasks.lm.levels import LEVELS

SIDES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\t\ufeff"), min_size=1
).filter(lambda text: bool(text.strip()))
PAIRS = st.lists(st.tuples(SIDES, SIDES), min_size=1)


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(pairs):
    return "".join(f"{source}\t{target}\n" for source, target in pairs)


@given(pairs=PAIRS, end=st.sampled_from(["\n", "\r\n"]))
def test_pairs_are_read_as_they_were_written(pairs, end, tmp_path):
    read = read_pairs(write(tmp_path / "p.tsv", lines(pairs).replace("\n", end)))
    assert list(zip(read.sources, read.targets, strict=True)) == pairs
    assert read.places[-1] == f"{tmp_path / 'p.tsv'}, line {len(pairs)}"


PACKERS = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("ending", PACKERS)
def test_packed_pairs_are_unpacked(tmp_path, ending):
    path = write(tmp_path / f"p.tsv{ending}", PACKERS[ending]("één\t1\n".encode()))
    assert read_pairs(path).sources == ["één"]


def test_files_follow_each_other_and_keep_their_lines(tmp_path):
    first = write(tmp_path / "a.tsv", "\ufeffa\tx\n\n")
    second = write(tmp_path / "b.tsv", "\n\nb\ty")
    read = read_pairs([first, second])
    assert read.sources == ["a", "b"]
    assert read.places == [f"{first}, line 1", f"{second}, line 3"]


WRONG = {
    b"": (DataError, "p.tsv has no pairs"),
    b"\n\n": (DataError, "p.tsv has no pairs"),
    b"a\tx\nno tab\n": (FormatError, "p.tsv, line 2: no TAB in 'no tab'"),
    b"a\tx\nb\ty\tz\n": (FormatError, "p.tsv, line 2: 3 columns .* cut -f1,2"),
    b"a\tx\n\ty\n": (DataError, "p.tsv, line 2: the source is empty"),
    b"a\tx\n \t \n": (DataError, "p.tsv, line 2: the source is empty"),
    b"a\tx\nb\t \n": (DataError, "p.tsv, line 2: the target is empty"),
    "a\tx\né\ty\n".encode("latin-1"): (FormatError, "p.tsv, line 2: the byte 0xe9 is not UTF-8"),
    b"a\tx\nb\0\ty\n": (FormatError, "p.tsv, line 2: a NUL byte"),
    "a\tx\n".encode("utf-16"): (FormatError, "p.tsv, line 1: a NUL byte"),
}


@pytest.mark.parametrize("content", WRONG)
def test_anything_else_is_told_by_file_and_line(tmp_path, content):
    kind, told = WRONG[content]
    with pytest.raises(kind, match=told):
        read_pairs(write(tmp_path / "p.tsv", content))


def test_a_missing_file_and_no_pairs_are_told(tmp_path):
    with pytest.raises(DataError, match=r"nowhere.tsv"):
        read_pairs(tmp_path / "nowhere.tsv")
    with pytest.raises(DataError, match="no pairs; give at least one"):
        Pairs.of([])
    with pytest.raises(DataError, match="line 1: the target has a TAB or a line break"):
        Pairs.of([("a", "x\ny")])


def test_texts_are_read_line_by_line(tmp_path):
    assert read_texts(write(tmp_path / "t.txt", "one two\r\nthree\n")) == ["one two", "three"]
    with pytest.raises(DataError, match=r"t.txt is empty"):
        read_texts(write(tmp_path / "t.txt", ""))


@given(
    sources=st.lists(st.sampled_from("abcdefgh"), min_size=2).filter(lambda s: len(set(s)) > 3),
    seed=st.integers(0, 99),
)
def test_pairs_of_one_source_stay_on_one_side(sources, seed):
    pairs = Pairs.of([(source, str(place)) for place, source in enumerate(sources)])
    rest, aside = split_pairs(pairs, 0.3, seed)
    assert not set(rest.sources) & set(aside.sources)
    assert sorted(rest.targets + aside.targets) == sorted(pairs.targets)
    assert len(set(aside.sources)) == round(0.3 * len(set(sources)))
    assert [int(target) for target in rest.targets] == sorted(map(int, rest.targets))


def test_a_share_that_leaves_one_side_empty_is_refused():
    with pytest.raises(DataError, match=r"dev_share=0.1 of 2 different sources"):
        split_pairs(Pairs.of([("a", "x"), ("b", "x"), ("b", "y")]), 0.1, 1)


@given(text=SIDES)
@pytest.mark.parametrize("name", list(LEVELS))
def test_a_text_of_symbols_is_cut_into_the_same_symbols_again(name, text):
    level = LEVELS.make(name)
    assert level.cut(level.join(level.cut(text))) == level.cut(text)
    assert level.join(level.cut(text)).split() == text.split()


@given(texts=st.lists(SIDES, min_size=1))
@pytest.mark.parametrize("name", list(LEVELS))
def test_numbers_of_known_symbols_give_the_text_back(name, texts, tmp_path):
    symbols = Symbols.learn(texts, level=name, min_count=1, max_vocab=None)
    symbols.save(tmp_path / "s.txt")
    loaded = Symbols.load(tmp_path / "s.txt", level=name)
    for text in texts:
        numbers = loaded.numbers(text)
        assert loaded.text(numbers.tolist()) == symbols.plain(text)
        assert not loaded.unknown(text)
        assert numbers.min() >= 2


def test_frequent_symbols_come_first_and_rare_ones_are_unknown():
    symbols = Symbols.learn(["b a a c", "b a"], level="word", min_count=2, max_vocab=None)
    assert symbols.vocabulary.words == ["a", "b"]
    assert symbols.vocabulary.counts.tolist() == [3, 2]
    assert symbols.numbers("c b a").tolist() == [1, 3, 2]
    assert len(Symbols.learn(["a b c"], level="char", min_count=1, max_vocab=2)) == 4
    assert np.array_equal(symbols.numbers(""), [])


def test_an_unknown_level_is_told():
    with pytest.raises(SettingsError, match="choose from word, char"):
        Symbols.learn(["a"], level="letter", min_count=1, max_vocab=None)
