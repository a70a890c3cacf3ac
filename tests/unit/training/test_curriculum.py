"""Curricula: the easiest come first, and in the end every example has its turn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.core.errors import DataError, SettingsError
from gradus.training.batching import Batches
from gradus.training.curriculum import (
    PACINGS,
    curriculum,
    curriculum_order,
    linear,
    read_scores,
    root,
    step,
)

SHARES = st.floats(0.01, 1)
SCORES = st.lists(st.integers(0, 9), min_size=1, max_size=60).map(np.array)


@pytest.mark.parametrize("name", list(PACINGS))
@given(start=SHARES, end=SHARES, times=st.lists(st.floats(0, 1), min_size=2))
def test_a_pacing_rises_from_its_start_to_all_at_its_end(name, start, end, times):
    share = PACINGS.make(f"{name}(start={start}, end={end})")
    values = [share(t) for t in sorted(times)]
    assert (np.diff(values) >= -1e-12).all()
    assert share(0) == pytest.approx(start)
    assert share(end) == share(1) == 1
    assert all(start - 1e-12 <= value <= 1 for value in values)


@given(start=SHARES, end=SHARES, t=st.floats(0, 1))
def test_a_root_is_ahead_of_a_line_and_steps_are_behind(start, end, t):
    line = linear(start, end)(t)
    assert root(start, end)(t) >= line - 1e-12
    assert step(start, 3, end)(t) <= line + 1e-12


@given(start=st.floats(0.01, 0.99), steps=st.integers(1, 6))
def test_steps_are_as_many_as_asked_for(start, steps):
    share = step(start, steps, end=0.8)
    assert len({round(share(t), 9) for t in np.linspace(0, 1, 997)}) == steps + 1


@given(scores=SCORES, share=st.floats(0, 1), seed=st.integers(0, 99))
def test_the_order_has_the_easiest_share_once_each(scores, share, seed):
    order = curriculum_order(scores, share, np.random.default_rng(seed)).tolist()
    assert len(order) == len(set(order)) == max(1, int(np.ceil(share * len(scores) - 1e-9)))
    others = np.delete(scores, order)
    assert not len(others) or scores[order].max() <= others.min()


def test_the_order_is_random_within_and_among_equals():
    draws = [curriculum_order(np.ones(40), 0.5, np.random.default_rng(seed)) for seed in range(40)]
    assert len({tuple(draw.tolist()) for draw in draws}) == 40
    assert len(np.unique(np.concatenate(draws))) == 40


def test_epochs_of_a_curriculum_grow_to_all_examples():
    sizes = np.arange(100)
    order = curriculum("linear(start=0.1, end=1)", sizes, None, epochs=10)
    batches = Batches(sizes, 10, bucket=False, seed=1, order=order)
    drawn = [np.concatenate(batches.plan(epoch)) for epoch in range(1, 11)]
    assert [len(one) for one in drawn] == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert sorted(drawn[2]) == list(range(30))
    assert len(curriculum("step", sizes, None, epochs=1)(1, np.random.default_rng(1))) == 100


def test_scores_of_a_file_decide_what_is_easy(tmp_path):
    (tmp_path / "scores.txt").write_text("3\n-1.5\n2e0\n")
    order = curriculum("linear(start=0.3)", np.array([1, 2, 3]), tmp_path / "scores.txt", epochs=4)
    assert order(1, np.random.default_rng(1)).tolist() == [1]


def test_without_a_line_there_is_no_curriculum():
    assert curriculum(None, np.ones(3, dtype=int), None, epochs=2) is None
    with pytest.raises(SettingsError, match=r"scores.txt scores .* with --curriculum \(linear, "):
        curriculum(None, np.ones(3, dtype=int), "scores.txt", epochs=2)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("1\n2\n", "has 2 scores, but there are 3 training examples; give one a line"),
        ("1\n2\n3\n4", "has 4 scores, but there are 3"),
        ("1\nhard\n3\n", "scores.txt, line 2: expected a finite number, found 'hard'"),
        ("1\n\n3\n", "line 2: expected a finite number, found ''"),
        ("1\n2\nnan\n", "line 3: expected a finite number, found 'nan'"),
        ("", "line 1: expected a finite number"),
    ],
)
def test_a_wrong_file_of_scores_is_explained(content, text, tmp_path):
    (tmp_path / "scores.txt").write_text(content)
    with pytest.raises(DataError, match=text):
        read_scores(tmp_path / "scores.txt", 3)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("linear(0)", "start=0 is out of range"),
        ("root(end=2)", "end=2 is out of range"),
        ("step(steps=0)", "steps=0 is out of range"),
        ("lineal", "pacing 'lineal' is unknown, perhaps 'linear'"),
    ],
)
def test_wrong_pacings_are_explained(line, text):
    with pytest.raises(SettingsError, match=text):
        curriculum(line, np.ones(3, dtype=int), None, epochs=2)
