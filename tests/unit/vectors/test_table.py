import itertools
import warnings

import gensim
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from gradus.core.errors import (
    DataError,
    ExistsError,
    FormatError,
    GradusError,
    SettingsError,
    UnknownWordError,
)
from gradus.core.storage import fresh_folder, read_json
from gradus.vectors.queries import best
from gradus.vectors.table import WordVectors, write_vectors_folder

WORDS = [f"word{number}" for number in range(300)]


@pytest.fixture(scope="module")
def table() -> WordVectors:
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(300, 12)).astype(np.float32) * rng.uniform(0.1, 9, size=(300, 1))
    return WordVectors(
        WORDS,
        vectors.astype(np.float32),
        counts=np.arange(300, 0, -1),
        output=vectors[::-1].astype(np.float32),
    )


@pytest.fixture(scope="module")
def peer(table):
    keyed = gensim.models.KeyedVectors(table.dim)
    keyed.add_vectors(table.words, table.vectors)
    return keyed


def same(ours, theirs):
    assert [neighbor.word for neighbor in ours] == [word for word, _ in theirs]
    assert_allclose(
        [neighbor.score for neighbor in ours], [score for _, score in theirs], atol=1e-5
    )


@pytest.mark.parametrize("word", WORDS[:20])
def test_neighbours_are_those_of_gensim(table, peer, word):
    same(table.most_similar(word), peer.most_similar(word))


def test_sums_and_differences_are_those_of_gensim(table, peer):
    positive, negative = ["word1", "word2", "word3"], ["word4", "word5"]
    same(
        table.most_similar(positive, negative, n=25),
        peer.most_similar(positive=positive, negative=negative, topn=25),
    )


def test_a_vector_is_asked_like_a_word_but_excludes_nothing(table):
    found = table.most_similar(table["word7"], n=4)
    assert found[0].word == "word7"
    assert found[0].score == pytest.approx(1, abs=1e-6)
    assert found[1:] == table.most_similar("word7", n=3)
    assert table.most_similar([table["word7"]], n=4) == found


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")
@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_analogies_are_those_of_gensim(table, peer, method):
    ask = {"3cosadd": peer.most_similar, "3cosmul": peer.most_similar_cosmul}[method]
    for number in range(20):
        a, b, c = WORDS[number], WORDS[number + 30], WORDS[number + 60]
        same(table.analogy(a, b, c, method=method), ask(positive=[b, c], negative=[a]))


def test_a_batch_gives_what_single_questions_give(table):
    for word, found in zip(WORDS, table.most_similar_batch(WORDS, n=7), strict=True):
        single = table.most_similar(word, n=7)
        assert [neighbor.word for neighbor in found] == [neighbor.word for neighbor in single]
        assert_allclose([one.score for one in found], [one.score for one in single], atol=1e-6)


def test_similarity_is_that_of_gensim(table, peer):
    for a, b in itertools.pairwise(WORDS):
        assert table.similarity(a, b) == pytest.approx(peer.similarity(a, b), abs=1e-6)
    assert table.similarity("word1", "word1") == pytest.approx(1, abs=1e-6)


def test_the_odd_one_out_is_that_of_gensim(table, peer):
    for start in range(0, 290, 5):
        chosen = WORDS[start : start + 5]
        assert table.odd_one_out(chosen) == peer.doesnt_match(chosen)


@given(
    st.lists(st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=400),
    st.integers(1, 30),
    st.sets(st.integers(0, 20), max_size=4),
)
def test_the_best_are_those_of_a_full_sort(scores, n, exclude):
    ranked = sorted(range(len(scores)), key=lambda number: (-scores[number], number))
    expected = [number for number in ranked if number not in exclude][:n]
    assert best(np.array(scores, dtype=np.float32), n, exclude).tolist() == expected


def test_a_table_reads_like_a_collection(table):
    assert len(table) == 300
    assert list(table) == WORDS
    assert "word5" in table and "nothing" not in table and 5 not in table
    assert_array_equal(table["word5"], table.vectors[5])
    assert_array_equal(table[["word5", "word2"]], table.vectors[[5, 2]])


