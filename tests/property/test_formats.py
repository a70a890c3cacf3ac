"""Every reader takes back what its writer wrote, and says no to anything else in its own words."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_array_equal

from gradus.core.errors import GradusError
from gradus.vectors.contents import Contents
from gradus.vectors.evaluate import read_analogies, read_pairs
from gradus.vectors.formats import FORMATS, read_vectors, write_vectors
from gradus.vectors.table import WordVectors
from gradus.vectors.text_format import parse_block

FILES = [name for name in FORMATS if name != "gradus"]

letters = st.characters(exclude_categories=["Cs", "Z"], exclude_characters="\n\r\t\x0b\x0c \x1c")
words = st.text(letters, min_size=1, max_size=12)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
moderate = st.floats(-(2.0**100), 2.0**100, width=32)  # their norms are float32, too


@st.composite
def tables(draw, word=words, value=floats):
    """Words and rows, plain: shape checks of ``Contents`` draw lots, which strategies may not."""
    chosen = draw(st.lists(word, min_size=1, max_size=12, unique=True))
    shape = (len(chosen), draw(st.integers(1, 6)))
    return {"words": chosen, "vectors": draw(arrays.arrays(np.float32, shape, elements=value))}


# what files of vectors are made of, so that mutations reach deep into the readers
fragments = st.sampled_from(
    b" |\n|\r\n|\t|  |: s\n|#|e|0|1|-1.5|2 3\n|1e99|nan|inf|w|. .|\xc3\xa9|\xff|\0\0\x80?".split(
        b"|"
    )
)
loose = st.one_of(st.binary(max_size=60), st.lists(fragments, max_size=40).map(b"".join))
headers = st.tuples(st.integers(0, 5), st.integers(0, 4)).map(lambda pair: b"%d %d\n" % pair)


# places as shares of the file's length, how much goes, and what comes instead
edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), loose), max_size=3)


def edited(data, changes, kept):
    for share, length, instead in changes:
        at = round(share * len(data))
        data = data[:at] + instead + data[at + length :]
    return data[: round(kept * len(data))]


def bits(array):
    return np.ascontiguousarray(array, dtype=np.float32).view(np.uint32)


@pytest.mark.parametrize("name", FILES)
@given(contents=tables())
def test_files_give_back_every_bit(name, contents, tmp_path):
    write_vectors(tmp_path / "v", Contents(**contents), name, force=True)
    back = read_vectors(tmp_path / "v", name)
    assert back.words == contents["words"]
    assert_array_equal(bits(back.vectors), bits(contents["vectors"]))


@given(
    contents=tables(
        word=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n")),
        value=moderate,
    )
)
def test_folders_give_back_every_bit_and_word(contents, tmp_path):
    write_vectors(tmp_path / "v", Contents(**contents), "gradus", force=True)
    back = read_vectors(tmp_path / "v")
    assert back.words == contents["words"]
    assert_array_equal(bits(back.vectors), bits(contents["vectors"]))


@pytest.mark.parametrize("name", [None, *FILES])
@given(
    data=st.one_of(loose, st.tuples(headers, loose).map(b"".join)),
    errors=st.sampled_from(["strict", "replace", "ignore"]),
    duplicates=st.sampled_from(["error", "first"]),
)
def test_any_bytes_give_a_table_or_a_clear_error(name, data, errors, duplicates, tmp_path):
    path = tmp_path / "v"
    path.write_bytes(data)
    read_or_refused(path, name, errors, duplicates)


digits = st.text("0123456789.+-eE", min_size=1, max_size=9)
numbers = st.one_of(
    floats.map(lambda value: str(np.float32(value))),
    floats.map(repr),
    st.integers().map(str),
    digits,
)
lines = st.lists(st.tuples(words, numbers, numbers).map(" ".join), min_size=1, max_size=6)


@given(lines=lines, changes=edits, ends=st.sampled_from(["\n", " \n", "\r\n"]))
def test_compiled_code_reads_what_plain_code_reads(lines, changes, ends):
    whole = ends.join([*lines, ""]).encode()
    for block in (whole, edited(whole, changes, 1) + b"\n"):
        outcomes = [outcome_of(block, compiled) for compiled in (False, True)]
        assert outcomes[0] == outcomes[1]


def outcome_of(block, compiled):
    try:
        found = parse_block(block, 2, 1, Path("v"), compiled=compiled)
    except GradusError as error:
        return str(error)
    return found.words, found.lines.tolist(), bits(found.values).tolist()


@pytest.mark.parametrize("name", FILES)
@given(contents=tables(), changes=edits, kept=st.sampled_from([1, 1, 0.9, 0.5]))
def test_any_damage_to_a_file_gives_a_table_or_a_clear_error(
    name, contents, changes, kept, tmp_path
):
    path = tmp_path / "v"
    write_vectors(path, Contents(**contents), name, force=True)
    path.write_bytes(edited(path.read_bytes(), changes, kept))
    read_or_refused(path, None, "strict", "error")
    read_or_refused(path, name, "ignore", "first")


def read_or_refused(path, name, errors, duplicates):
    try:
        contents = read_vectors(path, name, errors=errors, duplicates=duplicates)
    except GradusError as error:
        assert str(path) in str(error)
        return
    assert len(contents.words) == len(set(contents.words)) == len(contents.vectors) > 0
    assert contents.vectors.dtype == np.float32
    assert np.isfinite(contents.vectors).all()


@given(data=loose, name=st.sampled_from(["config.json", "model.safetensors", "vocabulary.txt"]))
def test_any_damage_to_a_folder_gives_a_table_or_a_clear_error(data, name, tmp_path):
    WordVectors(["a", "b"], np.eye(2)).save(tmp_path / "v", force=(tmp_path / "v").exists())
    path = tmp_path / "v" / name
    whole = path.read_bytes()
    path.write_bytes(whole[: len(data)] + data + whole[2 * len(data) :])
    try:
        WordVectors.load(tmp_path / "v")
    except GradusError:
        pass
    finally:
        path.write_bytes(whole)


@given(contents=tables(value=moderate))
def test_queries_of_any_table_give_finite_numbers(contents):
    table = WordVectors(**contents)
    word = table.words[0]
    near = [neighbor.score for neighbor in table.most_similar(word, n=len(table))]
    assert len(near) == len(table) - 1
    assert near == sorted(near, reverse=True)
    scores = near + [
        neighbor.score for neighbor in table.analogy(word, word, word, method="3cosmul")
    ]
    scores += [table.similarity(word, other) for other in table.words]
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("reader", [read_analogies, read_pairs])
@given(data=loose)
def test_any_evaluation_file_is_read_or_refused(reader, data, tmp_path):
    path = tmp_path / "questions"
    path.write_bytes(data)
    try:
        assert reader(path)
    except GradusError as error:
        assert str(path) in str(error)
