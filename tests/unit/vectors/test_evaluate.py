import gensim
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError, FormatError, SettingsError
from gradus.vectors.evaluate import (
    evaluate_analogies,
    evaluate_similarity,
    pearson,
    ranks,
    read_analogies,
    read_pairs,
)
from gradus.vectors.table import WordVectors

WORDS = [f"w{number}" for number in range(3000)]


@pytest.fixture(scope="module")
def table() -> WordVectors:
    # few directions, so that analogies are answered right now and then
    vectors = np.random.default_rng(11).integers(-1, 2, size=(3000, 5)) + np.linspace(0, 0.4, 5)
    noise = np.random.default_rng(12).normal(scale=0.02, size=vectors.shape)
    return WordVectors(WORDS, (vectors + noise).astype(np.float32))


def peer_of(table):
    keyed = gensim.models.KeyedVectors(table.dim)
    keyed.add_vectors(table.words, table.vectors)
    return keyed


@pytest.fixture(scope="module")
def questions(tmp_path_factory, table):
    rng = np.random.default_rng(13)
    lines = [": empty section", ": family"]
    for number in range(400):
        if number == 200:
            lines.append(": gram1-plural")
        a, b, c = rng.integers(0, 200, size=3)
        d = table.analogy(*(WORDS[one] for one in (a, b, c)), n=2)[rng.integers(0, 2)].word
        if number % 7 == 0:
            d = "unknown"
        lines.append(f"{WORDS[a].upper()} {WORDS[b]} {WORDS[c]}\t{d}")
    path = tmp_path_factory.mktemp("questions") / "questions.txt"
    path.write_text("\n".join(lines) + "\n\n")
    return path


def assert_like_gensim(table, path, **settings):
    report = evaluate_analogies(table, path, **settings)
    restrict = settings.get("restrict_vocab", 300_000)
    accuracy, sections = peer_of(table).evaluate_word_analogies(
        str(path),
        restrict_vocab=restrict,
        case_insensitive=settings.get("lowercase", True),
    )
    expected = [
        (one["section"], len(one["correct"]), len(one["correct"]) + len(one["incorrect"]))
        for one in sections
    ]
    found = [(one.name, one.correct, one.attempted) for one in report.sections]
    assert found == expected[:-1]
    assert (report.total.correct, report.total.attempted) == expected[-1][1:]
    assert report.total.accuracy == (accuracy if report.total.attempted else None)
    return report


@pytest.mark.parametrize("settings", [{}, {"restrict_vocab": 150}, {"lowercase": False}])
def test_analogies_score_as_in_gensim(table, questions, settings):
    report = assert_like_gensim(table, questions, **settings)
    if not settings:
        assert 0 < report.total.correct < report.total.attempted < report.total.total == 400


def test_words_that_differ_in_case_are_one_word(tmp_path):
    # "King" is no answer to a question about "king", and "QUEEN" stands for "queen"
    rng = np.random.default_rng(4)
    words = ["king", "King", "man", "woman", "QUEEN", "queen", "Man", "prince", "princess"]
    table = WordVectors(words, rng.normal(size=(9, 3)).astype(np.float32))
    path = tmp_path / "questions.txt"
    names = ["king", "man", "woman", "queen", "prince", "princess"]
    asked = [": all"] + [
        " ".join(rng.choice(names, size=4, replace=False).tolist()) for _ in range(60)
    ]
    path.write_text("\n".join(asked))
    report = assert_like_gensim(table, path)
    assert report.total.correct


def test_3cosmul_answers_are_those_of_the_table(table, questions):
    report = evaluate_analogies(table, questions, method="3cosmul")
    right = 0
    for _, asked in read_analogies(questions):
        for a, b, c, d in asked:
            if d in table:
                found = table.analogy(a.lower(), b, c, n=1, method="3cosmul")
                right += found[0].word == d
    assert report.total.correct == right > 0


def test_sums_tell_semantic_from_syntactic(table, questions):
    report = evaluate_analogies(table, questions)
    empty, family, plural = report.sections
    assert (empty.accuracy, empty.coverage, empty.total) == (None, 0, 0)
    assert (report.semantic.correct, report.semantic.total) == (family.correct, 200)
    assert (report.syntactic.correct, report.syntactic.total) == (plural.correct, 200)
    plain = report.to_dict()
    assert plain["total"]["accuracy"] == report.total.accuracy
    assert [one["name"] for one in plain["sections"]] == ["empty section", "family", "gram1-plural"]


