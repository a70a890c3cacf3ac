"""Greedy parsing: where the classifier looks, what it answers, and the loop over transitions.

The hidden layer is ``f(b + Σ over positions of W_p x[node at p])``. The products ``W_p x`` of a
node with every position are a row of a table, made beforehand [chen2014]; a node's row is the sum
of a row of the table of forms and one of the table of tags, so that both stay small. Row 0 of a
sentence stands for "no node there", row 1 for the root, row i + 1 for word i.

At most positions there is no node, and most children have no label: what these would add is in the
bias already, and was taken from all other rows. What is read is what costs, so the rows may be
small whole numbers with a scale each.
"""

import numpy as np

from gradus.core.jit import compiled
from gradus.core.kernels.simd import LANES, accumulate, load_rows, splat, store_rows
from gradus.tasks.parsing.kernels.moves import LEFT, RIGHT, SHIFT, allowed, apply_, arc, finished
from gradus.tasks.parsing.kernels.oracles import cost
from gradus.tasks.parsing.kernels.state import (
    ALL_WORDS,
    HEAD,
    LABEL,
    NONE,
    SIZE,
    complete_,
    start,
    top,
)

#: Classes that are scored at a time: as many as registers hold, and where each of these begins.
REGISTERS = (0, 1, 2, 3, 4, 5)
ACROSS, PLACES = LANES * len(REGISTERS), np.arange(len(REGISTERS)) * LANES

#: The greatest of a row of whole numbers.
MOST = np.float32(32767)

#: Transitions that any system has.
MOVES = 6

CUBE, RELU, TANH = range(3)

#: Steps of a position that are no row of the state: to the words before and after.
BEFORE, AFTER = -2, -3

#: Distances between the nodes that an arc would join are told apart up to this one.
FAR = 8


@compiled
def locate_(state, positions, nodes):
    """Write the node at each position: depth in a list, then up to two steps from there."""
    for p in range(len(positions)):
        node = top(state, positions[p, 0], positions[p, 1])
        for step in (2, 3):
            row = positions[p, step]
            if row == NONE or node == NONE:
                continue
            if row == BEFORE:
                node = node - 1 if node > 1 else NONE
            elif row == AFTER:
                node = node + 1 if 0 < node < state[SIZE, ALL_WORDS] else NONE
            else:
                node = state[row, node]
        nodes[p] = node


@compiled
def name_(system, state, nodes, labelled, names):
    """Write the number of each child's label, 0 for none, and last the distance of an arc."""
    for q in range(len(labelled)):
        node = nodes[labelled[q]]
        names[q] = state[LABEL, node] + 1 if node > 0 else 0
    head, dependent = arc(system, state, LEFT)
    joined = head != NONE and dependent != NONE
    names[len(labelled)] = min(abs(head - dependent), FAR) if joined else 0


@compiled
def score_(nodes, names, rows, model, hidden, active, scores):
    """Write the scores of all classes, from what :func:`locate_` and :func:`name_` wrote."""
    add_up_(nodes, names, rows, model, hidden)
    activate_(hidden, model[8])
    answer_(hidden, model[6], model[7], active, scores)


@compiled(fastmath=True)
def add_up_(nodes, names, rows, model, hidden):
    """Write the sums of products, before the activation."""
    forms, form_scales, tags, tag_scales, labels, bias = model[:6]
    width = len(hidden)
    for k in range(width):
        hidden[k] = bias[k]
    # rows are cut out first: an offset within the loop keeps it from becoming vector instructions
    for p in range(len(nodes)):
        if nodes[p] == NONE:
            continue
        begin, end = p * width, (p + 1) * width
        row = rows[0, nodes[p] + 1]
        form, form_scale = forms[row, begin:end], form_scales[row]
        if len(tags):
            row = rows[1, nodes[p] + 1]
            tag, tag_scale = tags[row, begin:end], tag_scales[row]
            for k in range(width):
                hidden[k] += form_scale * form[k] + tag_scale * tag[k]
        else:
            for k in range(width):
                hidden[k] += form_scale * form[k]
    for q in range(len(names)):
        if names[q]:
            label = labels[names[q], q * width : (q + 1) * width]
            for k in range(width):
                hidden[k] += label[k]


