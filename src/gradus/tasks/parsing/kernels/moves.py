"""Transitions: when one is allowed and what it does, for every system.

A system is a number that the compiled code branches on; :mod:`gradus.tasks.parsing.systems` is the
table with names, papers and explanations. Exactly one word hangs on the root in every system.
"""

from gradus.core.jit import compiled
from gradus.tasks.parsing.kernels.state import (
    ASIDE,
    BUFFER,
    HEAD,
    NONE,
    ROOT_WORDS,
    SIZE,
    STACK,
    attach_,
    dominates,
    pop_,
    push_,
    top,
)

STANDARD, EAGER, HYBRID, SWAP_STANDARD, SWAP_HYBRID, COVINGTON = range(6)

SHIFT, LEFT, RIGHT, REDUCE, SWAP, PASS = range(6)


@compiled
def arc(system, state, move):
    """Head and dependent of the arc that LEFT or RIGHT would add; ``NONE`` where a node lacks."""
    first = top(state, STACK, 0)
    if system in (STANDARD, SWAP_STANDARD):
        second = top(state, STACK, 1)
        return (first, second) if move == LEFT else (second, first)
    coming = top(state, BUFFER, 0)
    if move == LEFT:
        return coming, first
    if system in (HYBRID, SWAP_HYBRID):
        return top(state, STACK, 1), first
    return first, coming


@compiled
def allowed(system, state, move):
    """Whether the transition may be taken."""
    if move == SHIFT:
        return state[SIZE, BUFFER] > 0
    if move in (LEFT, RIGHT):
        return _may_attach(system, state, move)
    first = top(state, STACK, 0)
    if move == REDUCE:
        return system == EAGER and first > 0 and state[HEAD, first] != NONE
    if move == SWAP:
        if system == SWAP_STANDARD:
            second = top(state, STACK, 1)
            return 0 < second < first
        return system == SWAP_HYBRID and 0 < first < top(state, BUFFER, 0)
    return system == COVINGTON and first != NONE and state[SIZE, BUFFER] > 0


@compiled
def _may_attach(system, state, move):
    head, dependent = arc(system, state, move)
    if head == NONE or dependent <= 0:
        return False
    if system in (EAGER, COVINGTON):
        if state[HEAD, dependent] != NONE or (head == 0 and state[SIZE, ROOT_WORDS] > 0):
            return False
        return system == EAGER or not dominates(state, dependent, head)
    # the root takes its word last, when all others have found a head
    return head != 0 or state[SIZE, BUFFER] == 0


@compiled
def apply_(system, state, move, label):
    """Take a transition that is allowed; ``label`` counts only where an arc is added."""
    if move in (LEFT, RIGHT):
        head, dependent = arc(system, state, move)
        attach_(state, head, dependent, label)
        if system == COVINGTON:
            push_(state, ASIDE, pop_(state, STACK))
        elif system == EAGER and move == RIGHT:
            push_(state, STACK, pop_(state, BUFFER))
        elif system in (STANDARD, SWAP_STANDARD) and move == LEFT:
            pop_(state, STACK)
            pop_(state, STACK)
            push_(state, STACK, head)
        else:
            pop_(state, STACK)
    elif move == SHIFT:
        while state[SIZE, ASIDE] > 0:
            push_(state, STACK, pop_(state, ASIDE))
        push_(state, STACK, pop_(state, BUFFER))
    elif move == REDUCE:
        pop_(state, STACK)
    elif move == PASS:
        push_(state, ASIDE, pop_(state, STACK))
    elif system == SWAP_STANDARD:
        first = pop_(state, STACK)
        push_(state, BUFFER, pop_(state, STACK))
        push_(state, STACK, first)
    else:
        coming = pop_(state, BUFFER)
        push_(state, BUFFER, pop_(state, STACK))
        push_(state, BUFFER, coming)


@compiled
def finished(system, state):
    """Whether the parse has come to its end."""
    if state[SIZE, BUFFER] > 0:
        return False
    return system in (EAGER, COVINGTON) or state[SIZE, STACK] == 1
