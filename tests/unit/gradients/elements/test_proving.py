"""Every ``=`` of a proof by numbers: entries by NumPy, sums by loops, slopes by differences."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from itertools import cycle, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems import load_problems

from gradus.gradients.deriving.derivation import Derivation, Part, Step, derive
from gradus.gradients.elements.algebra import times
from gradus.gradients.elements.entries import entry
from gradus.gradients.elements.letters import Letters, names_in
from gradus.gradients.elements.proving import ProofLine, proofs, prove
from gradus.gradients.elements.reader import ENTRIES, KNOWN
from gradus.gradients.elements.tree import (
    Derivative,
    Element,
    Entry,
    Index,
    Place,
    below,
    letters_of,
    nodes_of,
    places_of,
)
from gradus.gradients.elements.values import value
from gradus.gradients.elements.writers import text
from gradus.gradients.expressions.evaluate import OPERATIONS, SIZED, evaluate_all
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.nodes import Node, leaf
from gradus.gradients.expressions.nodes import below as nodes_below
from gradus.gradients.expressions.points import points
from gradus.gradients.writing.notation import notation

TOLERANCE = 1e-10

#: Weights of the difference quotient of order 8.
WEIGHTS = {1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280}

#: Steps of the difference quotient: the first ones fit what is smooth, the last what has kinks.
STEPS = (2.0**-9, 2.0**-11, 2.0**-7, 2.0**-14)

#: Sizes of symbols, in turn: loops over all letters take long.
SIZES = (3, 2, 4)

MODELS = {
    "layer": "x: [N, D]; W: [D, H]; b: [H]; g: [N, H]; J = sum(g * tanh(x @ W + b))",
    "softmax": "x: [N, D]; W: [D, C]; y: [N, C] one-hot; J = CE(softmax(x @ W), y) / N",
    "softmax alone": "z: [N, C]; g: [N, C]; J = sum(g * softmax(z))",
    "softmax by hand": "Z: [N, C]; Y: [N, C] one-hot; E = exp(Z); "
    "P = E / sum(E, axis=1, keepdims=True); J = CE(P, Y)",
    "picked from a softmax": "Z: [N, C]; i: [N] index in C; P = softmax(Z); "
    "J = -mean(log(P[range(N), i]))",
    "labels that do not sum to 1": "z: [C]; y: [C] positive; J = CE(softmax(z), y)",
    "labels too": "p: [C] positive; y: [C]; J = CE(p, y)",
    "labels are predictions": "z: [C]; p = softmax(z); J = CE(p, p)",
    "log of softmax": "z: [N, C]; g: [N, C]; p = softmax(z); J = sum(g * log(p))",
    "log softmax": "z: [N, C]; g: [N, C]; J = sum(g * log_softmax(z))",
    "log of sigmoid": "u: [K, D]; v: [D]; J = -sum(log(sigmoid(-(u @ v))))",
    "softplus by hand": "X: [N, D]; w: [D]; J = sum(log(1 + exp(X @ w)))",
    "log of sums": "A: [N, D]; J = log(sum(exp(A))) + sum(log(sum(exp(A), axis=1)))",
    "logsumexp": "A: [N, D]; g: [D]; J = logsumexp(A) + sum(g * logsumexp(A, axis=0))",
    "vectors": "u: [D]; v: [D]; J = u @ v / (norm(u) * norm(v)) + u @ u",
    "row and column": "W: [D, H]; a: [D]; h: [H]; J = a @ W @ h + sum(outer(a, h) * W)",
    "outer twice": "v: [D]; A: [D, D]; J = sum(A * outer(v, v))",
    "product of itself": "X: [D, D]; A: [D, D]; J = sum(A * (X @ X)) + sum(X @ X.T)",
    "row of one": "x: [1, D]; W: [D, H]; b: [1, H]; J = sum(exp(x @ W + b))",
    "batches": "A: [N, D, H]; B: [H, C]; b: [H]; J = sum(tanh(A @ B)) + sum((A @ b)**2)",
    "batches of both": "A: [N, D, H]; B: [N, H, D]; a: [D]; J = sum((A @ B)**2) + sum(a @ A)",
    "einsum": "x: [D]; V: [K, D, D]; g: [K]; J = g @ einsum('i,kij,j->k', x, V, x)",
    "axes in another order": "A: [N, D, H]; B: [H, N, D]; J = sum(A.transpose(2, 0, 1) * B**2)",
    "determinants": "A: [D, D] invertible; J = det(A) + logdet(A) + logdet(A.T @ A)",
    "inverse": "A: [D, D] invertible; B: [D, D]; J = tr(B @ inv(A)) + tr(A)",
    "symmetric": "S: [D, D] positivedefinite; e: [D]; J = logdet(S) / 2 + e @ inv(S) @ e / 2",
    "diagonals": "v: [D]; A: [D, D]; B: [D, D]; J = sum(tanh(diag(v)) * A) + diag(A) @ diag(A @ B)",
    "norm of a matrix": "A: [N, D]; J = norm(A)**3",
    "layer norm": (
        "X: [N, D]; c: [D]; G: [N, D]; mu = mean(X, axis=1, keepdims=True); "
        "var = mean((X - mu)**2, axis=1, keepdims=True); s = 1 / sqrt(var + 0.01); "
        "J = sum(G * (c * (X - mu) * s))"
    ),
    "largest": "A: [N, D]; g: [N]; J = g @ amax(A, axis=1) + amax(A) + sum(amax(A**2, axis=0))",
    "choices": (
        "A: [N, D]; b: [D]; J = sum(maximum(A, b)**2) + sum(minimum(0, A)**3) "
        "+ sum(maximum(A, A**2)) + sum(where(A > b, A * b, exp(A))) + sum(ind(A > 0) * A) "
        "+ sum(leaky_relu(A, b))"
    ),
    "powers": (
        "a: [D] positive; b: [D]; c: []; J = sum(a**b) + sum(a**c) + sum(c / a) + sum(sqrt(a))"
    ),
    "look-ups": (
        "E: [V, D]; o: [T] index; i: [] index; c: [N, T] index; y: [T]; W: [V, D]; "
        "J = y @ (E[o] @ E[i]) + sum(tanh(E[c])) + sum(onehot(o, V) @ W * E[o])"
    ),
    "one of every row": "z: [N, C]; t: [N] index; J = -sum(log_softmax(z)[range(N), t])",
    "joined": (
        "a: [N, H]; b: [N, G]; W: [H + G, C]; h = concat([a, b], axis=1); "
        "J = sum(tanh(h @ W)) + sum(h[:, :H] * a**2) + sum(W[H:]**2) + sum(W[1:]**3)"
    ),
    "joined twice": (
        "h: [D]; w: [3 * D]; J = w @ concat([h, h**2, h]) + sum(concat([h[0:1], h])**2)"
    ),
    "columns and rows": (
        "r: [N]; c: [D]; T: [N, D]; S = r[:, None] + c[None, :] - T; J = sum(S**2) / 2 + T[0, 1]**2"
    ),
    "attention": (
        "Q: [T, D]; K: [T, D]; V: [T, D]; G: [T, D]; "
        "A = softmax(Q @ K.T / sqrt(D) + causal_bias(T)); J = sum(G * (A @ V))"
    ),
    "sizes and constants": (
        "X: [N, D]; A: [D, D]; J = sum(X) * pi / N + tr(A + eye(D)) + sum(X + ones(N, D)) "
        "+ sum(X * concat([zeros(1, D), ones(N - 1, D)]))"
    ),
    "letters that are taken": "i: [j, k]; a: [k, l]; b: [l]; J = sum(tanh(i @ a + b)**2)",
    **{name: f"x: [N, D] positive; J = sum({name}(x)**2)" for name in FUNCTIONS},
}


def rebuilt(part: Any, change: Callable[[Any], Any]) -> Any:
    """An element as it is, but for what ``change`` has something else for."""
    new = change(part)
    if new is not None:
        return new
    if isinstance(part, tuple):
        return tuple(rebuilt(one, change) for one in part)
    if isinstance(part, Element | Place):
        assert is_dataclass(part)
        return type(part)(*(rebuilt(getattr(part, field.name), change) for field in fields(part)))
    return part


def with_slope(element: Element, slope: Element | None) -> Element:
    """An element with what was found for the derivative in it."""
    return rebuilt(element, lambda part: slope if isinstance(part, Derivative) else None)


def probed(element: Element, by: Entry, probe: Node) -> Element:
    """An element with a probe for the array that is differentiated by."""
    return rebuilt(
        element,
        lambda part: (
            Entry(probe, part.places)
            if isinstance(part, Entry) and part.node is by.node and not part.held
            else None
        ),
    )


def indices_of(*elements: Element) -> dict[str, Index]:
    """The letters that elements depend on."""
    free = set[str]().union(*map(letters_of, elements))
    places = (place for element in elements for one in below(element) for place in places_of(one))
    bases = (place.base for place in places)
    return {base.letter: base for base in bases if isinstance(base, Index) and base.letter in free}


class Judge:
    """Checks the lines of proofs at one point; ``most`` assignments of places to letters each."""

    def __init__(self, found: Derivation, most: int) -> None:
        sizes = dict(zip(found.model.symbols, cycle(SIZES)))
        self.found, self.most = found, most
        self.point = next(points(found.model, 1, sizes=sizes))
        self.rng = np.random.default_rng(1)
        self.known: dict[Node, Any] = {}
        for signal, definition in found.signals.items():
            self.known[signal] = self.values([definition])[0]

    def values(self, nodes: list[Node]) -> list[Any]:
        return evaluate_all(nodes, self.point.values, self.point.sizes, self.known)

    def arrays(self, *elements: Element) -> dict[Node, Any]:
        nodes = [node for element in elements for node in nodes_of(element)]
        return dict(zip(nodes, map(np.asarray, self.values(nodes)), strict=True))

    def steps(self) -> list[int]:
        """Check all proofs; how many lines each has."""
        lengths = []
        for step in self.found.steps:
            for part, lines in zip(step.parts, proofs(step, self.found.signals), strict=True):
                assert bool(lines) == bool(part.words)
                self.proof(lines)
                lengths.append(len(lines))
        return lengths

    def proof(self, lines: tuple[ProofLine, ...]) -> None:
        definition: Element | None = None
        slope: Element | None = None
        for line in lines:
            assert line.reason
            if isinstance(line.left, Derivative):
                slope, of = line.right, line.left.of
                self.derivative(definition or of, line.left.by, slope)
                continue
            if slope is None:
                definition = line.right
            self.equal(with_slope(line.left, slope), line.right)

    def assignments(self, most: int, *elements: Element) -> Iterator[dict[str, int]]:
        indices = indices_of(*elements)
        ranges = [range(index.size.size(self.point.sizes)) for index in indices.values()]
        every = list(product(*ranges))
        few = min(len(every), most)
        for place in self.rng.choice(len(every), few, replace=False):
            yield dict(zip(indices, every[place], strict=True))

    def equal(self, left: Element, right: Element) -> None:
        arrays = self.arrays(left, right)
        for letters in self.assignments(self.most, left, right):
            one, other = (value(side, letters, arrays, self.point.sizes) for side in (left, right))
            assert one == pytest.approx(other, rel=TOLERANCE, abs=TOLERANCE), (left, right)

    def derivative(self, of: Element, by: Entry, slope: Element) -> None:
        arrays = self.arrays(of, by, slope)
        probe = leaf("probe", by.node.shape, "probe")

        moved = probed(of, by, probe)
        known = isinstance(of, Entry) and of.node.op in KNOWN

        def at(letters: dict[str, int], places: tuple[int, ...], shift: float) -> float:
            array = np.array(arrays[by.node], dtype=np.float64)
            array[places] += shift
            mine = {**arrays, probe: array}
            if known:
                assert isinstance(of, Entry)
                inner = {**self.known, by.node: array}
                point = self.point
                mine[of.node] = evaluate_all([of.node], point.values, point.sizes, inner)[0]
            return value(moved, letters, mine, self.point.sizes)

        tried = [
            (value(slope, letters, arrays, self.point.sizes), letters)
            for letters in self.assignments(6 * self.most, of, by, slope)
        ]
        tried.sort(key=lambda one: not one[0])  # where brackets make it 0, little is tested
        for right, letters in (*tried[: self.most], *tried[self.most :][-1:]):
            places = tuple(
                letters[place.base.letter] if isinstance(place.base, Index) else 0
                for place in by.places
            )
            gaps = []
            for size in STEPS:
                step = size * min(1.0, max(abs(float(arrays[by.node][places])), 2.0**-6))
                left = sum(
                    weight * (at(letters, places, k * step) - at(letters, places, -k * step)) / step
                    for k, weight in WEIGHTS.items()
                )
                scale = max(1.0, abs(left), abs(right), abs(at(letters, places, 0.0)))
                gaps.append(abs(left - right) / scale)
                if gaps[-1] <= TOLERANCE:
                    break
            assert min(gaps) <= TOLERANCE, (left, right, of, by)


def derived(name: str) -> Derivation:
    return derive(MODELS[name].replace("; ", "\n"))


@pytest.mark.parametrize("name", MODELS)
def test_every_line_of_every_proof_holds(name: str) -> None:
    found = derived(name)
    Judge(found, most=4).steps()


@pytest.mark.parametrize("name", MODELS)
def test_the_entry_of_every_operation_is_that_of_its_value(name: str) -> None:
    found = derived(name)
    judge = Judge(found, most=4)
    for node in nodes_below([found.model.result]):
        if node.op not in ("compare", "input"):
            places = Letters(names_in([node])).places(node.shape)
            judge.equal(Entry(node, places), entry(node, places))


def test_the_models_have_every_operation() -> None:
    seen = {node.op for name in MODELS for node in nodes_below([derived(name).model.result])}
    assert seen >= {*OPERATIONS, *SIZED, *FUNCTIONS, "mul", "slice", "onehot", "input"}


def test_every_operation_has_an_entry() -> None:
    assert {*ENTRIES, *KNOWN, "input"} == {*OPERATIONS, *SIZED, *FUNCTIONS} | {
        *("mul", "slice", "onehot", "input")
    }


# the problems


@pytest.mark.slow
def test_proofs_of_all_problems(problem_folder: Path) -> None:
    lengths = []
    for problem in load_problems(problem_folder / "gradients.yaml"):
        if problem.kind == "gradient":
            lengths += Judge(derive(problem.model(), problem.wrt), most=2).steps()
    assert max(lengths) <= 5
    assert sum(length <= 4 for length in lengths) >= 0.98 * len(lengths)


# what is shown


def shown(lines: tuple[ProofLine, ...]) -> list[str]:
    return [f"{text(one.left, notation)} = {text(one.right, notation)}" for one in lines]


def step_of(found: Derivation, name: str) -> Step:
    return next(step for step in found.steps if notation(step.target) == name)


def proved(model: str, target: str, place: int = 0) -> list[str]:
    found = derive(model.replace("; ", "\n"))
    return shown(proofs(step_of(found, target), found.signals)[place])


def test_a_product_in_four_lines() -> None:
    assert proved("x: [N, D]; W: [D, H]; g: [N, H]; z = x @ W; J = sum(g * z)", "x") == [
        "(x @ W)[i, j] = Σ_k x[i, k] W[k, j]",
        "∂(x @ W)[i, j]/∂x[a, b] = W[b, j] [i = a]",
        "Σ_i Σ_j g[i, j] ∂(x @ W)[i, j]/∂x[a, b] = Σ_j g[a, j] W[b, j]",
        "Σ_j g[a, j] W[b, j] = (g @ W.T)[a, b]",
    ]


def test_an_elementwise_step_in_three_lines() -> None:
    assert proved("z: [D]; g: [D]; h = sigmoid(z); J = sum(g * h)", "z") == [
        "∂σ(z[i])/∂z[a] = h[i] (1 - h[i]) [i = a]",
        "Σ_i g[i] ∂h[i]/∂z[a] = g[a] h[a] (1 - h[a])",
        "g[a] h[a] (1 - h[a]) = (g * h * (1 - h))[a]",
    ]


def test_a_bias_is_summed_where_it_was_broadcast() -> None:
    lines = proved("x: [N, H]; b: [H]; g: [N, H]; z = x + b; J = sum(g * z)", "b")
    assert lines[-2:] == [
        "Σ_i Σ_j g[i, j] ∂(x + b)[i, j]/∂b[a] = Σ_i g[i, a]",
        "Σ_i g[i, a] = sum(g, axis=0)[a]",
    ]


def test_softmax_and_cross_entropy_step_over_the_probabilities() -> None:
    assert proved("z: [C]; y: [C] one-hot; yhat = softmax(z); J = CE(yhat, y)", "z") == [
        "CE(yhat, y) = -Σ_i y[i] (z[i] - log(Σ_j exp(z[j])))",
        "∂CE(yhat, y)/∂z[a] = yhat[a] Σ_i y[i] - y[a]",
        "yhat[a] Σ_i y[i] - y[a] = (yhat - y)[a]",
    ]


def test_a_row_that_is_looked_up_twice_gets_both() -> None:
    lines = proved("E: [V, D]; o: [T] index; g: [T, D]; x = E[o]; J = sum(g * x)", "E")
    assert lines == [
        "∂E[o[i], j]/∂E[a, b] = [o[i] = a] [j = b]",
        "Σ_i Σ_j g[i, j] ∂E[o][i, j]/∂E[a, b] = Σ_i g[i, b] [o[i] = a]",
        "Σ_i g[i, b] [o[i] = a] = (onehot(o, V).T @ g)[a, b]",
    ]


def test_the_second_use_is_told_from_the_first() -> None:
    model = "X: [D, D]; g: [D, D]; Z = X @ X; J = sum(g * Z)"
    first, second = (proved(model, "X", place)[1] for place in (0, 1))
    assert first.endswith("= X[b, j] [i = a]")
    assert second.endswith("= X[i, a] [j = b]")


def test_the_words_of_a_part_tell_which_use_it_is() -> None:
    found = derive("X: [D, D]\ng: [D, D]\nZ = X @ X\nJ = sum(g * Z)")
    step = step_of(found, "X")
    for part, lines in zip(step.parts, proofs(step), strict=True):
        assert shown(prove(part, step.target)) == shown(lines)


def test_a_long_upstream_gradient_gets_a_name() -> None:
    found = derive("x: [N, D]\nW: [D, H]\nJ = sum(tanh(x @ W))")
    part = step_of(found, "W").parts[0]
    long = Part(
        part.consumer, part.upstream * 2 + part.upstream**3 * 5 - 1, part.words, part.product
    )
    lines = shown(prove(long, found.model.inputs["W"]))
    assert lines[2].startswith("delta[i, j] = (")
    assert "delta[i, j] ∂" in lines[3]


def test_the_renaming_of_a_line_needs_no_proof() -> None:
    found = derive("x: [D]\nh = tanh(x)\nJ = sum(h)")
    empty = [proof for step in found.steps for proof in proofs(step) if not proof]
    assert empty


def test_letters_are_no_names_of_the_model() -> None:
    lines = proved("i: [N, k]; j: [k, l]; a: [N, l]; z = i @ j; J = sum(a * z)", "j")
    assert lines[0] == "(i @ j)[m, n] = Σ_r i[m, r] j[r, n]"
    assert "∂j[b, c]" in lines[1]


def test_identities_are_named() -> None:
    found = derive("A: [D, D] invertible\nB: [D, D]\nC = inv(A)\nJ = tr(B @ C)")
    lines = proofs(step_of(found, "A"))[0]
    assert shown(lines)[0] == "∂inv(A)[i, j]/∂A[a, b] = -inv(A)[i, a] inv(A)[b, j]"
    assert "known identity" in lines[0].reason


def test_the_judge_finds_a_wrong_line() -> None:
    found = derived("layer")
    judge = Judge(found, most=4)
    step = step_of(found, "W")
    (lines,) = proofs(step, found.signals)
    judge.proof(lines)
    for place, line in enumerate(lines):
        wrong = ProofLine(line.left, times((line.right,), 2), line.reason)
        with pytest.raises(AssertionError):
            judge.proof((*lines[:place], wrong))


def test_a_softmax_that_was_written_out_is_proved_as_one():
    model = "E = exp(Z)\nP = E / sum(E, axis=1, keepdims=True)\nJ = CE(P, Y)"
    found = derive(model, "Z", shapes={"Z": "N, C", "Y": "N, C"}, kinds={"Y": "onehot"})
    assert notation(found.answers["Z"]) == "P - Y"
    (step,) = (step for step in found.steps if step.target.op == "input")
    (lines,) = proofs(step, found.signals)
    written = [text(line.right, notation) for line in lines]
    assert written[-1] == "(P - Y)[a, b]"
    assert "Z[i, j] - log" in written[0]
