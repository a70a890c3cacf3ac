"""Models built from Python's operators instead of a text.

>>> x, W = variable("x", "1, D"), variable("W", "D, H")
>>> h = line("h", call("sigmoid", x @ W))
>>> model = model_of(call("sum", h * h))
>>> list(model.inputs), list(model.names)
(['x', 'W'], ['h', 'J'])
"""

from typing import Any

from gradus.core.errors import NotationError
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node, Number, as_node, below, leaf, named
from gradus.gradients.reading.calls import call as call_function
from gradus.gradients.reading.models import read_kind, read_shape
from gradus.gradients.reading.names import canonical


def variable(name: str, shape: Any = (), kind: str = "normal") -> Node:
    """An input of a model: ``shape`` is a text such as ``"N, D"`` or a list of symbols and numbers.

    What comes out has Python's operators (``+ - * / ** @``), ``.T``, indices and comparisons.

    >>> (2 * variable("x", "D") - 1).shape
    (Dim(terms=(('D', 1),), number_part=0),)

    Raises:
        NotationError: the shape or the kind cannot be read.
    """
    return leaf(canonical(name), read_shape(name, shape), read_kind(kind))


def line(name: str, value: Node) -> Node:
    """A value by a name, as a line of a text gives it; derivations speak of it by that name."""
    return named(canonical(name), value)


def call(name: str, *arguments: Node | Number | list[Node], **options: Any) -> Node:
    """A function of the notation, such as ``call("softmax", z)``.

    Raises:
        NotationError: there is no such function, or it takes other arguments.
    """
    given = [one if isinstance(one, list) else as_node(one) for one in arguments]
    plain = {
        key: as_node(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for key, value in options.items()
    }
    return call_function(name, given, plain)


def model_of(result: Node, name: str = "J") -> Model:
    """The model whose result is an expression; its inputs and lines are found in it.

    Raises:
        NotationError: two inputs or lines have one name.
    """
    if result.op != "name":
        result = named(name, result)
    inputs: dict[str, Node] = {}
    names: dict[str, Node] = {}
    for node in below([result]):
        if node.op == "input":
            _enter(inputs, node.data[0], node)
        elif node.op == "name":
            _enter(names, node.data, node)
    for key in set(inputs) & set(names):
        raise NotationError(f"{key} is an input and a line as well; name one of them otherwise")
    return Model(inputs, names, result.data)


def _enter(table: dict[str, Node], key: str, node: Node) -> None:
    if table.setdefault(key, node) is not node:
        raise NotationError(f"two different quantities have the name {key}; name one otherwise")
