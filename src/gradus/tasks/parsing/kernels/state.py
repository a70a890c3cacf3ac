"""A configuration of a transition parser as one small array, so that a copy is one call.

Node 0 is the root, nodes 1 to n are the words. Each row holds one thing: the stack, the buffer and
the list of nodes set aside (all three grow to the right, their top is the last entry), then for
every node its head, its label and its outermost two children on either side. ``-1`` is nothing.
"""

import numpy as np

from gradus.core.jit import compiled

STACK, BUFFER, ASIDE, HEAD, LABEL, LEFT1, LEFT2, RIGHT1, RIGHT2, SIZE = range(10)
ROWS = 10

#: Places in the row of sizes; the last two count the words that hang on the root, and all words.
SIZE_STACK, SIZE_BUFFER, SIZE_ASIDE, ROOT_WORDS, ALL_WORDS = range(5)

NONE = -1


@compiled
def start(words):
    """The configuration before the first transition: the root on the stack, all words to come."""
    state = np.full((ROWS, max(words + 1, 5)), NONE, np.int32)
    for place in range(words):
        state[BUFFER, place] = words - place
    state[STACK, 0] = 0
    state[SIZE, SIZE_STACK] = 1
    state[SIZE, SIZE_BUFFER] = words
    state[SIZE, SIZE_ASIDE] = 0
    state[SIZE, ROOT_WORDS] = 0
    state[SIZE, ALL_WORDS] = words
    return state


@compiled
def top(state, row, depth):
    """The node that lies ``depth`` below the top of a list, or ``NONE``."""
    place = state[SIZE, row] - 1 - depth
    return state[row, place] if place >= 0 else NONE


@compiled
def push_(state, row, node):
    """Put a node on top of a list."""
    state[row, state[SIZE, row]] = node
    state[SIZE, row] += 1


@compiled
def pop_(state, row):
    """Take the top of a list away, and give it."""
    state[SIZE, row] -= 1
    return state[row, state[SIZE, row]]


@compiled
def attach_(state, head, dependent, label):
    """Add an arc."""
    state[HEAD, dependent] = head
    state[LABEL, dependent] = label
    if head == 0:
        state[SIZE, ROOT_WORDS] += 1
    if dependent < head:
        first = state[LEFT1, head]
        if first == NONE or dependent < first:
            state[LEFT2, head] = first
            state[LEFT1, head] = dependent
        elif state[LEFT2, head] == NONE or dependent < state[LEFT2, head]:
            state[LEFT2, head] = dependent
    else:
        last = state[RIGHT1, head]
        if dependent > last:
            state[RIGHT2, head] = last
            state[RIGHT1, head] = dependent
        elif dependent > state[RIGHT2, head]:
            state[RIGHT2, head] = dependent


@compiled
def dominates(state, ancestor, node):
    """Whether arcs lead from ``ancestor`` down to ``node``, which is its own ancestor too."""
    while node != NONE:
        if node == ancestor:
            return True
        node = state[HEAD, node]
    return False


@compiled
def complete_(state, words, label, root_label):
    """Attach words without a head to the root's word; the first becomes it if there is none.

    Nothing spans a word that was left without a head by an arc-eager parser, so no arc crosses.
    """
    root = NONE
    for node in range(1, words + 1):
        if state[HEAD, node] == 0:
            root = node
    for node in range(1, words + 1):
        if state[HEAD, node] == NONE:
            if root == NONE:
                root = node
                attach_(state, 0, node, root_label)
            else:
                attach_(state, root, node, label)