def test_a_slice_is_a_table_of_the_most_frequent_words(table):
    top = table[:10]
    assert top.words == WORDS[:10]
    assert_array_equal(top.counts, table.counts[:10])
    assert_array_equal(top.output, table.output[:10])
    assert_array_equal(top.norms, table.norms[:10])
    assert {neighbor.word for neighbor in top.most_similar("word0")} == set(WORDS[1:10])


def test_a_notebook_shows_words_safely(table):
    assert repr(table) == "WordVectors(300 words, dim 12, counts, output)"
    shown = WordVectors(["<b>", "&"], np.ones((2, 2)))._repr_html_()
    assert "&lt;b&gt;" in shown and "<b>" not in shown
    assert "290 more words" in table._repr_html_()


def test_zero_vectors_score_zero_without_warnings():
    table = WordVectors(["zero", "up", "right"], np.array([[0, 0], [0, 2], [3, 0]], np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [one.score for one in table.most_similar("zero")] == [0, 0]
        assert table.similarity("zero", "up") == 0
        assert table.odd_one_out(["up", "right", "zero"]) in table
        assert np.isfinite([one.score for one in table.analogy("zero", "up", "right")]).all()
        assert table.most_similar("up", n=2)[-1].score == 0


def test_huge_and_tiny_vectors_have_directions():
    rows = np.array([[1e38, 1e38], [1e-30, 1e-30], [1e-44, 0]], dtype=np.float32)
    table = WordVectors(["huge", "tiny", "tiniest"], rows)
    assert table.similarity("huge", "tiny") == pytest.approx(1)
    assert table.most_similar("huge")[0] == ("tiny", pytest.approx(1))


def test_an_unknown_word_is_told_with_near_spellings(table):
    with pytest.raises(UnknownWordError, match=r"'wort12' is not among the 300 words.*word12"):
        table.most_similar("wort12")
    with pytest.raises(UnknownWordError, match="'word3' is"):
        table["WORD3"]


@pytest.mark.parametrize(
    ("ask", "error", "text"),
    [
        (lambda t: t.most_similar([]), SettingsError, "no word was given"),
        (lambda t: t.most_similar("word1", n=0), SettingsError, "n=0 is out of range"),
        (lambda t: t.most_similar_batch(["word1"], n=-1), SettingsError, "n=-1 is out of range"),
        (lambda t: t.most_similar(np.ones(5)), DataError, r"shape \(5,\).*dim 12"),
        (lambda t: t.most_similar(np.full(12, np.nan)), DataError, "NaN or infinity"),
        (lambda t: t.analogy("word1", "word2", "word3", n=0), SettingsError, "n=0"),
        (lambda t: t.odd_one_out(["word1", "word2"]), SettingsError, "2 words have no odd one"),
    ],
)
def test_wrong_questions_are_explained(table, ask, error, text):
    with pytest.raises(error, match=text):
        ask(table)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: WordVectors(["a"], np.ones((2, 3))), "1 words came with 2 vectors"),
        (lambda: WordVectors(["a"], np.ones(3)), r"shape \(3,\)"),
        (lambda: WordVectors(["a"], np.ones((1, 0))), r"shape \(1, 0\)"),
        (lambda: WordVectors(["a"], np.ones((1, 2)), counts=np.ones(2, int)), "2 counts"),
        (lambda: WordVectors(["a"], np.ones((1, 2)), output=np.ones((1, 3))), "output matrix"),
        (lambda: WordVectors(["a", "a"], np.ones((2, 2))).similarity("a", "a"), "occurs twice"),
    ],
)
def test_tables_that_do_not_fit_together_are_refused(make, text):
    with pytest.raises(DataError, match=text):
        make()


def test_save_and_load_give_the_same_table_memory_mapped(table, tmp_path):
    table.save(tmp_path / "v", settings={"dim": 12}, metrics={"loss": 0.5})
    back = WordVectors.load(tmp_path / "v")
    assert back.words == table.words
    for name in ("vectors", "output", "counts", "norms"):
        assert_array_equal(getattr(back, name), getattr(table, name))
    assert isinstance(back.vectors, np.memmap) and not back.vectors.flags.writeable
    assert back.most_similar("word9") == table.most_similar("word9")
    config = read_json(tmp_path / "v" / "config.json")
    assert (config["kind"], config["query"], config["settings"]) == (
        "vectors",
        "input",
        {"dim": 12},
    )
    assert read_json(tmp_path / "v" / "metrics.json") == {"loss": 0.5}


