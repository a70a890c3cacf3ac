"""Compiled loops over transitions, and every configuration of a system at once.

The graph of configurations does not depend on the right tree, so that one graph serves all trees.
"""

from typing import NamedTuple

import numpy as np

from gradus.core.jit import compiled
from gradus.tasks.parsing.kernels.moves import allowed, apply_, finished
from gradus.tasks.parsing.kernels.oracles import cost, projective_order, projective_parts
from gradus.tasks.parsing.kernels.state import HEAD, NONE, ROWS, SIZE, start

#: More transitions than any parse of 12 words takes.
MANY = 400


def projective_trees(words):
    """Every projective tree with one root word, as arrays with an entry for the root."""
    for heads in _rooted(1, words, 0):
        gold = np.full(words + 1, NONE, np.int32)
        for word, head in heads:
            gold[word] = head
        yield gold


def _rooted(first, last, head):
    """Trees over neighbouring words, as arcs, their topmost word under ``head``."""
    for top in range(first, last + 1):
        for before in _row(first, top - 1, top):
            for after in _row(top + 1, last, top):
                yield ((top, head), *before, *after)


def _row(first, last, head):
    """Rows of trees over neighbouring words, all under ``head``."""
    if first > last:
        yield ()
    for end in range(first, last + 1):
        for tree in _rooted(first, end, head):
            for rest in _row(end + 1, last, head):
                yield tree + rest


@compiled
def follow(system, gold, order, parts, moves, draws):
    """A parse by any transition of no cost, as ``draws`` say; the heads, or ``-2`` where none is"""
    state = start(len(gold) - 1)
    for step in range(len(draws)):
        if finished(system, state):
            return state[HEAD, : len(gold)].copy()
        free = np.zeros(len(moves), np.bool_)
        for k in range(len(moves)):
            free[k] = allowed(system, state, moves[k]) and (
                cost(system, state, moves[k], gold, order, parts) == 0
            )
        chosen = np.flatnonzero(free)
        if len(chosen) == 0:
            break
        apply_(system, state, moves[chosen[int(draws[step] * len(chosen))]], NONE)
    return np.full(len(gold), -2, np.int32)


def rebuilt(system, gold, rng):
    """The heads that :func:`follow` finds."""
    order, parts = projective_order(gold), projective_parts(gold)
    moves = np.array(system.moves)
    return follow(system.number, gold, order, parts, moves, rng.random(MANY))


class Graph(NamedTuple):
    """Configurations, targets before sources, and the transitions between them."""

    states: np.ndarray  # [configuration, row, place]
    targets: np.ndarray  # [configuration, move]: where it leads, or -1
    ends: np.ndarray  # [configuration]


def every_configuration(system, words, moves=None):
    """The graph of all that can be reached by some of the moves of a system, by default all."""
    moves = system.moves if moves is None else moves
    numbers, states, targets = {}, [], []

    def visit(state):
        key = meaning(state)
        if key in numbers:
            return numbers[key]
        row = np.full(6, -1)
        for move in () if finished(system.number, state) else moves:
            if allowed(system.number, state, move):
                after = state.copy()
                apply_(system.number, after, move, NONE)
                row[move] = visit(after)
        numbers[key] = len(states)
        states.append(state)
        targets.append(row)
        return numbers[key]

    visit(start(words))
    ends = np.array([finished(system.number, state) for state in states])
    return Graph(np.array(states), np.array(targets), ends)


def meaning(state):
    """What a configuration holds, without what lies beyond the tops of its lists."""
    lists = [state[row, : state[SIZE, row]].tobytes() for row in range(3)]
    return b"|".join([*lists, state[3:ROWS].tobytes()])


@compiled
def least_losses(graph_states, targets, ends, gold):
    """The fewest wanted arcs that the ends reachable from each configuration miss: brute force."""
    losses = np.full(len(targets), MANY)
    for k in range(len(targets)):
        if ends[k]:
            losses[k] = 0
            for word in range(1, len(gold)):
                losses[k] += gold[word] >= 0 and graph_states[k, HEAD, word] != gold[word]
        for move in range(targets.shape[1]):
            if targets[k, move] >= 0:
                losses[k] = min(losses[k], losses[targets[k, move]])
    return losses


@compiled
def costs(system, graph_states, targets, gold, order, parts):
    """What the oracle says of every transition of the graph."""
    found = np.full(targets.shape, -1)
    for k in range(len(targets)):
        for move in range(targets.shape[1]):
            if targets[k, move] >= 0:
                found[k, move] = cost(system, graph_states[k], move, gold, order, parts)
    return found


def compared(system, graph, gold):
    """Costs by the oracle and by brute force, for every transition of the graph."""
    order, parts = projective_order(gold), projective_parts(gold)
    losses = least_losses(graph.states, graph.targets, graph.ends, gold)
    said = costs(system.number, graph.states, graph.targets, gold, order, parts)
    there = graph.targets >= 0
    return said[there], (losses[graph.targets] - losses[:, None])[there]
