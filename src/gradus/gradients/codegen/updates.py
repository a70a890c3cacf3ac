"""Statements that change some entries of an array: of rows that are looked up, only those."""

from gradus.gradients.codegen.codes import PRODUCT
from gradus.gradients.codegen.costs import is_view
from gradus.gradients.codegen.kernels import is_scattered
from gradus.gradients.codegen.writer import StatementEmitter, Writer
from gradus.gradients.expressions.nodes import Node, build, const


def _base(writer: Writer, name: str, node: Node) -> list[str]:
    """The lines that give ``name`` the array to be changed, one that nothing else looks at."""
    base = node.args[0]
    if base.op == "update" and base not in writer.identifiers:
        return writer.library.statements["update"](writer, name, base)
    if base in writer.last_uses:
        if writer.identifiers[base] == name:
            return []
        return [
            f"{name} = {writer.text(base)}  # in place: {writer.text(base)} is not needed any more"
        ]
    if base.op == "zeros":
        return [f"{name} = {writer.library.zeros(writer, base.shape, name)}"]
    code = writer.code(base)
    if is_view(base) or base in writer.identifiers:
        return [f"{name} = {writer.method(base, writer.library.copy).text}"]
    return [f"{name} = {code.text}"]


def _signed(node: Node) -> str:
    return "-=" if node.data[1] < 0 else "+="


def numpy_update(writer: Writer, name: str, node: Node) -> list[str]:
    """An update by NumPy: ``np.add.at`` where places may repeat, ``+=`` where they cannot."""
    (_, places, value), (kind, sign) = node.args, node.data
    index = writer.text(places)
    if kind == "rows":
        if _is_fresh(node) and sign > 0:
            if value is const(1) and is_scattered(node):
                size = writer.sizes.code(node.shape[0]).text
                counts = f"np.bincount({index}, minlength={size})"
                return [f"{name} = {counts}.astype({writer.dtype()})"]
            if node.rank == 2 and value.rank:
                helper = writer.help("add_rows")
                rows = writer.text(value)
                if value.rank < places.rank + 1 or _repeats(value, node):
                    shape = writer.sizes.shape((*places.shape, node.shape[1]))
                    rows = writer.call("broadcast_to", rows, shape).text
                return [*_base(writer, name, node), f"{helper}({name}, {index}, {rows})"]
        function = "np.add.at" if sign > 0 else "np.subtract.at"
        return [
            *_base(writer, name, node),
            f"{function}({name}, {index}, {writer.text(value)})",
        ]
    return _assigned(writer, name, node, f"np.arange(len({index})), {index}")


def _is_fresh(node: Node) -> bool:
    """Whether updates start from zeros: an array that is laid out row by row."""
    while node.op == "update":
        node = node.args[0]
    return node.op == "zeros"


def _repeats(value: Node, node: Node) -> bool:
    """Whether one row is added at all places."""
    return value.shape[0].is_one and not node.args[1].shape[0].is_one


def _assigned(writer: Writer, name: str, node: Node, spots: str) -> list[str]:
    (_, places, value), (kind, sign) = node.args, node.data
    index = writer.text(places)
    place = {"row": index, "column": f":, {index}", "spots": spots}[kind]
    lines = _base(writer, name, node)
    if is_scattered(node):
        return [*lines, f"{name}[{place}] = {_value(writer, value, sign)}"]
    return [*lines, f"{name}[{place}] {_signed(node)} {writer.text(value)}"]


def _value(writer: Writer, value: Node, sign: int) -> str:
    return writer.text(value if sign > 0 else -value)


def torch_update(writer: Writer, name: str, node: Node) -> list[str]:
    """An update by torch: ``index_add_`` where places may repeat."""
    (_, places, value), (kind, sign) = node.args, node.data
    index = writer.text(places)
    if kind == "rows":
        return _torch_rows(writer, name, node)
    if kind == "spots":
        lines = _base(writer, name, node)
        if writer.is_number(value):
            change = _value(writer, value, sign)
            return [*lines, f'{name}.scatter_(1, {index}[:, None], {change}, reduce="add")']
        if not value.rank or (value.shape[0].is_one and not places.shape[0].is_one):
            amounts = f"({_value(writer, value, sign)}).expand(len({index}), 1)"
        else:
            amounts = writer.text(_column(value if sign > 0 else -value))
        return [*lines, f"{name}.scatter_add_(1, {index}[:, None], {amounts})"]
    return _assigned(writer, name, node, "")


def _column(value: Node) -> Node:
    return build("expand", (value,), 1)


def _torch_rows(writer: Writer, name: str, node: Node) -> list[str]:
    (_, places, value), (_, sign) = node.args, node.data
    index = writer.text(places)
    if not value.rank:
        size = writer.sizes.code(node.shape[0]).text
        counts = f"torch.bincount({index}, minlength={size})"
        if value is not const(1):
            counts = f"{writer.text(value, PRODUCT)} * {counts}"
        if is_scattered(node) and sign > 0 and value is const(1):
            return [f"{name} = {counts}.to({writer.dtype()})"]
        return [*_base(writer, name, node), f"{name} {_signed(node)} {counts}"]
    rows = writer.text(value)
    if value.rank <= node.rank - 1 or _repeats(value, node):
        rows = writer.method(value, "expand", f"len({index})", *["-1"] * (node.rank - 1)).text
    elif places.rank > 1:
        rows = writer.method(value, "flatten", "0", str(places.rank - 1)).text
        index = writer.method(places, "flatten").text
    options = ", alpha=-1" if sign < 0 else ""
    return [
        *_base(writer, name, node),
        f"{name}.index_add_(0, {index}, {rows}{options})",
    ]


NUMPY_STATEMENTS: dict[str, StatementEmitter] = {"update": numpy_update}
TORCH_STATEMENTS: dict[str, StatementEmitter] = {"update": torch_update}
