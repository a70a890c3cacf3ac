"""Co-occurrence counts against double loops, the reference's table and SciPy."""

import json
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError, ExistsError, FormatError, SettingsError
from gradus.text.corpora import encode_corpus
from gradus.text.vocabulary import Vocabulary
from gradus.vectors import counting
from gradus.vectors.cooccurrence import Cooccurrences, count_cooccurrences, scaled_weights
from gradus.vectors.cooccurrence_formats import write_counts

REFERENCE_LINES = ["I like deep learning .", "I like NLP .", "I enjoy flying ."]
REFERENCE_WORDS = ["I", "like", "enjoy", "deep", "learning", "NLP", "flying", "."]
REFERENCE_TABLE = [
    [0, 2, 1, 0, 0, 0, 0, 0],
    [2, 0, 0, 1, 0, 1, 0, 0],
    [1, 0, 0, 0, 0, 0, 1, 0],
    [0, 1, 0, 0, 1, 0, 0, 0],
    [0, 0, 0, 1, 0, 0, 0, 1],
    [0, 1, 0, 0, 0, 0, 0, 1],
    [0, 0, 1, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 1, 1, 1, 0],
]

lines = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=12), min_size=1, max_size=8)


def encode(tmp_path, text, **settings):
    settings = {"min_count": 1, **settings}
    return encode_corpus(iter([" ".join(line) for line in text]), tmp_path / "corpus", **settings)


def by_hand(text, *, window, symmetric, distance_weighting):
    """Counts as fractions, by a double loop over the places of each line."""
    total: Counter[tuple[str, str]] = Counter()
    for line in text:
        for i, word in enumerate(line):
            for j, context in enumerate(line):
                distance = i - j if not symmetric else abs(i - j)
                if 1 <= distance <= window:
                    total[word, context] += Fraction(1, distance if distance_weighting else 1)
    return total


def as_dictionary(counts: Cooccurrences):
    words = counts.vocabulary.words
    return {
        (words[row], words[column]): Fraction(int(count), counts.scale)
        for row in range(len(words))
        for column, count in zip(
            counts.columns[counts.offsets[row] : counts.offsets[row + 1]],
            counts.counts[counts.offsets[row] : counts.offsets[row + 1]],
            strict=True,
        )
    }


def test_table_of_the_reference(tmp_path):
    corpus = encode(tmp_path, [line.split() for line in REFERENCE_LINES])
    counts = count_cooccurrences(corpus, tmp_path / "x", window=1, distance_weighting=False)
    order = [counts.vocabulary[word] for word in REFERENCE_WORDS]
    assert counts.dense()[np.ix_(order, order)].tolist() == REFERENCE_TABLE


@given(
    lines, st.integers(1, 13), st.booleans(), st.booleans(), st.integers(1, 3), st.integers(1, 9)
)
def test_counts_are_those_of_a_double_loop(
    tmp_path, monkeypatch, text, window, symmetric, distance_weighting, threads, stretch
):
    if not any(text):
        return
    # so small that a line spans stretches of text, and rows come from several runs
    monkeypatch.setattr(counting, "LEAST", stretch)
    corpus = encode(tmp_path, text)
    settings = {
        "window": window,
        "symmetric": symmetric,
        "distance_weighting": distance_weighting,
    }
    count_within(monkeypatch, corpus, tmp_path, threads, stretch, settings)
    counts = Cooccurrences.load(tmp_path / "x")
    assert as_dictionary(counts) == by_hand(text, **settings)
    assert counts.total == pytest.approx(float(sum(by_hand(text, **settings).values())))


def count_within(monkeypatch, corpus, tmp_path, threads, stretch, settings):
    start = counting.Counter.__init__

    def small(self, *args, **kwargs):
        start(self, *args, **kwargs)
        self.stretch, self.piece = stretch, 3

    with monkeypatch.context() as patch:
        patch.setattr(counting.Counter, "__init__", small)
        count_cooccurrences(corpus, tmp_path / "x", threads=threads, **settings)
    assert not (tmp_path / "x" / "runs").exists()


def test_dropped_words_vanish_before_windows_are_formed(tmp_path):
    corpus = encode(tmp_path, [["a", "x", "b"], ["a", "y", "b"]], min_count=2)
    counts = count_cooccurrences(corpus, tmp_path / "x", window=1)
    assert counts.row("a") == {"b": 2.0}


def test_a_word_in_its_own_window_counts_for_both_places(tmp_path):
    counts = count_cooccurrences(encode(tmp_path, [["a", "a"]]), tmp_path / "x", window=3)
    assert counts.dense().tolist() == [[2.0]]


@given(st.integers(1, 60))
def test_weights_are_exact_or_within_half_a_unit(window):
    weights, scale = scaled_weights(window, True)
    for distance, weight in enumerate(weights.tolist()[1:], start=1):
        error = abs(Fraction(weight, scale) - Fraction(1, distance))
        assert error == 0 if window <= 22 else error <= Fraction(1, 2 * scale)


