import bz2
import gzip
import lzma

import gensim
import numpy as np
import pytest
import zstandard
from numpy.testing import assert_array_equal

from gradus.core.errors import DataError, ExistsError, FormatError, SettingsError
from gradus.vectors.contents import Contents
from gradus.vectors.formats import FORMATS, convert_vectors, detect, read_vectors, write_vectors
from gradus.vectors.table import WordVectors

FILES = {
    "word2vec": "v.txt",
    "word2vec-binary": "v.bin",
    "fasttext": "v.vec",
    "glove": "v.glove",
}
GENSIM = {
    "word2vec": {},
    "word2vec-binary": {"binary": True},
    "fasttext": {},
    "glove": {"no_header": True},
}
GENSIM_LEAVES_FILES_OPEN = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module")
def contents() -> Contents:
    rng = np.random.default_rng(5)
    words = ["the", "Zürich", "10.5", "naïve,", "日本", "😀", "</s>", "-", "nan", "1e5", "\u00a0"]
    words += [f"w{number}" for number in range(2000)]
    scale = 10.0 ** rng.integers(-44, 38, size=(len(words), 7))
    vectors = (rng.normal(size=(len(words), 7)) * scale).astype(np.float32)
    vectors[3] = 0
    vectors[4] = np.finfo(np.float32).max
    vectors[5] = np.finfo(np.float32).smallest_subnormal
    return Contents(words=words, vectors=vectors)


def bits(array):
    return np.ascontiguousarray(array, dtype=np.float32).view(np.uint32)


@pytest.mark.parametrize("name", FORMATS)
def test_reading_back_gives_the_same_bits(name, contents, tmp_path):
    path = tmp_path / FILES.get(name, "folder")
    if name == "gradus":  # norms are kept there, so the vectors must have some
        small = np.clip(contents.vectors, -1e30, 1e30).astype(np.float32)
        contents = Contents(words=contents.words, vectors=small)
    write_vectors(path, contents)
    back = read_vectors(path)
    assert back.words == contents.words
    assert_array_equal(bits(back.vectors), bits(contents.vectors))


@GENSIM_LEAVES_FILES_OPEN
@pytest.mark.parametrize("name", FILES)
def test_gensim_loads_what_we_write(name, contents, tmp_path):
    write_vectors(tmp_path / FILES[name], contents)
    peer = gensim.models.KeyedVectors.load_word2vec_format(tmp_path / FILES[name], **GENSIM[name])
    assert peer.index_to_key == contents.words
    assert_array_equal(bits(peer.vectors), bits(contents.vectors))


@GENSIM_LEAVES_FILES_OPEN
@pytest.mark.parametrize("name", FILES)
def test_gensim_gives_the_same_neighbours_from_what_we_write(name, tmp_path):
    rng = np.random.default_rng(6)
    words = [f"w{number}" for number in range(200)]
    ours = WordVectors(words, rng.normal(size=(200, 20)).astype(np.float32))
    write_vectors(tmp_path / FILES[name], ours.contents)
    peer = gensim.models.KeyedVectors.load_word2vec_format(tmp_path / FILES[name], **GENSIM[name])
    for word in words[:50]:
        expected = peer.most_similar(word)
        found = ours.most_similar(word)
        assert [one.word for one in found] == [one for one, _ in expected]
        assert [one.score for one in found] == pytest.approx([s for _, s in expected], abs=1e-5)


@pytest.mark.parametrize("name", FILES)
def test_we_load_what_gensim_writes(name, contents, tmp_path):
    peer = gensim.models.KeyedVectors(7)
    peer.add_vectors(contents.words, contents.vectors)
    path = tmp_path / "from-gensim"
    peer.save_word2vec_format(path, binary=name == "word2vec-binary", write_header=name != "glove")
    back = read_vectors(path)
    assert back.words == contents.words
    assert_array_equal(bits(back.vectors), bits(contents.vectors))


