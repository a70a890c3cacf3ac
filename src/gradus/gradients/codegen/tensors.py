"""Contractions of arrays with more than two axes by products of matrices."""

from gradus.gradients.codegen.programs import Program, Rules
from gradus.gradients.expressions.contractions import read_spec
from gradus.gradients.expressions.nodes import Node, build, product


def numbers_out(node: Node, program: Program) -> Node | None:
    """Single numbers are factors of the whole."""
    inputs, result = read_spec(node.data, node.args)
    numbers = [arg for arg in node.args if not arg.rank]
    if not numbers or len(numbers) == len(node.args):
        return None
    rest = [part for part in inputs if part]
    args = [arg for arg in node.args if arg.rank]
    return product((*numbers, build("einsum", args, f"{','.join(rest)}->{result}")))


def vector_contracted(node: Node, program: Program) -> Node | None:
    """A contraction of a vector with one of the last two axes of an array is a product with it."""
    inputs, result = read_spec(node.data, node.args)
    for place, letters in enumerate(inputs):
        array = node.args[place]
        for axis in (array.rank - 1, array.rank - 2):
            if array.rank < 3:
                continue
            letter = letters[axis]
            if letters.count(letter) > 1:
                continue
            users = [at for at, part in enumerate(inputs) if letter in part and at != place]
            if letter in result or len(users) != 1 or inputs[users[0]] != letter:
                continue
            vector = node.args[users[0]]
            product_ = array @ vector if axis == array.rank - 1 else vector @ array
            args, specs = list(node.args), list(inputs)
            args[place], specs[place] = product_, letters.replace(letter, "")
            del args[users[0]], specs[users[0]]
            if len(args) == 1 and specs[0] == result:
                return args[0]
            return build("einsum", args, f"{','.join(specs)}->{result}")
    return None


def spread_product(node: Node, program: Program) -> Node | None:
    """A product in which nothing is summed is a product by broadcasting."""
    inputs, result = read_spec(node.data, node.args)
    factors_ = []
    for letters, arg in zip(inputs, node.args, strict=True):
        if "".join(letter for letter in result if letter in letters) != letters:
            return None
        first = min((result.index(letter) for letter in letters), default=len(result))
        for axis, letter in enumerate(result[first:]):
            if letter not in letters:
                arg = build("expand", (arg,), axis)
        factors_.append(arg)
    found = product(factors_)
    return found if found.shape == node.shape else None


#: The rules of this module.
TENSORS: Rules = {"einsum": (numbers_out, vector_contracted, spread_product)}
