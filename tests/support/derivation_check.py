"""Derivations judged by torch: gradients, each simplification on its own, the same text again."""

import gc
import random
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch_values
from random_expressions import DOUBLE, Expression, Term, Unfit, fresh_leaf, rebuilt, terms_below

from gradus.gradients.deriving import simplify
from gradus.gradients.deriving.derivation import Derivation, derive
from gradus.gradients.expressions.evaluate import evaluate_all
from gradus.gradients.expressions.linear import is_symmetric
from gradus.gradients.expressions.nodes import Node, below
from gradus.gradients.writing.notation import notation

#: A gradient is right up to this share of its largest entry.
CLOSE = 1e-9

#: With rounding errors that explain it, up to this.
LOOSE = 1e-6


@dataclass
class Judgement:
    """What came of one expression."""

    gradients: int = 0  # compared
    wrong: list[str] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)  # off by rounding errors alone
    rules: Counter[str] = field(default_factory=Counter)  # of simplification, how often they fired
    seconds: float = 0.0  # of the derivation


@contextmanager
def recorded_rules() -> Iterator[list[tuple[str, Node, Node]]]:
    """Every rewriting of :mod:`gradus.gradients.deriving.simplify`: name, before, after."""
    found: list[tuple[str, Node, Node]] = []

    def watched(name: str, rule: Any) -> Any:
        def watch(node: Node, *more: Any) -> Node | None:
            new = rule(node, *more)
            if new is not None and new is not node and new.cost <= node.cost:
                found.append((name, node, new))
            return new

        return watch

    rules, recollected = dict(simplify.RULES), simplify.recollected
    try:
        for op, own in rules.items():
            simplify.RULES[op] = tuple(watched(f"{op}: {rule.__name__}", rule) for rule in own)
        simplify.recollected = watched("names: recollected", recollected)
        yield found
    finally:
        simplify.RULES.update(rules)
        simplify.recollected = recollected


def all_rules() -> list[str]:
    named = [f"{op}: {rule.__name__}" for op, own in simplify.RULES.items() for rule in own]
    return [*named, "names: recollected"]


# the values of a derivation


def as_arrays(expression: Expression) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in expression.values.items()}


def signal_values(found: Derivation, expression: Expression) -> dict[Node, Any]:
    """The error signals as NumPy computes them, in order."""
    arrays, known = as_arrays(expression), {}
    for signal, definition in found.signals.items():
        known[signal] = evaluate_all([definition], arrays, expression.sizes, known)[0]
    return known


def answers(
    found: Derivation, expression: Expression, known: dict[Node, Any]
) -> dict[str, np.ndarray]:
    """The gradients as NumPy computes them from the signals."""
    nodes = list(found.answers.values())
    got = evaluate_all(nodes, as_arrays(expression), expression.sizes, known)
    return {name: np.asarray(one) for name, one in zip(found.answers, got, strict=True)}


def steps_add_up(
    found: Derivation, expression: Expression, known: dict[Node, Any], result: Judgement
) -> None:
    """What every quantity gets from its consumers is what its step says in the end."""
    arrays, sizes = as_arrays(expression), expression.sizes
    for step in found.steps:
        if not step.parts:
            continue
        shares = [part.product for part in step.parts]
        value, *shares = evaluate_all([step.value, *shares], arrays, sizes, known)
        whole = sum(shares[1:], shares[0])
        size = max(1.0, *map(largest, shares))
        if not largest(value - whole) <= 1e-9 * size:
            result.wrong.append(f"step: the parts of d{notation(step.target)} do not add up")


def reference(expression: Expression, names: list[str]) -> dict[str, torch.Tensor]:
    """The gradients as torch computes them, of the terms as they were asked for.

    Where a matrix is known to equal its transpose, the two are one node, and its entries count as
    free: there the judge differentiates the nodes.
    """
    model = expression.model()
    targets = {**expression.inputs, **expression.lines}
    if any(is_symmetric(targets[name].node) for name in targets):
        wrt = [model.inputs.get(name) or model.names[name] for name in names]
        root: Any = model.result.args[0]
    else:
        wrt = [targets[name] for name in names]
        root = expression.result
    shares = torch_values.gradients(root, wrt, expression.values, expression.sizes)
    return dict(zip(names, shares, strict=True))


def largest(array: Any) -> float:
    return float(np.abs(array).max()) if np.size(array) else 0.0


