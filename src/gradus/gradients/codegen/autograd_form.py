"""A module with a ``torch.autograd.Function``, so that the backward pass is the derived one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gradus.core.errors import SettingsError
from gradus.gradients.codegen.draft import Draft
from gradus.gradients.codegen.layout import bracketed, docstring, indented, listing
from gradus.gradients.codegen.names import key_of
from gradus.gradients.codegen.programs import Program, as_program
from gradus.gradients.codegen.writer import Library
from gradus.gradients.deriving.derivation import Derivation, derive
from gradus.gradients.expressions.indexing import is_index
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node, leaf, named


def autograd_body(derivation: Derivation, library: Library) -> tuple[Draft, list[str]]:
    """The draft and the text of the class and of the function that applies it."""
    found, program = scaled(derivation)
    tensors = frozenset(_tensors(program))
    draft = Draft(found, program, library, tensors=tensors, depth=2, apart=True)
    upstream = draft.inputs.pop(key_of(_upstream(program)))
    arguments = draft.arguments()
    result, described = draft.result, ["Args:", *draft.described()]
    title = f"{result} with the backward pass of {listing(list(program.answers))} derived by hand."
    lines = [
        "class Loss(torch.autograd.Function):",
        *indented([f'"""{title}"""', ""]),
        *indented(["@staticmethod", *_forward(draft, arguments), ""]),
        *indented(["@staticmethod", "@once_differentiable", *_backward(draft, upstream)]),
        "",
        "",
        *bracketed("def loss(", arguments, "):"),
        *indented(docstring(f"{result}, which can be differentiated.", described)),
        *indented(bracketed("return Loss.apply(", arguments, ")", depth=1)),
    ]
    return draft, lines


def scaled(derivation: Derivation) -> tuple[Derivation, Program]:
    """The derivation of the loss times what comes from above it, and the program of the loss."""
    model = derivation.model
    loss = model.result
    taken = {*model.inputs, *model.names, *model.symbols}
    upstream = leaf(_free("grad_output", taken), (), "normal")
    output = _free("scaled_loss", taken)
    above = Model(
        {**model.inputs, key_of(upstream): upstream},
        {**model.names, output: named(output, upstream * loss)},
        output,
        ranges=model.ranges,
        lengths=model.lengths,
    )
    asked = [name for name in derivation.asked if name in model.inputs]
    if not asked:
        raise SettingsError(
            "an autograd function gives gradients of its arguments, but "
            f"{listing(derivation.asked)} are lines of the model; use form='function'"
        )
    found = derive(above, asked)
    program = as_program(found)
    result = found.model.names[model.output]
    return found, replace(program, result=result).needed()


def _tensors(program: Program) -> Iterator[Node]:
    """The single numbers that torch may differentiate by."""
    for name, node in program.model.inputs.items():
        asked = node.data[1] != "constant" or name in program.answers
        if asked and not node.rank and not is_index(node):
            yield node


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _upstream(program: Program) -> Node:
    return list(program.model.inputs.values())[-1]


def _forward(draft: Draft, arguments: list[str]) -> list[str]:
    tensors, numbers = kept(draft)
    body = [*draft.sizes.lines(), *draft.forward_lines()]
    body += bracketed("ctx.save_for_backward(", tensors, ")", depth=2) if tensors else []
    body += [f"ctx.{name} = {name}" for name in numbers]
    number = draft.writer.is_number(draft.program.result)
    loss = f"torch.tensor({draft.result}, dtype=torch.float64)" if number else draft.result
    return [
        *bracketed("def forward(", ["ctx", *arguments], "):", depth=1),
        *indented([*body, f"return {loss}"]),
    ]


def _backward(draft: Draft, upstream: str) -> list[str]:
    tensors, numbers = kept(draft)
    body = _unpacked(tensors)
    body += [f"{name} = ctx.{name}" for name in numbers]
    body += draft.backward_lines()
    values = [draft.gradients.get(key, "None") for key in draft.inputs]
    values += ["None"] * len(draft.sizes.arguments())
    if len(values) == 1:
        body += [f"return {values[0]}"]
    else:
        body += _returned(values)
    return [f"def backward(ctx, {upstream}):", *indented(body)]


def _unpacked(tensors: list[str]) -> list[str]:
    if not tensors:
        return []
    if len(tensors) == 1:
        return [f"({tensors[0]},) = ctx.saved_tensors"]
    line = f"{', '.join(tensors)} = ctx.saved_tensors"
    if len(line) <= 92:
        return [line]
    inside = ", ".join(tensors)
    if len(inside) <= 88:
        return ["(", *indented([inside]), ") = ctx.saved_tensors"]
    return ["(", *indented(f"{name}," for name in tensors), ") = ctx.saved_tensors"]


def _returned(values: list[str]) -> list[str]:
    line = f"return {', '.join(values)}"
    if len(line) <= 92:
        return [line]
    return ["return (", *indented(f"{value}," for value in values), ")"]


def kept(draft: Draft) -> tuple[list[str], list[str]]:
    """What the backward pass finds stored: tensors, and numbers."""
    writer = draft.writer
    nodes, sizes = draft.used_backward
    there: Mapping[Node, str] = {
        node: writer.identifiers[node]
        for node in (*draft.program.model.inputs.values(), *draft.plan.forward)
        if node in nodes and node is not _upstream(draft.program)
    }
    tensors = [name for node, name in there.items() if _is_tensor(draft, node)]
    numbers = [name for node, name in there.items() if not _is_tensor(draft, node)]
    return tensors, [*numbers, *(draft.sizes.identifiers[name] for name in sizes)]


def _is_tensor(draft: Draft, node: Node) -> bool:
    return bool(node.rank) or not (draft.writer.is_number(node) or node.data[1:] == ("index",))