@compiled(fastmath=True)
def answer_(hidden, weights, bias, active, scores):
    """Write the scores of all classes from the hidden layer; units at 0 cost nothing.

    ``weights`` holds for each unit its weights for all classes; these are a multiple of ACROSS.
    """
    count = 0
    for k in range(len(hidden)):  # without a branch, which would be guessed wrong half the time
        active[count] = k
        count += hidden[k] != 0
    width = len(bias)
    for begin in range(0, width, ACROSS):
        sums = load_rows(REGISTERS, bias, PLACES, begin)
        for n in range(count):
            k = active[n]
            own = load_rows(REGISTERS, weights, PLACES, k * width + begin)
            sums = accumulate(sums, splat(hidden[k]), own)
        store_rows(scores, PLACES, begin, sums)


@compiled(fastmath=True)
def activate_(hidden, kind):
    """Apply the activation in place."""
    for k in range(len(hidden)):
        x = hidden[k]
        if kind == CUBE:
            hidden[k] = x * x * x
        elif kind == RELU:
            hidden[k] = max(x, np.float32(0))
        else:
            hidden[k] = np.tanh(x)


@compiled(fastmath=True)
def shorten_(products, nothing, rows, scales):
    """Take ``nothing`` from ``products``, and write them as whole numbers with a scale a row.

    The error of a product is below 1 in 65,000 of the greatest of its row.
    """
    greatest = np.empty(1, np.int32)
    for row in range(len(products)):
        own, short = products[row], rows[row]
        for k in range(len(own)):
            own[k] -= nothing[k]
        # without their signs floats are ordered as their bits are, which can be compared at once
        bits, most = own.view(np.int32), np.int32(0)
        for k in range(len(bits)):
            most = max(most, bits[k] & np.int32(0x7FFFFFFF))
        greatest[0] = most
        size = greatest.view(np.float32)[0]
        scales[row] = size / MOST
        share = MOST / size if size > 0 else np.float32(0)
        for k in range(len(own)):
            short[k] = np.int16(np.rint(own[k] * share))


@compiled
def legal_(system, state, may):
    """Write which transitions are allowed."""
    for move in range(MOVES):
        may[move] = allowed(system, state, move)


@compiled
def forbid_(system, state, may, given):
    """Take away the allowed transitions that lose more of the given arcs than others do."""
    least = np.int64(1) << 40
    costs = np.empty(MOVES, np.int64)
    for move in range(MOVES):
        if may[move]:
            costs[move] = cost(system, state, move, given, given, given)
            least = min(least, costs[move])
    for move in range(MOVES):
        may[move] = may[move] and costs[move] == least


@compiled
def only_shift(may):
    """Whether no other transition is allowed."""
    for move in range(MOVES):
        if may[move] and move != SHIFT:
            return False
    return may[SHIFT]


@compiled
def best_class(scores, may, class_moves):
    """The class with the highest score among those whose transition is allowed."""
    best = NONE
    for c in range(len(class_moves)):
        if may[class_moves[c]] and (best == NONE or scores[c] > scores[best]):
            best = c
    return best


@compiled(fastmath=True)
def probability(scores, may, class_moves, chosen):
    """The softmax of the chosen class among the allowed ones."""
    total = 0.0
    for c in range(len(class_moves)):
        if may[class_moves[c]]:
            total += np.exp(np.float64(scores[c] - scores[chosen]))
    return 1.0 / total


