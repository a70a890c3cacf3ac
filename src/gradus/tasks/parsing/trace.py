"""A parse, step by step: transition, stack, buffer, the new arc, and what else was likely."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradus.core.errors import SettingsError
from gradus.tasks.parsing.kernels.greedy import MOVES as MOVE_COUNT
from gradus.tasks.parsing.kernels.greedy import best_class, legal_, locate_, name_, score_
from gradus.tasks.parsing.kernels.moves import LEFT, RIGHT, apply_, arc, finished
from gradus.tasks.parsing.kernels.state import (
    ASIDE,
    BUFFER,
    HEAD,
    LABEL,
    SIZE,
    STACK,
    complete_,
    start,
)
from gradus.tasks.parsing.parser import Parser
from gradus.text.document import Sentence

#: Transitions that a step shows beside the one taken.
OTHERS = 3


@dataclass(frozen=True)
class Step:
    """One transition, and the configuration that it led to; nodes are word numbers, 0 the root."""

    transition: str  # with its label; empty for the start
    probability: float
    stack: tuple[int, ...]
    buffer: tuple[int, ...]
    aside: tuple[int, ...]
    arc: tuple[int, str, int] | None  # head, label, dependent
    others: tuple[tuple[str, float], ...] = ()  # the next likely transitions

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "transition": self.transition,
            "probability": self.probability,
            "stack": list(self.stack),
            "buffer": list(self.buffer),
            "aside": list(self.aside),
            "arc": None if self.arc is None else list(self.arc),
            "others": [{"transition": name, "probability": share} for name, share in self.others],
        }


def trace_parse(parser: Parser, sentence: Sentence) -> list[Step]:
    """The steps in which ``parser`` builds the tree of ``sentence``; the first is the start.

    Raises:
        SettingsError: the parser scores all arcs at once and has no transitions.
    """
    scorer, classes = parser.network.transitions, parser.classes
    if scorer is None or classes is None:
        raise SettingsError(
            "this parser scores all arcs at once and picks the best tree, so it has no transitions "
            "to show; trace one that was trained with another --nonprojective than graph"
        )
    products, rows = parser.products(sentence)
    numbers = scorer.numbers(products)
    positions, labelled = scorer.positions
    hidden, active = np.empty(scorer.hidden, np.float32), np.empty(scorer.hidden, np.int64)
    known = np.empty(len(numbers[7]), np.float32)
    scores = known[: len(classes.table)]
    nodes, may = np.empty(len(positions), np.int32), np.empty(MOVE_COUNT, np.bool_)
    labels = np.empty(len(labelled) + 1, np.int32)
    moves, system = classes.table[:, 0].copy(), scorer.system.number
    state = start(len(sentence))
    steps = [_step("", 1.0, state, None)]
    while not finished(system, state):
        legal_(system, state, may)
        locate_(state, positions, nodes)
        name_(system, state, nodes, labelled, labels)
        score_(nodes, labels, rows, numbers, hidden, active, known)
        chosen = int(best_class(scores, may, moves))
        shares = _softmax(np.where(may[moves], scores, -np.inf))
        move, label = classes.table[chosen].tolist()
        made = None
        if move in (LEFT, RIGHT):
            head, dependent = arc(system, state, move)
            made = int(head), parser.labels[label], int(dependent)
        apply_(system, state, move, label)
        ranked = np.argsort(-shares, kind="stable").tolist()
        order = [other for other in ranked if other != chosen]
        others = tuple(
            (classes.name(other, parser.labels), float(shares[other]))
            for other in order[:OTHERS]
            if shares[other] > 0
        )
        name = classes.name(chosen, parser.labels)
        steps.append(_step(name, float(shares[chosen]), state, made, others))
    return [*steps, *_leftovers(parser, classes.leftover, state, len(sentence))]


def _leftovers(parser: Parser, labels: np.ndarray, state: np.ndarray, words: int) -> list[Step]:
    """What is attached at the end without a transition."""
    before = state.copy()
    complete_(state, words, *labels.tolist())
    found = np.flatnonzero(before[HEAD] != state[HEAD]).tolist()
    return [
        _step(
            "left over",
            0.0,
            state,
            (
                int(state[HEAD, node]),
                parser.labels[int(state[LABEL, node])],
                node,
            ),
        )
        for node in found
    ]


def _step(
    transition: str,
    probability: float,
    state: np.ndarray,
    made: tuple[int, str, int] | None,
    others: tuple[tuple[str, float], ...] = (),
) -> Step:
    stack, buffer, aside = (
        tuple(state[row, : state[SIZE, row]].tolist()) for row in (STACK, BUFFER, ASIDE)
    )
    return Step(transition, probability, stack, buffer[::-1], aside[::-1], made, others)


def _softmax(scores: np.ndarray) -> np.ndarray:
    shares = np.exp(scores.astype(np.float64) - scores.max())
    return shares / shares.sum()
