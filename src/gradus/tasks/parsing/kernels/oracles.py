"""Oracles: what a transition costs, in arcs of the right tree that it puts out of reach.

``gold[d]`` is the head of node d; ``-1`` asks for nothing, so that a few arcs can be insisted on:
they are kept by whoever takes transitions of cost 0 from the start.
``order`` is the projective order, which only systems with a swap look at: the place of each node
when the tree is read left, self, right. ``parts`` names the maximal projective component of each
node, for the lazy oracle.

Arc-hybrid and arc-eager: the cost is exact for every configuration [goldberg2013], the root's
single word included. Their transitions may be taken in states that mistakes led to. Swap-hybrid is
exact in all but the swap, which follows the order [delhoneux2017]; until a word that will be put
back has gone to its place, all arcs between it and the nodes on the stack are still to be had.
Arc-standard, its swap and Covington's parser answer what the static oracle would do: cost 0, and 1
for everything else.
"""

import numpy as np

from gradus.core.jit import compiled
from gradus.tasks.parsing.kernels.moves import (
    COVINGTON,
    EAGER,
    HYBRID,
    LEFT,
    PASS,
    REDUCE,
    RIGHT,
    SHIFT,
    STANDARD,
    SWAP,
    SWAP_HYBRID,
    SWAP_STANDARD,
    allowed,
    apply_,
    arc,
)
from gradus.tasks.parsing.kernels.state import (
    BUFFER,
    HEAD,
    NONE,
    ROOT_WORDS,
    SIZE,
    STACK,
    start,
    top,
)


@compiled
def cost(system, state, move, gold, order, parts):
    """Arcs that an allowed transition loses, the label apart."""
    if system == EAGER:
        return _eager(state, move, gold)
    if system == HYBRID:
        return _hybrid(state, move, gold)
    if system == SWAP_HYBRID:
        return _swap_hybrid(state, move, gold, order)
    if system == COVINGTON:
        return 0 if move == _covington(state, gold) else 1
    return 0 if move == _standard(system, state, gold, order, parts) else 1


@compiled
def _wanted_below(state, row, depth, node, gold):
    """Arcs between ``node`` and the nodes of a list from ``depth`` below the top, as dependents."""
    count = 0
    for place in range(state[SIZE, row] - depth):
        count += gold[state[row, place]] == node
    return count


@compiled
def _holds(state, row, depth, node):
    """Whether a list has ``node`` at ``depth`` below its top or deeper."""
    if node == NONE:
        return False
    for place in range(state[SIZE, row] - depth):  # noqa: SIM110 - compiled
        if state[row, place] == node:
            return True
    return False


@compiled
def _hybrid(state, move, gold):
    first, coming = top(state, STACK, 0), top(state, BUFFER, 0)
    if move == SHIFT:
        lost = _wanted_below(state, STACK, 0, coming, gold)
        return lost + _holds(state, STACK, 1, gold[coming])
    lost = _wanted_below(state, BUFFER, 0, first, gold)
    if move == RIGHT:
        return lost + _holds(state, BUFFER, 0, gold[first])
    below = top(state, STACK, 1)
    return lost + (
        _holds(state, BUFFER, 1, gold[first]) or (below != NONE and gold[first] == below)
    )


@compiled
def _swap_hybrid(state, move, gold, order):
    first, coming = top(state, STACK, 0), top(state, BUFFER, 0)
    swaps = 0 < first < coming and order[first] > order[coming]
    if move == SWAP:
        return 0 if swaps else 1
    if swaps:
        return 1
    if move == SHIFT:
        return 0 if _returns(state, coming, order) else _hybrid(state, move, gold)
    if _returns(state, first, order):  # until then all other nodes may still meet it
        lost = _wanted_below(state, STACK, 1, first, gold)
        lost += _wanted_below(state, BUFFER, 0, first, gold)
        met = _holds(state, STACK, 1, gold[first]) or _holds(state, BUFFER, 0, gold[first])
        return lost + (met and gold[first] != arc(SWAP_HYBRID, state, move)[0])
    return _hybrid(state, move, gold)


@compiled
def _returns(state, node, order):
    """Whether a swap will put ``node`` back: a later word comes before it in the order."""
    for place in range(state[SIZE, BUFFER]):
        later = state[BUFFER, place]
        if node < later and order[node] > order[later]:
            return True
    return False


@compiled
def _eager(state, move, gold):
    first, coming = top(state, STACK, 0), top(state, BUFFER, 0)
    if move == REDUCE:
        return _wanted_below(state, BUFFER, 0, first, gold)
    if move == LEFT:
        lost = _wanted_below(state, BUFFER, 0, first, gold)
        return lost + _holds(state, BUFFER, 1, gold[first])
    lost = 0
    for place in range(state[SIZE, STACK]):
        node = state[STACK, place]
        lost += node > 0 and state[HEAD, node] == NONE and gold[node] == coming
    free = state[SIZE, ROOT_WORDS] == 0
    if move == SHIFT:
        held = _holds(state, STACK, 0, gold[coming])
        return lost + (held and (gold[coming] != 0 or free))
    held = _holds(state, STACK, 1, gold[coming]) and (gold[coming] != 0 or free)
    lost += held or _holds(state, BUFFER, 1, gold[coming])
    if first == 0:  # the root takes no second word
        lost += _wanted_below(state, BUFFER, 1, 0, gold)
    return lost


