"""Walks in a tree of n-grams: links to suffixes, surprisals, whole distributions.

The nodes one word longer than ``c`` are ``firsts[c]`` to ``firsts[c + 1] - 1``, their last words in
``words`` rise. Node 0 is the empty sequence, and node ``1 + w`` the word ``w``. A context is a node
with a longer one: what is known of the past is the longest suffix that is one, a single number.
Twins stand in ``reference``.
"""

import numpy as np

from gradus.core.jit import compiled

#: The empty sequence.
ROOT = 0
#: What stands for a node that does not exist.
ABSENT = -1


@compiled(inline=True)
def search(words, low, high, word):  # type: ignore[no-untyped-def]
    """The place of ``word`` in ``words[low:high]``, which rise; ``ABSENT`` where it is not."""
    end = high
    while low < high:
        middle = (low + high) >> 1
        if words[middle] < word:
            low = middle + 1
        else:
            high = middle
    return low if low < end and words[low] == word else ABSENT


@compiled(inline=True)
def longer(words, firsts, context, word):  # type: ignore[no-untyped-def]
    """The node of a context and one word more, ``ABSENT`` where the text had none."""
    if context == ROOT:
        return np.int64(1 + word)
    return search(words, np.int64(firsts[context]), np.int64(firsts[context + 1]), word)


@compiled
def link_(words, firsts, suffixes, onward):  # type: ignore[no-untyped-def]
    """Link every node to the one without its first word, and to its longest suffix with children.

    The result is the first node whose suffix is not in the tree, or whose word does not rise;
    ``ABSENT`` if all is well.
    """
    contexts = len(firsts) - 1
    suffixes[ROOT] = onward[ROOT] = ROOT
    for context in range(contexts):
        shorter = suffixes[context]
        low, high = np.int64(firsts[shorter]), np.int64(firsts[shorter + 1])
        for node in range(firsts[context], firsts[context + 1]):
            found = ROOT
            if context != ROOT:
                found = search(words, low, high, words[node])
                if found == ABSENT:
                    return node
                low = found + 1
            suffixes[node] = found
            open_ended = node < contexts and firsts[node] < firsts[node + 1]
            onward[node] = node if open_ended else onward[found]
    return ABSENT


@compiled
def score_(ids, bounds, begin, end, context, start, tables, out):  # type: ignore[no-untyped-def]
    """Write ``-log p`` of the tokens ``begin`` to ``end - 1``; the result is the last context.

    ``context`` is that before token ``begin``, ``start`` that of every document's beginning.
    """
    words, firsts, suffixes, onward, log_probs, backoffs = tables
    document = np.searchsorted(bounds, begin)
    for token in range(begin, end):
        while document < len(bounds) and bounds[document] == token:
            context = start
            document += 1
        total = 0.0
        node = longer(words, firsts, context, ids[token])
        while node == ABSENT:
            total += backoffs[context]
            context = np.int64(suffixes[context])
            node = longer(words, firsts, context, ids[token])
        out[token - begin] = -(total + log_probs[node])
        context = np.int64(onward[node])
    return context


@compiled
def advance_(contexts, tokens, tables):  # type: ignore[no-untyped-def]
    """Replace each context by the one after its token."""
    words, firsts, suffixes, onward, _, _ = tables
    for stream in range(len(contexts)):
        context = np.int64(contexts[stream])
        node = longer(words, firsts, context, tokens[stream])
        while node == ABSENT:
            context = np.int64(suffixes[context])
            node = longer(words, firsts, context, tokens[stream])
        contexts[stream] = onward[node]


@compiled
def distribute_(contexts, order, tables, out):  # type: ignore[no-untyped-def]
    """Write ``log p`` of every word after each context, a row each.

    Shorter contexts come first: what they say holds until a longer one knows better.
    """
    words, firsts, suffixes, _, log_probs, backoffs = tables
    chain = np.empty(order, np.int64)
    passed = np.zeros(order)  # the sum of the back-offs on the way to each context
    for stream in range(len(contexts)):
        chain[0] = contexts[stream]
        size = 1
        while chain[size - 1] != ROOT:
            passed[size] = passed[size - 1] + backoffs[chain[size - 1]]
            chain[size] = suffixes[chain[size - 1]]
            size += 1
        row = out[stream]
        for word in range(len(row)):
            row[word] = passed[size - 1] + log_probs[1 + word]
        for place in range(size - 2, -1, -1):
            for node in range(firsts[chain[place]], firsts[chain[place] + 1]):
                row[words[node]] = passed[place] + log_probs[node]
