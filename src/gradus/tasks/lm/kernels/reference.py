"""The specification of the kernels of ``ngrams``: sequences as tuples, found in a dictionary."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

ABSENT = -1

#: Words, first longer nodes, suffixes, onward links, log probabilities and back-offs.
Tables = tuple[Any, Any, Any, Any, Any, Any]


def sequences(
    words: Int[np.ndarray, " nodes"], firsts: Int[np.ndarray, " bounds"]
) -> list[tuple[int, ...]]:
    """The words of every node.

    >>> sequences(np.array([-1, 0, 1, 1]), np.array([1, 3, 4, 4]))  # the words 0 and 1, the pair 01
    [(), (0,), (1,), (0, 1)]
    """
    found: list[tuple[int, ...]] = [()]
    for context in range(len(firsts) - 1):
        for node in range(firsts[context], firsts[context + 1]):
            found.append((*found[context], int(words[node])))
    return found


def numbered(
    words: Int[np.ndarray, " nodes"], firsts: Int[np.ndarray, " bounds"]
) -> dict[Any, int]:
    """The node of every sequence."""
    return {sequence: node for node, sequence in enumerate(sequences(words, firsts))}


def onward_of(sequence: tuple[int, ...], nodes: dict[Any, int]) -> tuple[int, ...]:
    """The longest suffix of a sequence that a longer one begins with."""
    contexts = {known[:-1] for known in nodes if known}
    return next(sequence[cut:] for cut in range(len(sequence) + 1) if sequence[cut:] in contexts)


def link_(
    words: Int[np.ndarray, " nodes"],
    firsts: Int[np.ndarray, " bounds"],
    suffixes: Int[np.ndarray, " nodes"],
    onward: Int[np.ndarray, " nodes"],
) -> int:
    """The first node whose suffix is not there or whose word does not rise, ``ABSENT`` if none."""
    nodes, every = numbered(words, firsts), sequences(words, firsts)
    for node, sequence in enumerate(every):
        rises = node == 0 or every[node - 1][:-1] != sequence[:-1] or every[node - 1] < sequence
        if sequence[1:] not in nodes or not rises:
            return node
        suffixes[node] = nodes[sequence[1:]]
        onward[node] = nodes[onward_of(sequence, nodes)]
    return ABSENT


def log_probability(
    history: tuple[int, ...], word: int, nodes: dict[Any, int], tables: Tables
) -> float:
    """``log p(word | history)``: that of the longest known sequence, and of backing off to it."""
    *_, log_probs, backoffs = tables
    if (*history, word) in nodes:
        return float(log_probs[nodes[(*history, word)]])
    return float(backoffs[nodes[history]]) + log_probability(history[1:], word, nodes, tables)


def score_(
    ids: Int[np.ndarray, " tokens"],
    bounds: Int[np.ndarray, " bounds"],
    begin: int,
    end: int,
    context: int,
    start: int,
    tables: Tables,
    out: Float[np.ndarray, " some"],
) -> int:
    """``-log p`` of the tokens from ``begin`` to ``end - 1``, and the last context."""
    words, firsts, *_ = tables
    nodes, every = numbered(words, firsts), sequences(words, firsts)
    for token in range(begin, end):
        history = every[start] if token in bounds else every[context]
        word = int(ids[token])
        out[token - begin] = -log_probability(history, word, nodes, tables)
        context = _after(history, word, nodes)
    return context


def advance_(
    contexts: Int[np.ndarray, " streams"], tokens: Int[np.ndarray, " streams"], tables: Tables
) -> None:
    """The context after each token."""
    words, firsts, *_ = tables
    nodes, every = numbered(words, firsts), sequences(words, firsts)
    for stream, token in enumerate(tokens.tolist()):
        contexts[stream] = _after(every[contexts[stream]], token, nodes)


def distribute_(
    contexts: Int[np.ndarray, " streams"],
    order: int,
    tables: Tables,
    out: Float[np.ndarray, "streams words"],
) -> None:
    """``log p`` of every word after each context."""
    words, firsts, *_ = tables
    nodes, every = numbered(words, firsts), sequences(words, firsts)
    for stream, context in enumerate(contexts.tolist()):
        for word in range(out.shape[1]):
            out[stream, word] = log_probability(every[context], word, nodes, tables)


def _after(history: tuple[int, ...], word: int, nodes: dict[Any, int]) -> int:
    return nodes[onward_of((*history, word), nodes)]
