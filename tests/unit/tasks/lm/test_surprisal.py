"""Rows of surprisals, judged by the text itself and by walking through the model."""

import math
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_language_models import FAMILIES, tiny_model

from gradus.core.errors import DataError
from gradus.tasks.lm.surprisal import AROUND, token_surprisals

READINGS = [("file", "word"), ("blank", "char"), ("line", "word")]

MODELS = {
    (family, *reading): tiny_model(family, documents=reading[0], level=reading[1])
    for family, reading in product(FAMILIES, READINGS)
}
EVERY = pytest.mark.parametrize("model", MODELS.values(), ids=map("-".join, MODELS))

#: Lines with known and unknown words; some are blank.
TEXTS = st.lists(
    st.lists(st.sampled_from(["the", "cat", "sat", ".", "Žebra", "<unk>"]), max_size=5).map(
        "  ".join
    ),
    min_size=1,
    max_size=6,
).filter(any)


def plain_places(lines, documents):
    """Document and line of every line, by the words of the documentation."""
    places, document, line = [], 0, 0
    for number, text in enumerate(lines):
        blank = not text.strip()
        if documents != "file" and blank:
            line = 0
            continue
        begins = {"file": number == 0, "blank": line == 0, "line": True}[documents]
        document, line = (document + 1, 1) if begins else (document, line + 1)
        places.append((document, line, text))
    return places


@EVERY
@given(lines=TEXTS)
def test_rows_are_the_text_token_by_token(model, lines):
    rows = list(token_surprisals(model, iter(lines)))
    spelling = model.spelling
    wanted = [
        (document, line, token)
        for document, line, text in plain_places(lines, spelling.documents)
        for token in (*(text.split() if spelling.level == "word" else text), "<eos>")
    ]
    assert [row[:3] for row in rows] == wanted
    assert [row.known for row in rows] == [row.token in spelling.vocabulary for row in rows]


@EVERY
@settings(max_examples=10)
@given(lines=TEXTS)
def test_figures_are_those_of_the_model(model, lines):
    scored = token_surprisals(model, iter(lines), ranks=True)
    for _, rows in groupby(scored, key=lambda row: row.document):
        state = model.begin(1)
        for row in rows:
            log_p = model.log_probabilities(state)[0].astype(float)
            number = int(model.spelling.numbers([row.token])[0])
            assert row.probability == pytest.approx(math.exp(log_p[number]), rel=1e-4)
            assert row.surprisal == pytest.approx(-log_p[number] / math.log(2), rel=1e-4, abs=1e-6)
            assert row.rank == 1 + sum(p > log_p[number] for p in log_p.tolist())
            state = model.advance(state, np.array([number]))


@EVERY
@settings(max_examples=20)
@given(lines=TEXTS)
def test_the_sum_is_the_perplexity(model, lines):
    scored = token_surprisals(model, iter(lines))
    assert len(scored) == scored.perplexity.tokens
    assert all(row.rank is None for row in scored)
    assert scored.perplexity == model.perplexity(iter(lines))
    bits = sum(row.surprisal for row in scored)
    assert bits == pytest.approx(scored.perplexity.bits_per_token * len(scored), rel=1e-5)


@given(lines=TEXTS, n=st.integers(1, 8))
def test_the_most_surprising_tokens_are_found_with_what_is_around_them(lines, n):
    model = MODELS["ngram", "line", "word"]
    scored = token_surprisals(model, iter(lines))
    rows = list(scored)
    places = scored.most_surprising(n)
    assert places == sorted(range(len(rows)), key=lambda p: (-rows[p].surprisal, p))[:n]
    for place in places:
        before, after = scored.around(place)
        same = [row.token for row in rows if row.document == rows[place].document]
        whole = [*before, rows[place].token, *after]
        assert len(before) <= AROUND >= len(after)
        assert any(same[at : at + len(whole)] == whole for at in range(len(same)))
        assert whole == same or AROUND in (len(before), len(after))


def test_files_are_documents(tmp_path):
    (tmp_path / "a.txt").write_text("the cat\n\nsat\n")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "b.txt").write_text("a dog")
    paths = [tmp_path / name for name in ("a.txt", "empty.txt", "b.txt")]
    rows = token_surprisals(MODELS["ngram", "file", "word"], paths)
    assert [(row.document, row.line, row.token) for row in rows] == [
        *((1, 1, "the"), (1, 1, "cat"), (1, 1, "<eos>"), (1, 2, "<eos>")),
        *((1, 3, "sat"), (1, 3, "<eos>"), (2, 1, "a"), (2, 1, "dog"), (2, 1, "<eos>")),
    ]


@pytest.mark.parametrize("lines", [[], [""], ["", "  "]])
def test_a_text_without_a_token_is_refused(lines):
    with pytest.raises(DataError, match="holds no token"):
        token_surprisals(MODELS["ngram", "file", "word"], iter(lines))
