"""Jacobians and Hessians: the derivative of arrays by arrays.

What comes back to an input is linear in the upstream gradient ``g``: for ``z = f(x)`` it is
``Jᵀ g``. The Jacobian is read off from it: every ``g`` is replaced by an identity matrix, whose
leading axes count the entries of ``z``, and each operation is applied to all of them at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradus.core.errors import DerivationError
from gradus.gradients.deriving.derivation import Derivation, asked_names, derive
from gradus.gradients.deriving.simplify import simplified
from gradus.gradients.expressions.arithmetic import factors, from_factors, terms_of
from gradus.gradients.expressions.dims import Dim, Shape, show_shape
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import (
    Node,
    below,
    build,
    const,
    eye,
    leaf,
    named,
    ones,
    product,
    total,
    zeros,
)
from gradus.gradients.expressions.reductions import sum_over

LAYOUTS = ("numerator", "denominator")


@dataclass(frozen=True)
class Jacobian:
    """Derivatives of the entries of an output by those of some variables."""

    model: Model
    output: str
    blocks: dict[str, Node]  # by variable
    layout: str
    pullback: Derivation  # of sum(g * output), from which the blocks are read
    of: str = ""  # for a Hessian, the variable of the gradient
    result: str = ""  # and what was differentiated first


def jacobian(
    model: Model, wrt: Sequence[str] | str | None = None, *, layout: str = "numerator"
) -> Jacobian:
    """Derive the Jacobian of a model's result.

    For vectors, row ``i`` and column ``j`` hold ``∂z_i/∂x_j`` (numerator layout), or the other way
    round (denominator layout). Of a row ``[1, D]`` the entries count as those of a vector. For
    matrices the axes of the output come first, then those of the variable; a single number by a
    matrix has the shape of the matrix.

    >>> from gradus.gradients.reading.models import read_model
    >>> from gradus.gradients.writing.notation import notation
    >>> found = jacobian(read_model("p = softmax(z)", {"z": "C"}))
    >>> print(notation(found.blocks["z"]))
    diag(p) - outer(p, p)

    Raises:
        DerivationError: the layout is unknown.
    """
    if layout not in LAYOUTS:
        raise DerivationError(f"unknown layout {layout!r}; one of {', '.join(LAYOUTS)}")
    names = asked_names(model, wrt)
    shape = model.result.shape
    if not shape:
        found = derive(model, names)
        blocks = {name: found.written_out(found.answers[name]) for name in names}
        return Jacobian(found.model, model.output, blocks, layout, found)
    g = leaf(_free(model, "g"), shape, "signal")
    weighed = _free(model, "J")
    result = named(weighed, sum_over(g * model.result, range(len(shape))))
    wider = replace(
        model,
        inputs={**model.inputs, g.data[0]: g},
        names={**model.names, weighed: result},
        output=weighed,
    )
    found = derive(wider, names)
    blocks = {}
    for name in names:
        block = _block(found, name, g)
        blocks[name] = _laid_out(block, layout)
    return Jacobian(found.model, model.output, blocks, layout, found)


def hessian(model: Model, wrt: Sequence[str] | str | None = None) -> list[Jacobian]:
    """Derive second derivatives: for each variable the Jacobian of its gradient by all of them.

    >>> from gradus.gradients.reading.models import read_model
    >>> from gradus.gradients.writing.notation import notation
    >>> (found,) = hessian(read_model("J = sum((X w)²)/2", {"X": "N, D", "w": "D"}), "w")
    >>> print(notation(found.blocks["w"]))
    X.T @ X

    Raises:
        DerivationError: the result is not a single number.
    """
    names = asked_names(model, wrt)
    first = derive(model, names)
    found = []
    for name in names:
        gradient = _free(first.model, f"grad_{name}")
        value = first.written_out(first.answers[name])
        wider = replace(
            first.model,
            names={**first.model.names, gradient: named(gradient, value)},
            output=gradient,
        )
        found.append(replace(jacobian(wider, names), of=name, result=model.output))
    return found


def _free(model: Model, name: str) -> str:
    while name in model.inputs or name in model.names or name in model.symbols:
        name += "_"
    return name


def _block(found: Derivation, name: str, g: Node) -> Node:
    value = found.written_out(found.answers[name])
    hidden = (found.model.output, *(key for key in found.model.names if key.startswith("grad_")))
    scope = {
        line.args[0]: line
        for key, line in found.model.names.items()
        if line.args[0].cost and key not in hidden
    }
    vector_like = all(
        _length(node.shape) is not None
        for node in below([value], through_names=False)
        if node is g or _follows(node, g)
    )
    reader = _Reader(g, flat=vector_like)
    return simplified(reader.matrix(value), scope)


def _laid_out(block: Node, layout: str) -> Node:
    return block.T if layout == "denominator" and block.rank == 2 else block


def _follows(node: Node, g: Node) -> bool:
    return g in below([node], through_names=False)


def _length(shape: Shape) -> tuple[Dim, ...] | None:
    """The axes of a vector, a row, a column or a number, without those of length 1; else None."""
    axes = tuple(dim for dim in shape if not dim.is_one)
    return axes if len(axes) <= 1 else None


def scaled_columns(matrix: Node, scale: Node) -> Node:
    """``matrix * scale``, where an identity matrix becomes a diagonal one."""
    if matrix.op == "eye":
        return build("diag", (scale,))
    if matrix.op == "add" and any(term.op == "eye" for term in matrix.args):
        return total(
            [
                product((scaled_columns(term, scale),), coefficient=count)
                for term, count in terms_of(matrix)
            ]
        )
    return product((matrix, scale))


class _Reader:
    """Reads the Jacobian off an expression that is linear in ``g``.

    The matrix of an expression has the axes of ``g``, then those of the expression. ``flat``: axes
    of length 1 are left out, so that rows and columns count as vectors.
    """

    def __init__(self, g: Node, *, flat: bool) -> None:
        self.g, self.flat = g, flat
        self.lead = tuple(dim for dim in g.shape if not dim.is_one)
        self.known: dict[Node, Node] = {}

    def matrix(self, node: Node) -> Node:
        """All derivatives of ``node`` by the entries of ``g``."""
        if node not in self.known:
            self.known[node] = self.read(node)
        return self.known[node]

    def read(self, node: Node) -> Node:
        if node is self.g:
            return self.identity()
        if not _follows(node, self.g):
            return zeros(self.lead + self.kept(node.shape))
        reader: Callable[[Node], Node] | None = getattr(self, f"_{node.op}", None)
        if reader is None:
            raise DerivationError(
                f"no Jacobian through {node.op} of {show_shape(node.shape)} is known; ask for the "
                "gradient of a weighed sum instead"
            )
        return reader(node)

    # shapes

    def kept(self, shape: Shape) -> Shape:
        return tuple(dim for dim in shape if not dim.is_one) if self.flat else shape

    def plain(self, node: Node) -> Node:
        """A factor without ``g``, in the axes of the matrix."""
        if self.flat and node.rank:
            axes = tuple(axis for axis, dim in enumerate(node.shape) if dim.is_one)
            return build("squeeze", (node,), axes)
        return node

    def identity(self) -> Node:
        """1 where an entry meets itself."""
        count = len(self.lead)
        if count <= 1:
            found = eye(self.lead[0]) if count else const(1)
        else:
            letters = "abcdefgh"[:count], "ijklmnop"[:count]
            pairs = ",".join(a + b for a, b in zip(*letters, strict=True))
            found = build("einsum", [eye(dim) for dim in self.lead], f"{pairs}->{''.join(letters)}")
        if not self.flat:
            for axis, dim in enumerate(self.g.shape):
                if dim.is_one:
                    found = build("expand", (found,), count + axis)
        return found

    def spread(self, matrix: Node, old: Shape, new: Shape) -> Node:
        """The matrix of an expression that broadcasting made larger."""
        old, new = self.kept(old), self.kept(new)
        if old == new:
            return matrix
        lead = len(self.lead)
        for _ in range(len(new) - len(old)):
            matrix = build("expand", (matrix,), lead)
        return product((matrix, ones(self.lead + new)))

    # operations

    def _add(self, node: Node) -> Node:
        found = []
        for term, count in terms_of(node):
            if _follows(term, self.g):
                matrix = self.spread(self.matrix(term), term.shape, node.shape)
                found.append(product((matrix,), coefficient=count))
        return total(found)

    def _mul(self, node: Node) -> Node:
        coefficient, powers = factors(node)
        (inner,) = [base for base in powers if _follows(base, self.g)]
        rest = {base: power for base, power in powers.items() if base is not inner}
        other = self.plain(from_factors(coefficient, rest))
        matrix = self.matrix(inner)
        if other.rank == 1 and len(self.lead) == 1 and matrix.rank == 2:
            return scaled_columns(matrix, other)
        if len(self.lead) == 1 and matrix.rank == 1 and other.rank == 1:
            return build("outer", (matrix, other))
        missing = other.rank - (matrix.rank - len(self.lead))
        for _ in range(max(0, missing)):
            matrix = build("expand", (matrix,), len(self.lead))
        return product((matrix, other))

    def _matmul(self, node: Node) -> Node:
        left, right = node.args
        if _follows(left, self.g):
            inner, other = self.matrix(left), right
            if self.flat:
                return self._flat_product(inner, other, left, transposed=False)
            if left.rank == 2 and right.rank == 1:
                return inner @ other
            return inner @ other
        inner, other = self.matrix(right), left
        if self.flat:
            return self._flat_product(inner, other, right, transposed=True)
        if right.rank == 1:
            return inner @ other.T
        if left.rank == 1:
            return sum_over(build("expand", (other,), 1) * inner, (inner.rank - 2,))
        return other @ inner

    def _flat_product(self, inner: Node, other: Node, side: Node, *, transposed: bool) -> Node:
        """``u @ A`` or ``A @ u`` where ``u`` is a vector, a row, a column or a number."""
        if not self.kept(side.shape):  # [1, 1] times a row, or a row times a column of one
            return self._times_number(inner, other)
        if other.rank == 1 or not self.kept(other.shape):
            flat = self.plain(other)
            return inner @ flat if flat.rank else inner * flat
        return inner @ (other.T if transposed else other)

    def _times_number(self, inner: Node, other: Node) -> Node:
        flat = self.plain(other)
        if inner.rank == 1 and flat.rank == 1:
            return build("outer", (inner, flat))
        return inner * flat

    def _outer(self, node: Node) -> Node:
        column, row = node.args
        if _follows(column, self.g):
            matrix = self.matrix(column)
            return build("expand", (matrix,), matrix.rank) * row
        matrix = self.matrix(row)
        return build("expand", (column,), 1) * build("expand", (matrix,), len(self.lead))

    def _transpose(self, node: Node) -> Node:
        matrix = self.matrix(node.args[0])
        if self.flat:
            return matrix
        lead = len(self.lead)
        order = (*range(lead), *(axis + lead for axis in node.data))
        return build("transpose", (matrix,), order)

    def _sum(self, node: Node) -> Node:
        (source,), (axes, keep) = node.args, node.data
        matrix = self.matrix(source)
        lead = len(self.lead)
        if self.flat:
            summed = [axis for axis in axes if not source.shape[axis].is_one]
            return sum_over(matrix, (lead,)) if summed else matrix
        return sum_over(matrix, [axis + lead for axis in axes], keep=keep)

    def _expand(self, node: Node) -> Node:
        matrix = self.matrix(node.args[0])
        return matrix if self.flat else build("expand", (matrix,), node.data + len(self.lead))

    def _squeeze(self, node: Node) -> Node:
        matrix = self.matrix(node.args[0])
        if self.flat:
            return matrix
        return build("squeeze", (matrix,), tuple(axis + len(self.lead) for axis in node.data))

    def _slice(self, node: Node) -> Node:
        matrix = self.matrix(node.args[0])
        ranges: list[tuple[Dim, Dim]] = [(Dim.number(0), dim) for dim in self.lead]
        source = node.args[0].shape
        for bounds, dim in zip(node.data, source, strict=True):
            if not (self.flat and dim.is_one):
                ranges.append(bounds)
        part = build("slice", (matrix,), tuple(ranges))
        if self.flat and part.rank > len(self.lead) + len(self.kept(node.shape)):
            return build("squeeze", (part,), (len(self.lead),))
        return part

    def _concat(self, node: Node) -> Node:
        lead = len(self.lead)
        found = [self.matrix(arg) for arg in node.args]
        if not self.flat:
            return build("concat", found, lead + node.data)
        # a part of length 1 lost its axis
        wide = [one if one.rank > lead else build("expand", (one,), lead) for one in found]
        return build("concat", wide, lead)

    def _where(self, node: Node) -> Node:
        condition, yes, no = node.args
        choices = [self.spread(self.matrix(arg), arg.shape, node.shape) for arg in (yes, no)]
        return build("where", (self._flat_condition(condition), *choices))

    def _flat_condition(self, condition: Node) -> Node:
        sides = [self.plain(arg) for arg in condition.args]
        return build("compare", sides, condition.data)

    def _diag(self, node: Node) -> Node:
        matrix = self.matrix(node.args[0])
        return build("expand", (matrix,), len(self.lead)) * eye(node.shape[0])

    def _diagonal(self, node: Node) -> Node:
        matrix = self.matrix(node.args[0])
        masked = matrix * eye(node.shape[0])
        return sum_over(masked, (matrix.rank - 2,))

    def _tr(self, node: Node) -> Node:
        matrix = self.matrix(node.args[0])
        masked = matrix * eye(node.args[0].shape[0])
        return sum_over(masked, (matrix.rank - 2, matrix.rank - 1))

    def _gather(self, node: Node) -> Node:
        table, places = node.args
        matrix = self.matrix(table)
        if self.flat and places.rank == 1:
            rows = build("onehot", (places,), table.shape[0])
            return matrix @ rows.T
        raise DerivationError("no Jacobian through rows by index of more than one axis is known")

    def _einsum(self, node: Node) -> Node:
        inputs, result = node.data.split("->")
        pieces: list[Any] = inputs.split(",")
        (place,) = [at for at, arg in enumerate(node.args) if _follows(arg, self.g)]
        lead = "ABCDEFGH"[: len(self.lead)]
        pieces[place] = lead + pieces[place]
        args = list(node.args)
        args[place] = self.matrix(node.args[place])
        return build("einsum", args, f"{','.join(pieces)}->{lead}{result}")