@pytest.mark.parametrize(
    ("ending", "unpack"),
    [
        (".gz", gzip.decompress),
        (".bz2", bz2.decompress),
        (".xz", lzma.decompress),
        (".zst", lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)),
    ],
)
@pytest.mark.parametrize("name", FILES)
def test_packed_files_hold_what_plain_ones_do(name, ending, unpack, contents, tmp_path):
    plain, packed = tmp_path / FILES[name], tmp_path / (FILES[name] + ending)
    write_vectors(plain, contents)
    write_vectors(packed, contents)
    assert unpack(packed.read_bytes()) == plain.read_bytes()
    assert_array_equal(bits(read_vectors(packed).vectors), bits(contents.vectors))
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(DataError, match="cut off or damaged"):
        read_vectors(packed)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"2 2\na 1 2\nb 3 4\n", "word2vec"),
        (b"2 2\r\na 1 2\r\nb 3 4\r\n", "word2vec"),
        (b"2 2 \na 1 2 \nb 3 4 \n", "word2vec"),
        (b"2\t2\na\t1\t2\nb\t3\t4\n", "word2vec"),
        (b"2 2\na  1  2\n\nb 3 4\n\n", "word2vec"),
        (b"2 2\na 1 2\nb 3 4", "word2vec"),
        (b"2 2\na +1 2.\nb 3E0 .4e+1\n", "word2vec"),
        (b"a 1 2\nb 3 4\n", "glove"),
        (b"a 1 2\nb 3 4", "glove"),
        (b"2 2\na \0\0\x80?\0\0\0@b \0\0@@\0\0\x80@", "word2vec-binary"),
        (b"2 2\na \0\0\x80?\0\0\0@\nb \0\0@@\0\0\x80@\n", "word2vec-binary"),
        (b"2 2\n\na \0\0\x80?\0\0\0@\nb \0\0@@\0\0\x80@", "word2vec-binary"),
    ],
)
def test_the_dialects_in_the_wild_are_understood(data, expected, tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(data)
    assert detect(path).name == expected
    back = read_vectors(path)
    assert back.words == ["a", "b"]
    assert back.vectors.tolist() == [[1, 2], [3, 4]]


def test_words_with_spaces_are_read_from_the_right(tmp_path):
    words = ["the", ". . .", "at name@domain.com", "Killerseats.com .", "1", "\u00a0x"]
    lines = [f"{word} {number}.5 -1 2e-3" for number, word in enumerate(words)]
    for header in ("6 3\n", ""):
        path = tmp_path / "vectors.txt"
        path.write_text(header + "\n".join(lines) + "\n")
        back = read_vectors(path)
        assert back.words == words
        assert back.vectors[:, 0].tolist() == [number + 0.5 for number in range(6)]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"0 5\n", "line 1: the header promises 0 words"),
        (b"3 2\na 1 2\nb 3 4\n", "promises 3 words, but the file holds 2 in its 3 lines"),
        (b"1 2\na 1 2\nb 3 4\n", "promises 1 words, but the file holds more, from line 3 on"),
        (b"2 2\na 1 2\nb 3\n", "line 3: expected a word and 2 values, found 1 value"),
        (b"2 2\na 1 2\n3 4\n", "line 3: expected a word and 2 values, found 1 value"),
        (b"2 2\na 1 2\nb 3 4 5\n", "line 3: expected a word and 2 values, found 3 values"),
        (b"2 2\na 1 2\nb 3 4 5 6\n", "line 3: expected a word and 2 values, found 4 values"),
        (b"2 2\na 1 2\n 3 4\n", "line 3: no word stands before the 2 values"),
        (b"2 2\na 1 2\nb 3 x\n", "line 3: value 2, 'x', is not a number"),
        (b"2 2\na 1 2\nb 0x1 1_0\n", "line 3: value 1, '0x1', is not a number"),
        (b"2 2\na 1 2\nb 3 1-2\n", "line 3: value 2, '1-2', is not a number"),
        (b"2 2\na 1 2\nb 1.2.3 4\n", "line 3: value 1, '1.2.3', is not a number"),
        (b"2 2\na 1 2\nb 3 nan\n", "line 3: value 2, 'nan', is not finite"),
        (b"2 2\na 1 2\nb -Inf 3\n", "line 3: value 1, '-Inf', is not finite"),
        (b"2 2\na 1 2\nb 3 1e39\n", "line 3: value 2, '1e39', is beyond float32"),
        (b"3 2\na 1 2\nb 3 4\na 5 6\n", "line 4: the word 'a' stands at line 2 already"),
        (
            b"2 2\na 1 2\n\xff\xfe 3 4\n",
            r"line 3: the word b'\\xff\\xfe' is not UTF-8 at its byte 0",
        ),
        (b"99999999 99999\na 1 2\n", "line 2: expected a word and 99999 values, found 2 values"),
        (b"a 1 2\nb 3 4\nc 5\n", "line 3: expected a word and 2 values, found 1 value"),
        (b"only words\nand no numbers\n", "line 1: expected a word and its values"),
        (b"2 2\na \0\0\x80?\0\0\0@b \0", "which need at least 20 bytes"),
        (
            b"2 2\nabc \0\0\x80?\0\0\0@b \0\0@@",
            "byte 18: the file ends inside the vector of word 2",
        ),
        (b"2 1\nabcde \0\0\x80?bcdefg", "byte 14: the file ends before word 2 of 2"),
        (b"1 1\na \0\0\x80?\nb \0\0\x80?", "byte 11: more bytes follow the 1 words"),
        (b"2 1\na \0\0\xc0\x7fb \0\0\x80?", "byte 4: the vector of 'a' holds NaN or infinity"),
        (b"2 1\na \0\0\x80?a \0\0\x80?", "byte 10: the word 'a' stands at byte 4 already"),
        (b"2 1\n\xff \0\0\x80?b \0\0\x80?", "byte 4: word 1 of 2.*is not UTF-8"),
        (b"2 1\na \0\0\x80? \0\0\x80?b ", "byte 10: word 2 of 2 is empty"),
    ],
)
def test_a_damaged_file_is_told_with_its_place(data, text, tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(data)
    with pytest.raises(FormatError, match=text):
        read_vectors(path)


def test_line_numbers_count_every_line_of_a_long_file(tmp_path):
    lines = [b"w%d 1 2 3" % number for number in range(200_000)]
    path = tmp_path / "long.txt"
    path.write_bytes(b"\n".join([b"200000 3", *lines]))
    assert len(read_vectors(path).words) == 200_000
    lines[150_000] = b"\n\nbad 1 x 3"
    path.write_bytes(b"\n".join([b"200000 3", *lines]))
    with pytest.raises(FormatError, match="line 150004: value 2, 'x', is not a number"):
        read_vectors(path)


def test_choices_mend_bad_words(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_bytes(b"3 1\na 1\n\xff 2\na 3\n")
    back = read_vectors(path, errors="replace", duplicates="first")
    assert back.words == ["a", "\ufffd"]
    assert back.vectors.tolist() == [[1], [2]]
    assert read_vectors(path, errors="ignore", duplicates="first").words == ["a", ""]
    assert WordVectors.load(path, errors="replace", duplicates="first").words == back.words
    with pytest.raises(SettingsError, match="errors='loud' is unknown"):
        read_vectors(path, errors="loud")
    with pytest.raises(SettingsError, match="duplicates='last' is unknown"):
        read_vectors(path, duplicates="last")


def test_words_that_a_file_cannot_hold_are_refused_and_leave_nothing(tmp_path):
    for name, path in FILES.items():
        for word, what in (("a b", "a space"), ("a\nb", "a line break"), ("", "no letter")):
            contents = Contents(words=["x", word], vectors=np.eye(2, dtype=np.float32))
            with pytest.raises(FormatError, match=what):
                write_vectors(tmp_path / path, contents, name)
    assert list(tmp_path.iterdir()) == []


def test_spaces_in_words_can_be_replaced(tmp_path):
    contents = Contents(words=["new york", "x"], vectors=np.eye(2, dtype=np.float32))
    write_vectors(tmp_path / "v.txt", contents, spaces="_")
    assert read_vectors(tmp_path / "v.txt").words == ["new_york", "x"]


def test_conversion_checks_the_target_before_it_reads(tmp_path):
    taken = tmp_path / "v.txt"
    taken.write_bytes(b"1 1\na 1\n")
    with pytest.raises(ExistsError, match="--force"):
        convert_vectors(tmp_path / "missing.bin", taken)
    with pytest.raises(SettingsError, match=r"'\.doc' of .* names no format"):
        convert_vectors(taken, tmp_path / "v.doc")
    with pytest.raises(SettingsError, match="format='word' is unknown"):
        convert_vectors(taken, tmp_path / "v.txt2", format="word")
    with pytest.raises(DataError, match="does not exist"):
        convert_vectors(tmp_path / "missing.bin", tmp_path / "new.txt")
    assert convert_vectors(taken, tmp_path / "folder") == (1, 1, "gradus")
    assert convert_vectors(tmp_path / "folder", taken, force=True) == (1, 1, "word2vec")
    assert taken.read_bytes() == b"1 1\na 1.0\n"


def test_load_takes_every_format(contents, tmp_path):
    for name, path in FILES.items():
        write_vectors(tmp_path / path, contents, name)
        assert WordVectors.load(tmp_path / path).words == contents.words
