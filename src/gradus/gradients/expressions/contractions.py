"""Sums over named indices (einsum): for arrays of rank 3 and more, and the way back to matrices.

Where no quantity has more than two axes, a contraction becomes products, transposes and sums of
matrices; an einsum stays where rank 3 leaves no other form.
"""

from collections.abc import Sequence
from string import ascii_letters
from typing import Any

from gradus.core.errors import ShapeError
from gradus.gradients.expressions.dims import Dim, show_shape
from gradus.gradients.expressions.nodes import Node, build, builder, intern, product
from gradus.gradients.expressions.reductions import sum_over


@builder("einsum")
def einsum(args: tuple[Node, ...], spec: str) -> Node:
    """``einsum('ij,jk->ik', A, B)``; a letter that is not in the result is summed."""
    inputs, result = read_spec(spec, args)
    lengths = letter_lengths(spec, inputs, result, args)
    found = _with_matrices(list(zip(args, inputs, strict=True)), result)
    if found is not None:
        return found
    shape = tuple(lengths[letter] for letter in result)
    return intern("einsum", args, f"{','.join(inputs)}->{result}", shape)


def read_spec(spec: str, args: Sequence[Node]) -> tuple[list[str], str]:
    """The letters of every operand and of the result."""
    left, arrow, right = spec.partition("->")
    inputs = left.split(",")
    if not all(part.isalpha() or not part for part in (*inputs, right)):
        raise ShapeError(f"einsum reads letters such as 'ij,jk->ik', not {spec!r}")
    if not arrow:  # without a result, the letters that appear once, in order of the alphabet
        joined = "".join(inputs)
        right = "".join(sorted(letter for letter in set(joined) if joined.count(letter) == 1))
    if len(inputs) != len(args):
        raise ShapeError(f"einsum {spec!r} names {len(inputs)} operands, but got {len(args)}")
    for part, arg in zip(inputs, args, strict=True):
        if len(part) != arg.rank:
            raise ShapeError(
                f"einsum {spec!r} gives an operand the letters {part!r}, but its shape is "
                f"{show_shape(arg.shape)}"
            )
    return inputs, right


def letter_lengths(
    spec: str, inputs: Sequence[str], result: str, args: Sequence[Node]
) -> dict[str, Dim]:
    """The length that each letter stands for."""
    lengths: dict[str, Dim] = {}
    for part, arg in zip(inputs, args, strict=True):
        for letter, size in zip(part, arg.shape, strict=True):
            if lengths.setdefault(letter, size) != size:
                raise ShapeError(
                    f"einsum {spec!r}: the letter {letter} is {lengths[letter]} in one operand and "
                    f"{size} in another"
                )
    missing = [letter for letter in result if letter not in lengths]
    if missing or len(set(result)) != len(result):
        raise ShapeError(f"einsum {spec!r}: the result repeats a letter or has one of no operand")
    return lengths


Operand = tuple[Node, str]


def _with_matrices(operands: list[Operand], result: str) -> Node | None:
    """The contraction in the language of matrices, if nothing in it has more than two axes."""
    if any(node.rank > 2 for node, _ in operands) or len(result) > 2:
        return None
    operands = [_diagonal(operand) for operand in operands]
    while len(operands) > 1:
        first, second, *rest = operands
        later = set(result).union(*(letters for _, letters in rest))
        joined = _pair(
            _summed(first, later | set(second[1])), _summed(second, later | set(first[1])), later
        )
        if joined is None:
            return None
        operands = [joined, *rest]
    node, letters = _summed(operands[0], set(result))
    return node if letters == result else node.T


def _diagonal(operand: Operand) -> Operand:
    node, letters = operand
    if len(letters) == 2 and letters[0] == letters[1]:
        return build("diag", (node,)), letters[0]
    return operand


def _summed(operand: Operand, needed: set[str]) -> Operand:
    """Letters that nobody else needs, summed away."""
    node, letters = operand
    axes = [axis for axis, letter in enumerate(letters) if letter not in needed]
    kept = "".join(letter for letter in letters if letter in needed)
    return sum_over(node, axes), kept


def _pair(one: Operand, other: Operand, later: set[str]) -> Operand | None:
    """The product of two operands, summed over letters that are not needed later."""
    (left, a), (right, b) = one, other
    shared = [letter for letter in a if letter in b]
    summed = [letter for letter in shared if letter not in later]
    if not shared and len(a) == len(b) == 1:
        return build("outer", (left, right)), a + b
    if len(summed) == 1 and len(shared) == 1:
        left = left if a.endswith(summed[0]) else left.T
        right = right if b.startswith(summed[0]) else right.T
        letters = (a + b).replace(summed[0], "")
        return (left @ right, letters) if len(letters) <= 2 else None
    letters = a if len(a) >= len(b) else b
    if set(a) | set(b) != set(letters):
        return None
    whole = product((_spread(left, a, letters), _spread(right, b, letters)))
    return _summed((whole, letters), later)


def _spread(node: Node, own: str, letters: str) -> Node:
    """An operand along the axes ``letters``."""
    if len(own) == 2:
        return node if own == letters else node.T
    if len(own) == 1 and len(letters) == 2 and own == letters[0]:
        return build("expand", (node,), 1)
    return node


def gradient_spec(inputs: Sequence[str], result: str, place: int) -> tuple[str, list[str]]:
    """The contraction that gives an operand's gradient from the result's, and what else it takes.

    A letter that only the operand has takes ones of its length; one that the operand repeats, so
    that only its diagonal is used, takes the identity between the letter and a fresh one.

    >>> gradient_spec(["ij", "jk"], "ik", 0), gradient_spec(["iij"], "i", 0)
    (('ik,jk->ij', []), ('i,ia,j->iaj', ['ia', 'j']))
    """
    others = [part for at, part in enumerate(inputs) if at != place]
    own = inputs[place]
    there = set(result).union(*others)
    fresh = (letter for letter in ascii_letters if letter not in there.union(own))
    target, extra = "", []
    for letter in own:
        if letter in target:
            extra.append(letter + next(fresh))
        elif letter not in there:
            extra.append(letter)
        target += extra[-1][-1] if letter in target else letter
    # a repeated letter that nothing else has is there in the identity already
    repeated = {pair[0] for pair in extra if len(pair) == 2}
    extra = [one for one in extra if one not in repeated]
    return f"{','.join([result, *others, *extra])}->{target}", extra


__all__: list[Any] = ["einsum", "gradient_spec", "letter_lengths", "read_spec"]