def test_no_covered_question_has_no_accuracy(table, tmp_path):
    path = tmp_path / "questions.txt"
    path.write_text("a b c d\n")
    report = evaluate_analogies(table, path)
    assert (report.total.accuracy, report.total.coverage, report.total.total) == (None, 0, 1)


def test_real_files_score_as_in_gensim(data_folder, tmp_path):
    folder = data_folder / "similarity"
    words = {
        word
        for _, asked in read_analogies(folder / "questions-words.txt")
        for q in asked
        for word in q
    }
    words |= {word for a, b, _ in read_pairs(folder / "simlex999.txt") for word in (a, b)}
    known = sorted({word.lower() for word in words})[::2]
    vectors = np.random.default_rng(8).normal(size=(len(known), 30)).astype(np.float32)
    table = WordVectors(known, vectors)
    ours = evaluate_similarity(table, folder / "simlex999.txt")
    assert_correlations_like_gensim(ours, table, folder / "simlex999.txt")
    lines = (folder / "questions-words.txt").read_text().splitlines()
    some = tmp_path / "some.txt"
    some.write_text("\n".join(line for n, line in enumerate(lines) if line[0] == ":" or n % 9 == 0))
    assert_like_gensim(table, some)
    assert evaluate_analogies(table, folder / "questions-words.txt").total.total == 19_544


def assert_correlations_like_gensim(ours, table, path):
    (r, _), (rho, _), unknown = peer_of(table).evaluate_word_pairs(str(path))
    assert ours.pearson == pytest.approx(r, abs=1e-5)
    assert ours.spearman == pytest.approx(rho, abs=1e-5)
    assert 1 - ours.coverage == pytest.approx(unknown / 100)


def test_similarity_correlates_as_in_gensim(table, tmp_path):
    rng = np.random.default_rng(2)
    lines = ["# a remark"]
    for _ in range(300):
        a, b = rng.integers(0, 3200, size=2)
        lines.append(f"W{a}\tw{b}\t{rng.integers(0, 11)}")
    path = tmp_path / "pairs.txt"
    path.write_text("\n".join(lines) + "\n")
    ours = evaluate_similarity(table, path)
    assert 0 < ours.covered < ours.pairs == 300
    assert_correlations_like_gensim(ours, table, path)
    assert ours.to_dict()["coverage"] == ours.coverage


def test_correlation_of_too_few_pairs_is_none(table, tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("w1 w2 5\nno such 3\n")
    report = evaluate_similarity(table, path)
    assert (report.pearson, report.spearman, report.covered, report.pairs) == (None, None, 1, 2)


values = st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=30)


@given(values, st.randoms(use_true_random=False))
def test_correlations_and_ranks_are_those_of_scipy(x, random):
    y = [random.choice([-1.5, 0.0, 2.0, value]) for value in x]
    assert ranks(np.array(x)).tolist() == scipy.stats.rankdata(x).tolist()
    found = pearson(np.array(x), np.array(y))
    if len(set(x)) > 1 and len(set(y)) > 1:
        assert found == pytest.approx(scipy.stats.pearsonr(x, y).statistic, abs=1e-9)
    else:
        assert found is None


@pytest.mark.parametrize(
    ("reader", "data", "text"),
    [
        (read_analogies, b": s\na b c\n", "line 2: expected four words"),
        (read_analogies, b": s\na b c d e\n", "line 2: expected four words"),
        (read_analogies, b": s\n", "holds no analogy questions"),
        (read_analogies, b"", "holds no analogy questions"),
        (read_analogies, b"a b c \xff\n", "not UTF-8 at byte 6"),
        (read_pairs, b"a\tb\n", "line 1: expected two words and a score"),
        (read_pairs, b"a\tb\t1\n\na\tb\tx\n", "line 3: expected two words and a score"),
        (read_pairs, b"a b 1 2\n", "line 1: expected two words and a score"),
        (read_pairs, b"a b nan\n", "line 1: the score 'nan' is not finite"),
        (read_pairs, b"# nothing\n", "holds no word pairs"),
    ],
)
def test_malformed_files_are_told_with_the_line(reader, data, text, tmp_path):
    path = tmp_path / "file.txt"
    path.write_bytes(data)
    with pytest.raises(FormatError, match=text):
        reader(path)


def test_missing_files_and_wrong_limits_are_explained(table, tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        evaluate_similarity(table, tmp_path / "missing")
    (tmp_path / "q").write_text("a b c d\n")
    with pytest.raises(SettingsError, match="restrict_vocab=0"):
        evaluate_analogies(table, tmp_path / "q", restrict_vocab=0)
