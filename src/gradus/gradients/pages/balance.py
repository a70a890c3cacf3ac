"""The shape rule and dimension balancing: cheap checks of a matrix product, shown as such.

A gradient has the shape of what it is taken by. Often only one order of two factors, transposed or
not, gives that shape; where several do, shapes alone prove nothing.
"""

from gradus.gradients.expressions.dims import Shape, show_shape
from gradus.gradients.expressions.nodes import Node


def shape_line(node: Node) -> str:
    """How the shape of an expression comes from those of its factors.

    >>> from gradus.gradients.reading.models import read_model
    >>> model = read_model("z = x W", {"x": "N, C", "W": "C, H"})
    >>> shape_line(model.names["z"].args[0])
    '[N, H] = [N, C] @ [C, H]'
    """
    whole = show_shape(node.shape)
    if node.op == "matmul":
        left, right = node.args
        return f"{whole} = {show_shape(left.shape)} @ {show_shape(right.shape)}"
    if node.op == "outer":
        column, row = node.args
        return f"{whole} = outer({show_shape(column.shape)}, {show_shape(row.shape)})"
    if node.op == "mul":
        arrays = [arg for arg in node.args if arg.rank]
        if len(arrays) == 1:
            return shape_line(arrays[0])
        shapes = [show_shape(arg.shape) for arg in arrays]
        # of factors that all have one shape there is nothing to say
        return f"{whole} = {' * '.join(shapes)}" if len({whole, *shapes}) > 1 else ""
    if node.op == "sum":
        return f"{whole} = sum of {show_shape(node.args[0].shape)}"
    return ""


def balanced(upstream: Node, other: Node, shape: Shape) -> list[Node]:
    """The products of two factors, in either order and transposed or not, that have ``shape``."""
    found: list[Node] = []
    for one, two in ((upstream, other), (other, upstream)):
        for left in dict.fromkeys((one, one.T)):
            for right in dict.fromkeys((two, two.T)):
                if left.rank == right.rank == 2 and left.shape[1] == right.shape[0]:
                    result = left @ right
                    if result.shape == shape and result not in found:
                        found.append(result)
    return found


def balance_options(consumer: Node, upstream: Node, target: Node) -> list[Node]:
    """For a product of two matrices, what dimension balancing allows; else nothing.

    More than one product is ambiguous: then shapes prove nothing.
    """
    if consumer.op != "matmul" or target not in consumer.args or upstream.rank != 2:
        return []
    left, right = consumer.args
    other = right if target is left else left
    return balanced(upstream, other, target.shape) if other.rank == 2 else []