def test_counts_that_do_not_fit_are_refused(tmp_path):
    corpus = encode(tmp_path, [["a", "b"]])
    huge = type(corpus)(Vocabulary(["a", "b"], np.array([2**40, 1])), corpus.ids, 2, 2, 1)
    with pytest.raises(DataError, match="64 bits"):
        count_cooccurrences(huge, tmp_path / "x", window=30)


@pytest.mark.parametrize("settings", [{"window": 0}, {"memory_mb": 1}])
def test_settings_out_of_range_are_named(tmp_path, settings):
    with pytest.raises(SettingsError, match=f"{next(iter(settings))}="):
        count_cooccurrences(encode(tmp_path, [["a", "b"]]), tmp_path / "x", **settings)


@pytest.mark.parametrize("name", ["columns.bin", "counts.bin", "offsets.bin", "cooccurrence.json"])
def test_damaged_counts_are_refused(tmp_path, name):
    count_cooccurrences(encode(tmp_path, [["a", "b"]]), tmp_path / "x")
    with (tmp_path / "x" / name).open("ab") as file:
        file.write(b"x")
    with pytest.raises(FormatError, match=name):
        Cooccurrences.load(tmp_path / "x")
    (tmp_path / "x" / "cooccurrence.json").unlink()
    with pytest.raises(FormatError, match=r"no cooccurrence\.json"):
        Cooccurrences.load(tmp_path / "x")


@given(lines)
def test_files_hold_the_matrix(tmp_path, text):
    if not any(text):
        return
    counts = count_cooccurrences(encode(tmp_path, text), tmp_path / "x", window=3)
    write_counts(counts, tmp_path / "x.npz", force=True)
    assert scipy.sparse.load_npz(tmp_path / "x.npz").toarray().tolist() == counts.dense().tolist()
    with np.load(tmp_path / "x.npz") as content:
        assert bytes(content["words"]).decode().split("\n") == counts.vocabulary.words
    write_counts(counts, tmp_path / "x.tsv", force=True)
    matrix = np.zeros((len(counts.vocabulary),) * 2)
    for line in (tmp_path / "x.tsv").read_text().splitlines():
        word, context, count = line.split("\t")
        matrix[counts.vocabulary[word], counts.vocabulary[context]] = float(count)
    assert matrix.tolist() == counts.dense().tolist()


def test_files_are_not_overwritten_or_of_unknown_kind(tmp_path):
    counts = count_cooccurrences(encode(tmp_path, [["a", "b"]]), tmp_path / "x")
    (tmp_path / "x.tsv").write_text("mine")
    with pytest.raises(ExistsError):
        write_counts(counts, tmp_path / "x.tsv")
    assert (tmp_path / "x.tsv").read_text() == "mine"
    with pytest.raises(SettingsError, match=r"choose \.npz or \.tsv"):
        write_counts(counts, tmp_path / "x.csv")


def test_command_prints_the_reference_as_json(tmp_path, run_cli):
    (tmp_path / "text").write_text("\n".join(REFERENCE_LINES))
    command = ["vectors", "cooccurrence", tmp_path / "text", "--window", 1, "--weighting", "none"]
    run = run_cli(*command, "--json")
    assert run.code == 0
    found = json.loads(run.stdout)
    assert list(found) == ["words", "counts"]
    order = [found["words"].index(word) for word in REFERENCE_WORDS]
    assert [[found["counts"][i][j] for j in order] for i in order] == REFERENCE_TABLE


def test_command_shows_the_most_frequent_words(tmp_path, run_cli):
    (tmp_path / "text").write_text("\n".join(["a b c", "a b", *(f"w{n}" for n in range(20))]))
    run = run_cli("vectors", "cooccurrence", tmp_path / "text", "--left", "--quiet")
    assert run.code == 0
    head, first, second, *_ = run.stdout.splitlines()
    assert head.split()[:3] == ["a", "b", "c"]
    assert (first.split()[:4], second.split()[:4]) == (list("a000"), list("b200"))
    assert "12 most frequent of 23 words" in run.stderr


def test_command_writes_files(tmp_path, run_cli):
    (tmp_path / "text").write_text("a b")
    run = run_cli("vectors", "cooccurrence", tmp_path / "text", "-o", tmp_path / "x.tsv")
    assert (run.code, (tmp_path / "x.tsv").read_text()) == (0, "a\tb\t1.0\nb\ta\t1.0\n")
    assert "wrote 2 pairs" in run.stderr
    again = run_cli("vectors", "cooccurrence", tmp_path / "text", "-o", tmp_path / "x.tsv")
    assert again.code == 1 and "--force" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--weighting", "square"], 2, "choose distance or none"),
        (["-o", "counts.csv"], 2, "choose .npz or .tsv"),
        (["--json"], 1, "-o counts.npz"),
        (["--min-count", "9"], 1, "min"),
    ],
)
def test_command_explains_mistakes(tmp_path, run_cli, arguments, code, message):
    (tmp_path / "text").write_text(" ".join(f"w{n}" for n in range(2001)))
    run = run_cli("vectors", "cooccurrence", tmp_path / "text", "--quiet", *arguments)
    assert (run.code, run.stdout) == (code, "")
    assert message in run.stderr