@compiled
def _covington(state, gold):
    """The transition that follows the tree where it still can."""
    first, coming = top(state, STACK, 0), top(state, BUFFER, 0)
    if first != NONE:
        if gold[first] == coming and allowed(COVINGTON, state, LEFT):
            return LEFT
        if gold[coming] == first and allowed(COVINGTON, state, RIGHT):
            return RIGHT
    for place in range(state[SIZE, STACK] - 1):
        node = state[STACK, place]
        if node > 0 and state[HEAD, node] == NONE and gold[node] == coming:
            return PASS
        wanted = state[HEAD, coming] == NONE and gold[coming] == node
        if wanted and (node > 0 or state[SIZE, ROOT_WORDS] == 0):
            return PASS
    return SHIFT


@compiled
def _standard(system, state, gold, order, parts):
    """The transition of the static oracle; with a swap the lazy one [nivre2009b]."""
    move = _reduction(system, state, gold)
    if move != NONE:
        return move
    first, second = top(state, STACK, 0), top(state, STACK, 1)
    if system == SWAP_STANDARD and 0 < second < first and order[second] > order[first]:
        coming = top(state, BUFFER, 0)
        if coming == NONE or parts[coming] != parts[first]:
            return SWAP
    if state[SIZE, BUFFER] > 0:
        return SHIFT
    return LEFT if second > 0 else RIGHT


@compiled
def _reduction(system, state, gold):
    """LEFT or RIGHT where it rightly attaches a word that has all of its own, else ``NONE``."""
    first, second = top(state, STACK, 0), top(state, STACK, 1)
    if second == NONE:
        return NONE
    if gold[second] == first and allowed(system, state, LEFT) and _done(state, second, gold):
        return LEFT
    if gold[first] == second and allowed(system, state, RIGHT) and _done(state, first, gold):
        return RIGHT
    if second > 0:  # a free word that wants nothing more is in the way of no arc once it is gone
        if gold[second] == NONE and _done(state, second, gold):
            return LEFT
        if gold[first] == NONE and _done(state, first, gold):
            return RIGHT
    return NONE


@compiled
def _done(state, node, gold):
    """Whether all dependents of ``node`` have found it."""
    for dependent in range(1, len(gold)):
        if gold[dependent] == node and state[HEAD, dependent] != node:
            return False
    return True


@compiled
def projective_order(gold):
    """The place of each node when the tree is read left dependents, self, right dependents."""
    nodes, gold = len(gold), _whole(gold)
    order = np.zeros(nodes, np.int32)
    pending = np.empty(2 * nodes, np.int32)
    pending[0], size, place = 0, 1, 0
    while size > 0:
        size -= 1
        node = pending[size]
        if node < 0:  # its left side has been read
            order[-node - 1] = place
            place += 1
            continue
        for dependent in range(nodes - 1, node, -1):
            if gold[dependent] == node:
                pending[size] = dependent
                size += 1
        pending[size] = -node - 1
        size += 1
        for dependent in range(node - 1, 0, -1):
            if gold[dependent] == node:
                pending[size] = dependent
                size += 1
    return order


@compiled
def _whole(gold):
    """The wanted arcs, and one for every free word, from the nearest word before it that can be.

    Where the wanted arcs are part of a projective tree, these cross none of them.
    """
    whole = gold.copy()
    for node in range(1, len(gold)):
        if gold[node] == NONE:
            head = node - 1
            while head > 0 and _under(whole, head, node):
                head -= 1
            whole[node] = head
    return whole


@compiled
def _under(heads, node, ancestor):
    for _ in range(len(heads)):  # and no further, should the wanted arcs form a cycle
        if node in (ancestor, NONE):
            return node == ancestor
        node = heads[node]
    return False


@compiled
def projective_parts(gold):
    """The maximal projective component of each node, named by the topmost node in it.

    They are what the arc-standard oracle builds when it takes no swap [nivre2009b].
    """
    nodes = len(gold)
    state = start(nodes - 1)
    parts = np.arange(nodes).astype(np.int32)
    while True:
        move = _reduction(STANDARD, state, gold)
        if move == NONE:
            if state[SIZE, BUFFER] == 0:
                break
            move = SHIFT
        apply_(STANDARD, state, move, NONE)
    for node in range(nodes):
        above = node
        while state[HEAD, above] != NONE:
            above = state[HEAD, above]
        parts[node] = above
    return parts