def text_of(expression: Expression) -> str:
    lines = [f"{name} = {notation(term.node.args[0])}" for name, term in expression.lines.items()]
    shapes = [
        f"{name}: {list(map(str, term.shape))} {term.data[1]}"
        for name, term in expression.inputs.items()
    ]
    result = f"J = {notation(expression.result.node)}"
    return "; ".join([*lines, result]) + "   where " + ", ".join(shapes)


def answer_text(found: Derivation) -> str:
    lines = [f"{notation(a)} = {notation(v)}" for a, v in found.signals.items()]
    lines += [f"d{name} = {notation(node)}" for name, node in found.answers.items()]
    return "; ".join(lines)


# judging


def judged(expression: Expression, names: list[str], *, rules: bool = True) -> Judgement:
    """Every gradient of an expression against torch, and every simplification on its own."""
    result = Judgement()
    value_is_kept(expression, result)
    with recorded_rules() as rewritings:
        start = time.perf_counter()
        found = derive(expression.model(), names)
        result.seconds = time.perf_counter() - start
    known = signal_values(found, expression)
    got, wanted = answers(found, expression, known), reference(expression, names)
    for name in names:
        result.gradients += 1
        compare(name, got[name], wanted, expression, names, result)
    steps_add_up(found, expression, known, result)
    result.rules.update(name for name, _, _ in rewritings)
    if rules:
        rules_keep_values(rewritings, expression, result)
    return result


def value_is_kept(expression: Expression, result: Judgement) -> None:
    """The node that was built has the value of what was asked for."""
    node = expression.result.node
    got = evaluate_all([node], as_arrays(expression), expression.sizes)[0]
    wanted = expression.result.value.numpy()
    if np.shape(got) != wanted.shape or not np.allclose(got, wanted, rtol=1e-8, atol=1e-10):
        result.wrong.append(f"value: {notation(node)} is {got}, not {wanted}")


def compare(
    name: str,
    got: np.ndarray,
    wanted: dict[str, torch.Tensor],
    expression: Expression,
    names: list[str],
    result: Judgement,
) -> None:
    want = wanted[name].numpy()
    if got.shape != want.shape:
        result.wrong.append(f"d{name}: the shape is {got.shape}, not {want.shape}")
        return
    error, scale = largest(got - want), largest(want)
    if error <= CLOSE * scale:
        return
    noise, size = rounding(expression, names, name, got)
    tiny = error <= 1e-12 * size  # a gradient that cancels: what is left is rounding
    if error <= 1e3 * noise and (error <= LOOSE * scale or tiny):
        result.explained.append(f"d{name}: off by {error:.1e} of {scale:.1e}, noise {noise:.1e}")
    else:
        result.wrong.append(
            f"d{name}: off by {error:.3e} of {scale:.3e}, noise {noise:.1e}, size {size:.1e}"
        )


def rounding(
    expression: Expression, names: list[str], name: str, got: np.ndarray
) -> tuple[float, float]:
    """How far a gradient moves when inputs do by their last bit, and the size of what it sums."""
    exact = reference(expression, names)[name]
    noise, inputs = 0.0, dict(expression.inputs)
    for seed in range(4):
        rng = torch.Generator().manual_seed(seed)
        for key, term in inputs.items():
            if term.value.is_floating_point() and term.data[1] in ("normal", "pos", "unit", "inv"):
                signs = torch.randint(-1, 2, term.value.shape, generator=rng)
                moved = term.value * (1 + signs * 2.0**-52)
                expression.inputs[key] = Term("input", (), term.data, term.node, moved)
        try:
            near = reference_at(expression, names, name)
        finally:
            expression.inputs = dict(inputs)
        noise = max(noise, largest((near - exact).numpy()))
    terms = [t for t in terms_below([expression.result]) if t.value.dtype == DOUBLE]
    values = [float(term.value.abs().max()) for term in terms]
    shares = [largest(share.numpy()) for share in reference(expression, names).values()]
    size = max([1.0, *(v for v in values if v < 1e8), *shares])
    return max(noise, 2.0**-52 * size), size


def reference_at(expression: Expression, names: list[str], name: str) -> torch.Tensor:
    """The gradient by the nodes, at inputs that have moved."""
    model = expression.model()
    wrt = [model.inputs.get(name) or model.names[name]]
    root = model.result.args[0]
    return torch_values.gradients(root, wrt, expression.values, expression.sizes)[0]


