"""The compiled greedy parser, judged by NumPy formulas and a loop over transitions in Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from transition_walks import projective_trees
from tree_samples import random_tree

from gradus.tasks.parsing.kernels.greedy import (
    ACROSS,
    CUBE,
    FAR,
    MOVES,
    RELU,
    TANH,
    answer_,
    explore_,
    legal_,
    locate_,
    name_,
    parse_,
    score_,
    shorten_,
)
from gradus.tasks.parsing.kernels.moves import LEFT, RIGHT, allowed, apply_, arc, finished
from gradus.tasks.parsing.kernels.oracles import cost, projective_order, projective_parts
from gradus.tasks.parsing.kernels.state import (
    BUFFER,
    HEAD,
    LABEL,
    SIZE,
    STACK,
    complete_,
    start,
)
from gradus.tasks.parsing.positions import compiled_positions
from gradus.tasks.parsing.systems import SYSTEMS

systems = pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)

#: A step between numbers that float32 has exactly.
NEAR = 2.0**-10

DIM, WIDTH, FORMS, TAGS, LABELS = 5, 7, 12, 4, 3
FORMULAS = {CUBE: lambda x: x**3, RELU: lambda x: np.maximum(x, 0), TANH: np.tanh}


def distance(system, state):
    """How far the nodes are apart that an arc to the left would join; 0 where one is missing."""
    stack, buffer = (state[row, : state[SIZE, row]] for row in (STACK, BUFFER))
    pair = stack[-2:] if "standard" in system.name else [*stack[-1:], *buffer[-1:]]
    return min(abs(int(pair[0]) - int(pair[1])), FAR) if len(pair) == 2 else 0


class Network:
    """Vectors and weights, as the formula has them, and the tables of products made from them."""

    def __init__(self, system, seed, kind=CUBE, tagged=True):
        rng = np.random.default_rng(seed)
        self.system = system
        self.places, self.labelled = compiled_positions(system.positions)
        positions, named = len(self.places), len(self.labelled) + 1
        self.classes = np.array(
            [(m, n) for m in system.moves for n in (range(LABELS) if m in (LEFT, RIGHT) else [-1])],
            dtype=np.int32,
        )
        self.forms, self.tags, self.labels = (
            rng.normal(size=(rows, DIM)) for rows in (FORMS, TAGS, max(LABELS, FAR) + 1)
        )
        self.tags *= tagged
        self.weights = rng.normal(size=(positions, DIM, WIDTH)) / 12
        self.label_weights = rng.normal(size=(named, DIM, WIDTH)) / 12
        self.bias = rng.normal(size=WIDTH)
        self.output = rng.normal(size=(WIDTH, len(self.classes)))
        self.output_bias = rng.normal(size=len(self.classes))
        self.kind = kind
        tables = [
            np.einsum("xd,pdh->xph", vectors, weights).reshape(len(vectors), -1)
            for vectors, weights in (
                (self.forms, self.weights),
                (self.tags, self.weights),
                (self.labels, self.label_weights),
            )
        ]
        # what stands for nothing is in the bias; the other rows are what differs from it
        nothing = sum(table[0].reshape(-1, WIDTH).sum(0) for table in tables)
        tables = [table - table[0] for table in tables]
        if not tagged:
            tables[1] = np.empty((0, 0))
        scales = [0.5 + rng.random(len(table)) for table in tables[:2]]
        forms, tags = (t / s[:, None] for t, s in zip(tables[:2], scales, strict=True))
        products = [forms, scales[0], tags, scales[1], tables[2]]
        lacking = -len(self.classes) % ACROSS  # compiled code scores so many classes at a time
        output = np.pad(self.output, [(0, 0), (0, lacking)]), np.pad(self.output_bias, (0, lacking))
        floats = [*products, self.bias + nothing, *output]
        self.model = (*(np.ascontiguousarray(x, dtype=np.float32) for x in floats), kind)

    def scores(self, state, nodes, rows):
        """``U f(b + Σ_p W_p x[p] + Σ_q V_q l[q]) + c``."""
        words = self.forms[rows[0, nodes + 1]] + self.tags[rows[1, nodes + 1]]
        children = nodes[self.labelled]
        numbers = [state[LABEL, node] + 1 if node > 0 else 0 for node in children]
        names = self.labels[[*numbers, distance(self.system, state)]]
        hidden = self.bias + np.einsum("pd,pdh->h", words, self.weights)
        hidden = hidden + np.einsum("qd,qdh->h", names, self.label_weights)
        return FORMULAS[self.kind](hidden) @ self.output + self.output_bias

    def compiled_scores(self, state, rows):
        """The nodes, and the scores that the kernel finds."""
        nodes = np.empty(len(self.places), np.int32)
        hidden, scores = (np.empty(n, np.float32) for n in (WIDTH, len(self.model[7])))
        locate_(state, self.places, nodes)
        names = np.empty(len(self.labelled) + 1, np.int32)
        name_(self.system.number, state, nodes, self.labelled, names)
        score_(nodes, names, rows, self.model, hidden, np.empty(WIDTH, np.int64), scores)
        return nodes, scores[: len(self.classes)]


def sentences(lengths, seed):
    """Rows of the tables for sentences side by side, each after those of its two other nodes."""
    nodes = int(np.sum(lengths)) + 2 * len(lengths)
    rng = np.random.default_rng(seed)
    rows = np.stack([rng.integers(2, FORMS, nodes), rng.integers(2, TAGS, nodes)])
    begins = np.cumsum([0, *(n + 2 for n in lengths[:-1])])
    rows[:, begins], rows[:, begins + 1] = 0, 1
    return rows.astype(np.int32), [
        rows[:, b : b + n + 2].astype(np.int32) for b, n in zip(begins, lengths, strict=True)
    ]


def allowed_classes(system, network, state):
    return np.array([allowed(system.number, state, move) for move in network.classes[:, 0]])


@systems
@pytest.mark.parametrize("kind", FORMULAS, ids=["cube", "relu", "tanh"])
@pytest.mark.parametrize("tagged", [True, False], ids=["tags", "no tags"])
def test_scores_are_those_of_the_formula(system, kind, tagged):
    network, rng = Network(system, 1, kind, tagged), np.random.default_rng(2)
    _, (rows,) = sentences([9], 3)
    state = start(9)
    while not finished(system.number, state):
        nodes, scores = network.compiled_scores(state, rows)
        wanted = network.scores(state, nodes, rows)
        np.testing.assert_allclose(scores, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max())
        move, label = rng.choice(network.classes[allowed_classes(system, network, state)])
        apply_(system.number, state, move, label)


@given(
    products=arrays(np.float32, (4, 9), elements=st.integers(-(10**7), 10**7).map(NEAR.__mul__)),
    nothing=arrays(np.float32, 9, elements=st.integers(-(10**7), 10**7).map(NEAR.__mul__)),
)
def test_short_rows_are_the_products_less_those_of_nothing(products, nothing):
    rows, scales = np.empty((4, 9), np.int16), np.empty(4, np.float32)
    wanted = products.astype(np.float64) - nothing
    shorten_(products.copy(), nothing, rows, scales)
    most = np.abs(wanted).max(axis=1)
    assert (
        np.abs(rows * scales[:, None].astype(np.float64) - wanted).max(1) <= most / 64_000
    ).all()
    np.testing.assert_allclose(scales, most / 32767, rtol=1e-6)


@pytest.mark.parametrize("classes", [1, ACROSS - 1, ACROSS, ACROSS + 1, 3 * ACROSS])
@pytest.mark.parametrize("units", [1, 5, 64])
def test_scores_of_many_classes_are_those_of_a_product(classes, units):
    rng = np.random.default_rng(classes + units)
    width = -(-classes // ACROSS) * ACROSS
    weights, bias = np.zeros((units, width), np.float32), np.zeros(width, np.float32)
    weights[:, :classes], bias[:classes] = rng.normal(size=(units, classes)), rng.normal()
    for share in (0, 0.5, 1):
        hidden = (rng.normal(size=units) * (rng.random(units) < share)).astype(np.float32)
        scores = np.empty(width, np.float32)
        answer_(hidden, weights, bias, np.empty(units, np.int64), scores)
        np.testing.assert_allclose(scores, hidden @ weights + bias, rtol=1e-4, atol=1e-4)


@systems
def test_legal_transitions_are_the_allowed_ones(system):
    state, may = start(3), np.empty(MOVES, np.bool_)
    legal_(system.number, state, may)
    assert may.tolist() == [allowed(system.number, state, move) for move in range(MOVES)]


@systems
def test_sentences_are_parsed_as_by_a_plain_loop(system):
    lengths = [6, 1, 0, 11, 4]
    network, (rows, parts) = Network(system, 4), sentences(lengths, 5)
    heads, labels = (np.full(sum(lengths), -5, np.int32) for _ in range(2))
    sure = np.full(sum(lengths), -5, np.float32)
    leftover = np.array([1, 2], np.int32)
    lists = (
        network.places,
        network.labelled,
        network.classes,
        leftover,
        network.model,
        np.zeros(0, np.int32),
    )
    parse_(system.number, np.array(lengths), rows, *lists, heads, labels, sure)
    wanted = [plain_parse(system, network, n, own) for n, own in zip(lengths, parts, strict=True)]
    assert heads.tolist() == [head for tree in wanted for head, _, _ in tree]
    assert labels.tolist() == [label for tree in wanted for _, label, _ in tree]
    np.testing.assert_allclose(sure, [p for tree in wanted for _, _, p in tree], rtol=1e-4)

    unsure = np.empty(0, np.float32)
    again = heads.copy(), labels.copy()
    parse_(system.number, np.array(lengths), rows, *lists, *again, unsure)
    assert again[0].tolist() == heads.tolist()
    assert again[1].tolist() == labels.tolist()


def plain_parse(system, network, words, rows):
    """Head, label and probability of the arc of each word."""
    state, sure = start(words), np.full(words + 1, -5.0)
    while not finished(system.number, state):
        _, scores = network.compiled_scores(state, rows)
        scores = np.where(allowed_classes(system, network, state), scores.astype(float), -np.inf)
        move, label = network.classes[scores.argmax()]
        if move in (LEFT, RIGHT):
            shares = np.exp(scores - scores.max())
            sure[arc(system.number, state, move)[1]] = 1 / shares.sum()
        apply_(system.number, state, move, label)
    complete_(state, words, 1, 2)
    return [(state[HEAD, w], state[LABEL, w], sure[w]) for w in range(1, words + 1)]


class Walk:
    """What the kernel wrote down while it walked."""

    def __init__(self, system, network, golds, names, rows, explore, room=400):
        lengths = np.array([len(gold) - 1 for gold in golds])
        self.nodes = np.full((room, len(network.places)), -9, np.int64)
        self.labels = np.full((room, len(network.labelled) + 1), -9, np.int64)
        self.right, self.open = (np.zeros((room, len(network.classes)), np.bool_) for _ in "ab")
        orders = np.concatenate([projective_order(gold) for gold in golds])
        parts = np.concatenate([projective_parts(gold) for gold in golds])
        chances = np.random.default_rng(6).random(room).astype(np.float32)
        self.steps = explore_(
            *(system.number, lengths, rows, np.concatenate(golds), orders, parts),
            *(np.concatenate(names), network.places, network.labelled, network.classes),
            *(network.model, explore, chances, self.nodes, self.labels, self.right, self.open),
        )
        self.chances = chances


def treebank(system):
    """Gold arrays and labels: what the system can build, and, if it may be wrong, more."""
    rng = np.random.default_rng(7)
    golds = [rng.choice(list(projective_trees(n))) for n in (5, 1, 6)]
    if not system.projective:
        golds.append(np.array([-1, *random_tree(7, 8)], np.int32))
    return golds, [rng.integers(0, LABELS, len(gold)).astype(np.int32) for gold in golds]


@systems
@pytest.mark.parametrize("explore", [0.0, 0.6])
def test_right_classes_are_those_of_least_cost(system, explore):
    network, (golds, names) = Network(system, 9), treebank(system)
    rows, parts = sentences([len(gold) - 1 for gold in golds], 10)
    walk = Walk(system, network, golds, names, rows, explore)
    step = 0
    for gold, labels, own in zip(golds, names, parts, strict=True):
        extra, state = (projective_order(gold), projective_parts(gold)), start(len(gold) - 1)
        while not finished(system.number, state):
            nodes, scores = network.compiled_scores(state, own)
            assert walk.nodes[step].tolist() == own[0, nodes + 1].tolist()
            children = nodes[network.labelled]
            assert walk.labels[step].tolist() == [
                *(state[LABEL, node] + 1 if node > 0 else 0 for node in children),
                distance(system, state),
            ]
            may = allowed_classes(system, network, state)
            prices = np.full(len(may), np.inf)
            for k in np.flatnonzero(may):
                move, label = network.classes[k]
                prices[k] = cost(system.number, state, move, gold, *extra)
                if move in (LEFT, RIGHT):
                    head, dependent = arc(system.number, state, move)
                    prices[k] += 0.5 * (gold[dependent] == head and labels[dependent] != label)
            right = prices == prices.min()
            assert walk.open[step].tolist() == may.tolist()
            assert walk.right[step].tolist() == right.tolist()
            wild = walk.chances[step] < explore
            chosen = np.where(may if wild else right, scores, -np.inf).argmax()
            apply_(system.number, state, *network.classes[chosen])
            step += 1
        if explore == 0:
            assert state[HEAD, : len(gold)].tolist() == gold.tolist()
            assert state[LABEL, 1 : len(gold)].tolist() == labels[1:].tolist()
    assert step == walk.steps


def test_a_walk_ends_where_the_arrays_are_full():
    system = SYSTEMS["hybrid"]
    network, (golds, names) = Network(system, 9), treebank(system)
    rows, _ = sentences([len(gold) - 1 for gold in golds], 10)
    whole = Walk(system, network, golds, names, rows, 0.0)
    short = Walk(system, network, golds, names, rows, 0.0, room=17)
    assert whole.steps == 2 * (5 + 1 + 6)
    assert short.steps == 17
    assert (short.right == whole.right[:17]).all()


def test_no_node_has_row_0():
    network, (_, (rows,)) = Network(SYSTEMS["hybrid"], 11), sentences([2], 12)
    nodes, _ = network.compiled_scores(start(2), rows)
    known = {"s0": 1, "b0": rows[0, 2], "b1": rows[0, 3]}
    names = SYSTEMS["hybrid"].positions
    assert rows[0, nodes + 1].tolist() == [known.get(name, 0) for name in names]
