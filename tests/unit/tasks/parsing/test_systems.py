"""Transition systems, judged by a twin with plain lists on random walks."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_transitions import PLAIN, Configuration, complete
from transition_pictures import picture
from transition_walks import every_configuration

from gradus.core.errors import SettingsError
from gradus.tasks.parsing.kernels.greedy import locate_
from gradus.tasks.parsing.kernels.moves import allowed, apply_, arc, finished
from gradus.tasks.parsing.kernels.state import (
    ASIDE,
    BUFFER,
    HEAD,
    LABEL,
    LEFT1,
    LEFT2,
    NONE,
    RIGHT1,
    RIGHT2,
    ROOT_WORDS,
    SIZE,
    STACK,
    complete_,
    start,
)
from gradus.tasks.parsing.positions import ACROSS, CLASSIC, LISTED, compiled_positions
from gradus.tasks.parsing.systems import EFFECTS, MOVES, SYSTEMS, named_system
from gradus.tasks.parsing.trees import is_projective

systems = pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
seeds = st.integers(0, 2**32 - 1)

ROOT = Path(__file__).parents[4]

#: The two sentences of the guide, the second with arcs that cross.
PLAIN_TREE = ["Cats", "chase", "the", "mice"], (2, 0, 4, 2)
CROSSING = ["Letters", "came", "today", "from", "home"], (2, 0, 2, 5, 1)


def most_transitions(name, words):
    """No parse is longer; a swap costs a shift too, and no two words swap twice."""
    if name == "covington":
        return words * (words + 3) // 2
    return 2 * words + (words * (words - 1) if name.startswith("swap") else 0)


def random_walk(system, words, seed):
    """Both twins before every transition, and at the end; asserts that they allow the same."""
    rng = np.random.default_rng(seed)
    plain, twin = PLAIN[system.name], Configuration.of(words)
    state, steps = start(words), 0
    while True:
        yield state, twin
        assert finished(system.number, state) == plain.final(twin)
        if plain.final(twin):
            break
        may = [name for k, name in enumerate(MOVES) if allowed(system.number, state, k)]
        assert set(may) == set(plain.allowed(twin))
        assert may, "a dead end"
        name = str(rng.choice(may))
        transition, label = plain.transitions[name], int(rng.integers(4))
        if transition.arc:
            assert arc(system.number, state, MOVES.index(name)) == transition.arc(twin)
        transition.take(twin, label)
        apply_(system.number, state, MOVES.index(name), label)
        steps += 1
    assert steps <= most_transitions(system.name, words)


def row(state, kind):
    return state[kind, : state[SIZE, kind]].tolist()


@systems
@given(words=st.integers(0, 12), seed=seeds)
def test_a_walk_follows_the_plain_twin(system, words, seed):
    for state, twin in random_walk(system, words, seed):
        assert row(state, STACK) == twin.stack
        assert row(state, BUFFER) == twin.buffer[::-1]
        assert row(state, ASIDE) == twin.aside
        nodes = range(words + 1)
        assert state[HEAD, : words + 1].tolist() == [twin.heads.get(n, NONE) for n in nodes]
        assert state[LABEL, : words + 1].tolist() == [twin.labels.get(n, NONE) for n in nodes]
        assert state[SIZE, ROOT_WORDS] == len(twin.children(0))
        for node in nodes:
            left = [child for child in twin.children(node) if child < node]
            right = [child for child in twin.children(node) if child > node][::-1]
            for side, kinds in ((left, (LEFT1, LEFT2)), (right, (RIGHT1, RIGHT2))):
                assert state[list(kinds), node].tolist() == [*side, NONE, NONE][:2]


@systems
@given(words=st.integers(1, 12), seed=seeds)
def test_every_walk_ends_in_a_tree_with_one_root(system, words, seed):
    *_, (state, twin) = random_walk(system, words, seed)
    unfinished = dict(twin.heads)
    complete_(state, words, 8, 9)
    complete(twin, words, 8, 9)
    heads = state[HEAD, 1 : words + 1].tolist()
    assert heads == [twin.heads[word] for word in range(1, words + 1)]
    assert state[LABEL, 1 : words + 1].tolist() == [twin.labels[w] for w in range(1, words + 1)]
    assert heads.count(0) == 1
    assert all(twin.above(word)[-1] == 0 for word in range(1, words + 1))
    assert unfinished.items() <= twin.heads.items()
    if system.projective:
        assert is_projective(np.array(heads))
    if system.name not in ("eager", "covington"):
        assert len(unfinished) == words, "only these two leave words without a head"


@systems
@pytest.mark.parametrize("words", [1, 2, 3, 4])
def test_from_every_configuration_the_walk_goes_on(system, words):
    graph = every_configuration(system, words)
    assert ((graph.targets >= 0).any(axis=1) | graph.ends).all()
    assert (graph.targets[graph.ends] == -1).all()
    # targets come before sources, so that no walk meets a configuration twice
    assert (graph.targets < np.arange(len(graph.targets))[:, None]).all()


def plain_position(twin, name, words):
    """The node at a position such as ``s1.l1.l1`` or ``s0.before``, by its name."""
    first, *steps = name.split(".")
    line = {"s": twin.stack[::-1], "b": twin.buffer, "a": twin.aside[::-1]}[first[0]]
    node = line[int(first[1:])] if int(first[1:]) < len(line) else None
    for step in steps:
        if step in ("before", "after"):
            beside = (node or 0) + (1 if step == "after" else -1)
            node = beside if node and 1 <= beside <= words else None
        elif node is not None:
            side, which = step
            children = [c for c in twin.children(node) if (c < node) == (side == "l")]
            children = children if side == "l" else children[::-1]
            node = children[int(which) - 1] if int(which) <= len(children) else None
    return NONE if node is None else node


@systems
@pytest.mark.parametrize("names", [CLASSIC, ACROSS, LISTED], ids=["classic", "across", "listed"])
@given(words=st.integers(0, 10), seed=seeds)
def test_positions_are_where_their_names_say(system, names, words, seed):
    positions = compiled_positions(names)
    nodes = np.empty(len(names), np.int32)
    for state, twin in random_walk(system, words, seed):
        locate_(state, positions.places, nodes)
        assert nodes.tolist() == [plain_position(twin, name, words) for name in names]


@systems
def test_labelled_positions_are_the_children(system):
    labelled = compiled_positions(system.positions).labelled
    assert [system.positions[k] for k in labelled] == [
        name for name in system.positions if name[-2:] in ("l1", "l2", "r1", "r2")
    ]
    assert len(set(system.positions)) == len(system.positions)


def test_the_classic_positions_are_18_of_which_12_have_labels():
    assert len(CLASSIC) == 18
    assert len(compiled_positions(CLASSIC).labelled) == 12


@systems
def test_the_table_names_the_transitions_of_the_twin(system):
    assert set(system.transitions) == set(PLAIN[system.name].transitions)
    assert set(system.transitions.values()) <= set(EFFECTS)
    assert named_system(system.name) is system


def test_an_unknown_system_is_told_with_the_known_ones():
    with pytest.raises(SettingsError, match="'easy-first' is unknown: choose standard, eager"):
        named_system("easy-first")


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_guide_shows_what_the_twin_does(name):
    page = (ROOT / "docs/guide/transitions.md").read_text(encoding="utf-8")
    forms, heads = CROSSING if name in ("swap-standard", "swap-hybrid", "covington") else PLAIN_TREE
    assert picture(name, forms, heads) in page