def rules_keep_values(
    rewritings: list[tuple[str, Node, Node]], expression: Expression, result: Judgement
) -> None:
    """Each rewriting at the inputs' values, with random values for the error signals."""
    rng = np.random.default_rng(0)
    arrays = as_arrays(expression)
    values = dict(arrays)
    done: set[tuple[Node, Node]] = set()
    for name, node, new in rewritings:
        if (node, new) in done:
            continue
        done.add((node, new))
        if node.shape != new.shape:
            result.wrong.append(f"rule {name}: {notation(node)} -> {notation(new)} changes shape")
            continue
        leaves = [leaf for leaf in below([node, new]) if leaf.op == "input"]
        for positive in (False, True):  # powers of some signals are of positive ones only
            for leaf in leaves:
                if leaf.data[0] not in arrays:
                    array = rng.normal(size=tuple(dim.size(expression.sizes) for dim in leaf.shape))
                    array = np.abs(array) if positive else array
                    values[leaf.data[0]] = array + array.T if leaf.data[1] == "sym" else array
            with np.errstate(all="ignore"):
                before, after = evaluate_all([node, new], values, expression.sizes)
                size = np.nanmax([largest(v) for v in term_values(node, values, expression.sizes)])
                gap = largest(np.asarray(before) - np.asarray(after))
            if np.isfinite(before).all():
                break
        if np.isfinite(before).all() and not gap <= 1e-10 * max(size, 1e-3):
            result.wrong.append(f"rule {name}: {notation(node)} -> {notation(new)}")


def term_values(node: Node, values: dict[str, Any], sizes: dict[str, int]) -> list[Any]:
    """The values that an expression adds up."""
    own = list(below([node]))
    numbers = [one for one in own if one.op != "compare"]
    return evaluate_all(numbers, values, sizes)


# failures


def failure(expression: Expression, names: list[str]) -> list[str]:
    """What is wrong with an expression: disagreements, or the error that it raises."""
    if not names:  # an expression of indices alone has no gradients
        return []
    try:
        return judged(expression, names).wrong
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return [f"{type(error).__name__} in {place.name}:{place.lineno}: {error}"]


def kind_of(wrong: list[str]) -> str:
    return wrong[0].partition(":")[0].partition(" ")[0].rstrip("0123456789") if wrong else ""


def shrunk(expression: Expression, names: list[str]) -> tuple[Expression, list[str]]:
    """The smallest expression found that is still wrong: subtrees give way to inputs."""
    found = failure(expression, names)
    changed = True
    while changed:
        changed = False
        for term in reversed(list(terms_below([expression.result]))):
            if term.op in ("input", "const", "compare") or term is expression.result:
                continue
            if term.shape == () and term.op == "length":
                continue
            if not term.value.is_floating_point():
                continue
            same = [a for a in term.args if a.shape == term.shape and a.value.dtype == DOUBLE]
            for stand_in in (*same, None):
                try:
                    leaf = stand_in or fresh_leaf(expression, term)
                    smaller = rebuilt(expression, {term: leaf})
                except (Unfit, AssertionError):
                    continue
                wrt = wrt_of(smaller, names)
                wrong = failure(smaller, wrt)
                if wrong and kind_of(wrong) == kind_of(found):
                    expression, names, found, changed = smaller, wrt, wrong, True
                    break
            if changed:
                break
    for name in list(names):
        fewer = [other for other in names if other != name]
        if fewer and kind_of(failure(expression, fewer)) == kind_of(found):
            names = fewer
    return expression, [f"[by {', '.join(names)}] {wrong}" for wrong in failure(expression, names)]


def wrt_of(expression: Expression, names: list[str]) -> list[str]:
    lines = [name for name in names if name in expression.lines]
    return [*expression.differentiable(), *lines]


def asked_of(expression: Expression, seed: int | str) -> list[str]:
    """All inputs that have gradients, or half of them, and some of the lines."""
    rng = random.Random(f"asked {seed}")
    names = expression.differentiable()
    if rng.random() < 0.3:
        names = [name for name in names if rng.random() < 0.5] or names
    return [*names, *(name for name in expression.lines if rng.random() < 0.5)]


def same_again(make: Any, times: int = 2) -> bool:
    """Whether a derivation comes out in the same words when everything is made anew."""
    texts = set()
    for _ in range(times):
        expression, names = make()
        texts.add(answer_text(derive(expression.model(), names)))
        del expression
        gc.collect()
    return len(texts) == 1
