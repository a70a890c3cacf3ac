"""From text to numbers and back: what counts as a token and as a document."""

import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError, FormatError
from gradus.tasks.lm.lines import read_lines
from gradus.tasks.lm.spelling import END, UNKNOWN, Spelling

LINES = st.lists(st.text(st.sampled_from("ab c\t"), max_size=12), min_size=1, max_size=12).filter(
    lambda lines: any(line.split() for line in lines)
)


@given(LINES)
def test_words_and_line_ends_are_counted_as_python_splits_them(lines):
    spelling, text = Spelling.learn(iter(lines), min_count=1)
    expected = [token for line in lines for token in [*line.split(), END]]
    assert [spelling.vocabulary.words[n] for n in text.ids] == expected
    counts = {word: expected.count(word) for word in {*expected, UNKNOWN}}
    assert dict(zip(spelling.vocabulary.words, spelling.vocabulary.counts, strict=True)) == counts
    assert list(spelling.vocabulary.counts) == sorted(counts.values(), reverse=True)
    assert text.characters == sum(len(" ".join(line.split())) + 1 for line in lines)
    assert text.bounds.tolist() == [0, len(expected)]


@given(LINES)
def test_characters_give_the_text_back(lines):
    spelling, text = Spelling.learn(iter(lines), level="char", min_count=1)
    assert spelling.text(text.ids) == "".join(line + "\n" for line in lines)
    assert text.characters == len(text.ids)
    again = spelling.encode(iter(lines))
    assert again.ids.tolist() == text.ids.tolist()


@given(LINES, st.integers(1, 4), st.one_of(st.none(), st.integers(3, 6)))
def test_rare_words_become_unknown_and_their_counts_are_kept(lines, min_count, max_vocab):
    _, whole = Spelling.learn(iter(lines), min_count=1)
    try:
        spelling, text = Spelling.learn(iter(lines), min_count=min_count, max_vocab=max_vocab)
    except DataError as error:
        words = [token for line in lines for token in line.split()]
        assert max(map(words.count, words)) < min_count
        assert f"min_count={min_count} times" in str(error)
        return
    words, counts = spelling.vocabulary.words, spelling.vocabulary.counts
    assert len(words) <= (max_vocab or 100)
    assert counts.sum() == len(text) == len(whole)
    for word, count in zip(words, counts, strict=True):
        assert word in (END, UNKNOWN) or count >= min_count
        assert (text.ids == words.index(word)).sum() == count


@pytest.mark.parametrize(
    ("documents", "bounds"),
    [("file", [0, 9]), ("blank", [0, 5, 7]), ("line", [0, 3, 5, 7])],
)
def test_documents_end_where_the_setting_says(documents, bounds):
    lines = iter(["a b\n", "c\n", "\n", "  \n", "d\n"])
    spelling, text = Spelling.learn(lines, documents=documents, min_count=1)
    assert text.bounds.tolist() == bounds
    ends = (text.ids == spelling.end).sum()
    assert ends == (5 if documents == "file" else 3)  # a blank line is a line, or a border


def test_every_file_is_a_document_and_packed_ones_read_alike(tmp_path):
    first, second = tmp_path / "a.txt", tmp_path / "b.txt.xz"
    first.write_text("a b\r\nc", encoding="utf-8")
    second.write_bytes(lzma.compress("é ü\n".encode()))
    spelling, text = Spelling.learn([first, second], min_count=1)
    assert text.bounds.tolist() == [0, 5, 8]
    assert [spelling.vocabulary.words[n] for n in text.ids] == [
        *("a", "b", END, "c", END), *("é", "ü", END),
    ]  # fmt: skip


def test_a_line_longer_than_a_block_stays_one_line(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("word " * 1_000_000 + "end\nnext\n", encoding="utf-8")
    lines = [line for line in read_lines(path) if line is not None]
    assert [len(line.split()) for line in lines] == [1_000_001, 1]


def test_texts_that_cannot_be_read_are_told(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_bytes(b"good\nbad \xff\n")
    with pytest.raises(DataError, match="byte 9"):
        Spelling.learn(path)
    path.write_text("\n \n", encoding="utf-8")
    with pytest.raises(DataError, match="no token"):
        Spelling.learn(path)
    with pytest.raises(DataError, match="does not exist"):
        Spelling.learn(tmp_path / "absent.txt")


def test_saved_vocabularies_are_checked(tmp_path):
    spelling, _ = Spelling.learn(iter(["a b a b"]))
    values = spelling.save(tmp_path)
    loaded = Spelling.load(tmp_path, values)
    assert loaded.vocabulary.words == spelling.vocabulary.words
    with pytest.raises(FormatError, match="level"):
        Spelling.load(tmp_path, values | {"level": "syllable"})
    path = tmp_path / "vocabulary.txt"
    path.write_text("a\t2\nb\t2\n<eos>\t1\n", encoding="utf-8")
    with pytest.raises(FormatError, match="lacks <unk>"):
        Spelling.load(tmp_path, values)
    path.write_text("a\t2\na\t2\n<eos>\t1\n<unk>\t0\n", encoding="utf-8")
    with pytest.raises(FormatError, match="twice"):
        Spelling.load(tmp_path, values)