def test_a_trainer_writes_into_its_open_folder(table, tmp_path):
    with fresh_folder(tmp_path / "v") as folder:
        write_vectors_folder(folder, table, settings={}, metrics={})
    assert len(WordVectors.load(tmp_path / "v")) == 300


def test_unknown_counts_stay_unknown(tmp_path):
    WordVectors(["a", "b"], np.eye(2)).save(tmp_path / "v")
    assert WordVectors.load(tmp_path / "v").counts is None


@pytest.mark.parametrize("word", ["a\tb", "a\rb", "\t", "", " ", "\x85", "😀 x", "\x00", "9\t9"])
def test_odd_words_survive_the_folder(word, tmp_path):
    WordVectors([word, "other"], np.eye(2)).save(tmp_path / "v")
    assert WordVectors.load(tmp_path / "v").words == [word, "other"]


def test_nothing_is_left_of_a_save_that_fails(tmp_path):
    broken = np.array([[1.0, np.nan]])
    with pytest.raises(DataError, match="word number 0 has norm nan"):
        WordVectors(["a"], broken).save(tmp_path / "v")
    with pytest.raises(DataError, match="occurs twice"):
        WordVectors(["a", "a"], np.eye(2)).save(tmp_path / "v")
    with pytest.raises(GradusError, match="line break"):
        WordVectors(["a\nb"], np.ones((1, 2))).save(tmp_path / "v")
    assert list(tmp_path.iterdir()) == []


def test_a_taken_place_needs_force(table, tmp_path):
    table.save(tmp_path / "v")
    with pytest.raises(ExistsError, match="force"):
        table[:5].save(tmp_path / "v")
    table[:5].save(tmp_path / "v", force=True)
    assert len(WordVectors.load(tmp_path / "v")) == 5


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("vocabulary.txt", b"a\t3\n", "vocabulary.txt has 1 words"),
        ("vocabulary.txt", b"a\t3\nb\n", "line 2"),
        ("vocabulary.txt", b"a\n7\tb\t3\n", "line 1"),
        ("vocabulary.txt", b"a\t1\nb\t\n", "line 2"),
        ("vocabulary.txt", b"a\t1\n\xff\t1\n", "not UTF-8 at byte 4"),
        ("model.safetensors", b"", "0 bytes cannot hold its header"),
        (
            "config.json",
            b'{"format": "gradus", "kind": "vectors", "version": 1, "query": "x"}',
            "'x'",
        ),
        ("config.json", b'{"format": "gradus", "kind": "vectors", "version": 99}', "version 99"),
        ("config.json", b'{"format": "gradus", "kind": "tagger", "version": 1}', "kind 'tagger'"),
    ],
)
def test_a_damaged_folder_is_explained(tmp_path, name, content, text):
    WordVectors(["a", "b"], np.eye(2)).save(tmp_path / "v")
    (tmp_path / "v" / name).write_bytes(content)
    with pytest.raises(FormatError, match=text):
        WordVectors.load(tmp_path / "v")


def test_tensors_of_other_shapes_are_refused(tmp_path):
    from gradus.core.storage import write_tensors

    WordVectors(["a", "b"], np.eye(2)).save(tmp_path / "v")
    for tensors in (
        {"input": np.eye(2, dtype=np.float32), "norms": np.ones(3, dtype=np.float32)},
        {"input": np.eye(2, dtype=np.float32), "output": np.ones((2, 3), dtype=np.float32)},
        {"input": np.ones(2, dtype=np.float32)},
        {"input": np.eye(2)},
    ):
        write_tensors(tmp_path / "v" / "model.safetensors", tensors)
        with pytest.raises(FormatError, match="damaged"):
            WordVectors.load(tmp_path / "v")
