"""Compiled maximum spanning trees with exactly one root word: Chu, Liu and Edmonds in O(n²).

A path of words grows from each word to its best head. Where the path bites itself, the cycle is
contracted to one node, whose arcs cost what they lose against the cycle, and the path goes on. The
root is taken only where no other head is left. It has no head, so it is never part of a cycle, and
every tree with one root word beats every tree with more: the same trees as with an endless penalty
on the arcs of the root, without its rounding errors.
"""

from typing import NamedTuple

import numpy as np

from gradus.core.jit import compiled
from gradus.tasks.parsing.kernels.rooted import is_single_rooted

#: What became of a sentence.
FOUND, NO_TREE, UNUSABLE = 0, 1, 2

#: The greedy heads are no tree.
UNDECIDED = 3

NEW, ON_PATH, DONE = 0, 1, 2


class Arcs(NamedTuple):
    """The best arcs into each node; a node that was contracted keeps the row of one member."""

    weights: np.ndarray  # [row, word as head], less the arcs of the cycles that they replace
    targets: np.ndarray  # [row, word as head]: the word that the arc enters
    root_weights: np.ndarray
    root_targets: np.ndarray


class Nodes(NamedTuple):
    """The words, then the nodes that they were contracted to."""

    row: np.ndarray  # of its arcs
    parent: np.ndarray  # the node that it was contracted to, or -1
    status: np.ndarray
    head: np.ndarray  # its best arc comes from this word or root,
    target: np.ndarray  # enters this word
    gain: np.ndarray  # and weighs this


@compiled
def spanning_trees(scores, lengths, heads, states):
    """The best tree of each sentence of a padded batch, in ``heads``; padding gets -1."""
    for sentence in range(len(lengths)):
        words = lengths[sentence]
        heads[sentence, words:] = -1
        states[sentence] = spanning_tree(
            scores[sentence, :words, : words + 1], heads[sentence, :words]
        )


@compiled
def spanning_tree(scores, heads):
    """Fill ``heads`` with the tree of the highest sum of ``scores[dependent, head]``.

    The result is :data:`FOUND`, :data:`NO_TREE`, or :data:`UNUSABLE` for a score that is +∞ or no
    number.
    """
    state = _greedy_tree(scores, heads)
    return _contracted_tree(scores, heads) if state == UNDECIDED else state


@compiled
def _greedy_tree(scores, heads):
    """Take the best head of every word, which is the best tree if it is one."""
    words = len(heads)
    stuck = False
    for word in range(words):
        best, head = -np.inf, -1
        for other in range(words + 1):
            if other != word + 1:
                score = scores[word, other]
                if not score < np.inf:
                    return UNUSABLE
                if score > best:
                    best, head = score, other
        heads[word] = head
        stuck |= head < 0
    if stuck:
        return NO_TREE
    return FOUND if is_single_rooted(heads) else UNDECIDED


@compiled
def _contracted_tree(scores, heads):
    words = len(heads)
    arcs, nodes = _start(scores, words)
    node_of = np.arange(words)
    path = np.empty(words, np.int64)
    count, rooted = words, False
    for start in range(words):
        node, size = node_of[start], 0
        while nodes.status[node] != DONE:
            if nodes.status[node] == NEW:
                nodes.status[node] = ON_PATH
            else:
                first = size - 1
                while path[first] != node:
                    first -= 1
                node, count = count, count + 1
                _contract(path[first:size], node, arcs, nodes, node_of)
                size = first
            path[size] = node
            size += 1
            node_head = _choose_head(node, arcs, nodes, node_of)
            if node_head == 0:
                if rooted or arcs.root_weights[nodes.row[node]] == -np.inf:
                    return NO_TREE
                rooted = True
                break
            node = node_of[node_head - 1]
        nodes.status[path[:size]] = DONE
    _expand(count, nodes, heads)
    return FOUND


@compiled
def _start(scores, words):
    weights = np.empty((words, words))
    targets = np.empty((words, words), np.int32)
    root_weights = np.empty(words)
    for word in range(words):
        root_weights[word] = scores[word, 0]
        for other in range(words):
            weights[word, other] = scores[word, other + 1]
            targets[word, other] = word
    nodes = Nodes(
        np.arange(2 * words), np.full(2 * words, -1), np.full(2 * words, NEW),
        np.empty(2 * words, np.int64), np.empty(2 * words, np.int64), np.empty(2 * words),
    )  # fmt: skip
    return Arcs(weights, targets, root_weights, np.arange(words)), nodes


@compiled
def _choose_head(node, arcs, nodes, node_of):
    """The best head of a node outside it, a word if there is one."""
    row = nodes.row[node]
    weights = arcs.weights[row]
    best, head = -np.inf, -1
    for other in range(len(weights)):
        if weights[other] > best and node_of[other] != node:
            best, head = weights[other], other
    nodes.gain[node], nodes.head[node] = best, head + 1
    nodes.target[node] = arcs.targets[row, head] if head >= 0 else arcs.root_targets[row]
    return head + 1


@compiled
def _contract(cycle, node, arcs, nodes, node_of):
    """Make one node of a cycle: an arc into it replaces the arc of the cycle to the same member."""
    kept = nodes.row[cycle[0]]
    nodes.row[node] = kept
    nodes.status[node] = ON_PATH
    weights, targets = arcs.weights, arcs.targets
    weights[kept] -= nodes.gain[cycle[0]]
    arcs.root_weights[kept] -= nodes.gain[cycle[0]]
    for member in cycle[1:]:
        row, gain = nodes.row[member], nodes.gain[member]
        for other in range(len(node_of)):
            weight = weights[row, other] - gain
            if weight > weights[kept, other]:
                weights[kept, other] = weight
                targets[kept, other] = targets[row, other]
        if arcs.root_weights[row] - gain > arcs.root_weights[kept]:
            arcs.root_weights[kept] = arcs.root_weights[row] - gain
            arcs.root_targets[kept] = arcs.root_targets[row]
    nodes.parent[cycle] = node
    for word in range(len(node_of)):
        if nodes.parent[node_of[word]] == node:
            node_of[word] = node


@compiled
def _expand(count, nodes, heads):
    """Undo the contractions, last first: the arc into a node cuts its cycle where it enters it."""
    cut = np.zeros(count, np.bool_)
    for node in range(count - 1, -1, -1):
        if not cut[node]:
            word = nodes.target[node]
            heads[word] = nodes.head[node]
            member = word
            while member != node:
                cut[member] = True
                member = nodes.parent[member]
