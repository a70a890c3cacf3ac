"""Names for the intermediate quantities of a model that a person would name on paper.

In ``J = CE(softmax(sigmoid(x @ W1 + b1) @ W2 + b2), y)`` the arguments of functions and their
values get names (z1, h1, z2, yhat), so that the derivation can speak of them.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from gradus.gradients.deriving.rules import passes
from gradus.gradients.expressions.functions import FUNCTIONS
from gradus.gradients.expressions.model import Model
from gradus.gradients.expressions.nodes import Node, below, named, parts, with_parts

#: Functions whose argument is a quantity of its own; not those of plain arithmetic.
ARITHMETIC = ("log", "exp", "abs", "sign", "Phi", "phi")
TRIGONOMETRY = ("sin", "cos", "tan", "sinh", "cosh", "arctan")
LAYERS = frozenset(FUNCTIONS).difference(ARITHMETIC, TRIGONOMETRY) | {
    "softmax",
    "logsoftmax",
    "lse",
    "leaky_relu",
}

#: What a layer's value is called.
VALUE_NAMES = {"softmax": "yhat", "logsoftmax": "q"}

#: Operations that a value is named for when they use it.
USES = ("matmul", "outer", "CE", "concat", "gather", "norm")


def active_nodes(result: Node, wrt: Container[Node]) -> set[Node]:
    """The nodes under ``result`` whose value follows that of something in ``wrt``."""
    active: set[Node] = set()
    for node in below([result]):
        if node in wrt or any(arg in active for arg in passes(node)):
            active.add(node)
    return active


def staged(
    model: Model, wrt: Container[Node], *, suffix: str = "", taken: Iterable[str] = ()
) -> tuple[Model, dict[Node, Node]]:
    """The model with names for its intermediate quantities, and its old lines by new ones.

    ``suffix`` closes every new name, as ``[t]`` does for quantities at one time; ``taken`` are
    names that no new one may have.
    """
    return _Stager(model, wrt, suffix, taken).run()


class _Stager:
    def __init__(
        self, model: Model, wrt: Container[Node], suffix: str, taken: Iterable[str]
    ) -> None:
        self.model, self.suffix = model, suffix
        self.wrt = wrt
        self.active = active_nodes(model.result, wrt)
        self.taken = {*model.inputs, *model.names, *model.symbols, *taken}
        self.done: dict[Node, Node] = {}
        self.names: dict[str, Node] = {}
        self.numbers: dict[str, int] = {}
        self.asked: set[str] = set()  # lines that are differentiated by

    def run(self) -> tuple[Model, dict[Node, Node]]:
        for key, line in self.model.names.items():
            definition = line.args[0]
            for node in below([definition], through_names=False):
                if node not in self.done:
                    self.done[node] = self.one(node, definition)
            self.names[key] = self.done[line] = named(key, self.done[definition])
            if line in self.wrt:
                self.asked.add(key)
        lines = {line: self.names[key] for key, line in self.model.names.items()}
        return replace(self.model, names=self.names), lines

    def one(self, node: Node, definition: Node) -> Node:
        """A node with its arguments staged."""
        if not node.args or node.op == "name":
            return node
        args = [self.staged_part(node, part) for part in parts(node)]
        return with_parts(node, args)

    def staged_part(self, node: Node, part: Node) -> Node:
        new = self.done[part]
        if part not in self.active:
            return new
        if node.op in LAYERS and part is node.args[0]:
            return self.argument(new)
        if node.op in USES and part.op in LAYERS:
            return self.name(VALUE_NAMES.get(part.op, "h"), new)
        return new

    def argument(self, node: Node) -> Node:
        """The argument of a layer: a sign or a factor stays outside of its name."""
        if node.op == "mul":
            inner = [arg for arg in node.args if arg.op in ("matmul", "add")]
            if len(inner) == 1 and inner[0].cost:
                fresh = self.name("z", inner[0])
                return with_parts(node, [fresh if p is inner[0] else p for p in parts(node)])
            return node
        return self.name("z", node) if node.cost >= 1 and node.op in ("add", "matmul") else node

    def name(self, base: str, node: Node) -> Node:
        known: Mapping[Node, Node] = {line.args[0]: line for line in self.names.values()}
        if node in known:
            # a copy of what a line says is no use of the line: it counts where one asks for that
            return node if known[node].data in self.asked else known[node]
        key = self.fresh(base)
        self.names[key] = named(key, node)
        return self.names[key]

    def fresh(self, base: str) -> str:
        """A name that is free: yhat, then yhat2; z1, z2."""
        while True:
            number = self.numbers[base] = self.numbers.get(base, 0) + 1
            key = base if len(base) > 1 and number == 1 else f"{base}{number}"
            key += self.suffix
            if key not in self.taken:
                self.taken.add(key)
                return key