@compiled
def parse_(
    system, lengths, rows, positions, labelled, classes, leftover, model, given, heads, labels, sure
):
    """Parse sentences one after another; write heads, labels and the probability of each arc.

    ``rows`` holds, sentence after sentence, two rows before those of the words. Where ``sure`` is
    empty no probability is computed. A word that no transition gave a head keeps what ``sure`` has
    for it, and gets the first of the labels ``leftover``, or the second as the root's word.
    """
    hidden, active = np.empty(len(model[5]), np.float32), np.empty(len(model[5]), np.int64)
    scores = np.empty(len(model[7]), np.float32)
    nodes = np.empty(len(positions), np.int32)
    names = np.empty(len(labelled) + 1, np.int32)
    may = np.empty(MOVES, np.bool_)
    moves, made = classes[:, 0].copy(), classes[:, 1].copy()
    begin = 0
    for s in range(len(lengths)):
        words = lengths[s]
        state = start(words)
        own = rows[:, begin + 2 * s : begin + 2 * s + words + 2]
        while not finished(system, state):
            legal_(system, state, may)
            if len(given):
                forbid_(system, state, may, given[begin + s : begin + s + words + 1])
            if only_shift(may):  # there is nothing to choose, and no arc is made
                apply_(system, state, SHIFT, NONE)
                continue
            locate_(state, positions, nodes)
            name_(system, state, nodes, labelled, names)
            score_(nodes, names, own, model, hidden, active, scores)
            chosen = best_class(scores, may, moves)
            move = moves[chosen]
            if len(sure) and move in (LEFT, RIGHT):
                dependent = arc(system, state, move)[1]
                sure[begin + dependent - 1] = probability(scores, may, moves, chosen)
            apply_(system, state, move, made[chosen])
        complete_(state, words, leftover[0], leftover[1])
        for node in range(1, words + 1):
            heads[begin + node - 1] = state[HEAD, node]
            labels[begin + node - 1] = state[LABEL, node]
        begin += words


@compiled
def explore_(
    system,
    lengths,
    rows,
    gold,
    orders,
    parts,
    gold_labels,
    positions,
    labelled,
    classes,
    model,
    explore,
    chances,
    nodes_out,
    labels_out,
    right,
    open_,
):
    """Walk through configurations of sentences while training; give how many there were.

    In each the classes of least cost are written down as right. The walk goes on with the best of
    them, or, with probability ``explore``, with whatever the classifier likes best [goldberg2013].
    It ends early where the arrays of configurations are full.
    """
    hidden, active = np.empty(len(model[5]), np.float32), np.empty(len(model[5]), np.int64)
    scores = np.empty(len(model[7]), np.float32)
    nodes = np.empty(len(positions), np.int32)
    names = np.empty(len(labelled) + 1, np.int32)
    may = np.empty(MOVES, np.bool_)
    costs = np.empty(MOVES, np.int64)
    moves, made = classes[:, 0].copy(), classes[:, 1].copy()
    begin, step = 0, 0
    for s in range(len(lengths)):
        words = lengths[s]
        first = begin + s  # of this sentence's nodes, the root included
        tree = gold[first : first + words + 1]
        own = rows[:, begin + 2 * s : begin + 2 * s + words + 2]
        state = start(words)
        while not finished(system, state):
            if step == len(right):
                return step
            locate_(state, positions, nodes)
            name_(system, state, nodes, labelled, names)
            legal_(system, state, may)
            score_(nodes, names, own, model, hidden, active, scores)
            for move in range(MOVES):
                if may[move]:
                    costs[move] = 2 * cost(
                        system, state, move, tree, orders[first : first + words + 1],
                        parts[first : first + words + 1],
                    )  # fmt: skip
            mark_(
                system, state, may, costs, moves, made, tree,
                gold_labels[first : first + words + 1], right[step], open_[step],
            )  # fmt: skip
            for p in range(len(nodes)):
                nodes_out[step, p] = own[0, nodes[p] + 1]
            labels_out[step] = names
            chosen = NONE
            if chances[step] < explore:
                chosen = best_class(scores, may, moves)
            else:
                for c in range(len(moves)):
                    if right[step, c] and (chosen == NONE or scores[c] > scores[chosen]):
                        chosen = c
            apply_(system, state, moves[chosen], made[chosen])
            step += 1
        begin += words
    return step


@compiled
def mark_(system, state, may, costs, moves, names, tree, labels, right, open_):
    """Write which classes are of least cost, a wrong label costing less than a lost arc."""
    least = np.int64(1) << 40
    for c in range(len(moves)):
        move = moves[c]
        open_[c] = may[move]
        if may[move]:
            least = min(
                least, costs[move] + _mislabels(system, state, move, names[c], tree, labels)
            )
    for c in range(len(moves)):
        move = moves[c]
        right[c] = may[move] and (
            costs[move] + _mislabels(system, state, move, names[c], tree, labels) == least
        )


@compiled
def _mislabels(system, state, move, label, tree, labels):
    if move != LEFT and move != RIGHT:
        return 0
    head, dependent = arc(system, state, move)
    return 1 if tree[dependent] == head and labels[dependent] != label else 0
