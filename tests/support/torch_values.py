"""The value of an expression by torch, which can then differentiate it: an independent judge.

The operations are those of :mod:`gradus.nn.autograd`. Anything with ``op``, ``args``, ``data`` and
``shape`` can be evaluated: nodes, and the terms of :mod:`random_expressions`, which are not
simplified while they are built.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import torch

from gradus.nn.autograd import DOUBLE, operation

__all__ = ["DOUBLE", "gradients", "line", "parts", "value", "values"]


def line(x):
    """A copy, because its uses are not those of its definition, that always has a gradient."""
    return x.clone() if x.requires_grad else x.clone().requires_grad_()


def value(term: Any, arguments: list[Any], sizes: Mapping[str, int]) -> Any:
    """The value of one operation from those of its :func:`parts`."""
    return line(arguments[0]) if term.op == "name" else operation(term, arguments, sizes)


def parts(term: Any) -> tuple[Any, ...]:
    """The arguments of a term and the terms in its exponents."""
    if term.op != "mul":
        return tuple(term.args)
    return (*term.args, *(e for e in term.data[1] if not isinstance(e, Fraction)))


def values(
    roots: Iterable[Any], inputs: Mapping[str, torch.Tensor], sizes: Mapping[str, int]
) -> dict[Any, torch.Tensor]:
    """The values of some terms and of all that they are made of."""
    found: dict[Any, torch.Tensor] = {}
    stack = [(root, False) for root in roots]
    while stack:
        term, ready = stack.pop()
        if term in found:
            continue
        if term.op == "input":
            found[term] = inputs[term.data[0]]
        elif ready:
            found[term] = value(term, [found[part] for part in parts(term)], sizes)
        else:
            stack.append((term, True))
            stack.extend((part, False) for part in parts(term))
    return found


def gradients(
    root: Any, wrt: list[Any], inputs: Mapping[str, torch.Tensor], sizes: Mapping[str, int]
) -> list[torch.Tensor]:
    """The gradients of a single number by inputs and names, zeros where it does not follow them."""
    given = {
        name: one.clone().requires_grad_() if one.is_floating_point() else one
        for name, one in inputs.items()
    }
    found = values([root, *wrt], given, sizes)
    targets = [found[term] for term in wrt]
    if not found[root].requires_grad:
        return [torch.zeros_like(target) for target in targets]
    shares = torch.autograd.grad(found[root], targets, allow_unused=True)
    return [
        torch.zeros_like(target) if share is None else share
        for target, share in zip(targets, shares, strict=True)
    ]
