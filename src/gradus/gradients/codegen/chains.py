"""Products of several matrices in the order that costs least, where the shapes tell."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

from gradus.gradients.codegen.programs import Program, Rules
from gradus.gradients.expressions.dims import Dim
from gradus.gradients.expressions.nodes import Node

#: Longer chains are left as they are.
LONGEST = 7

#: A number of multiplications in terms of lengths: how often each product of symbols is in it.
Cost = Counter[tuple[str, ...]]


def volume(lengths: Sequence[Dim]) -> Cost:
    """The product of some lengths.

    >>> N, D = Dim.symbol("N"), Dim.symbol("D")
    >>> volume([N, D + Dim.number(2)])
    Counter({('N',): 2, ('D', 'N'): 1})
    """
    found: Cost = Counter({(): 1})
    for dim in lengths:
        parts: list[tuple[tuple[str, ...], int]] = [((name,), n) for name, n in dim.terms]
        if dim.number_part:
            parts.append(((), dim.number_part))
        product: Cost = Counter()
        for symbols, count in found.items():
            for more, times in parts:
                product[tuple(sorted(symbols + more))] += count * times
        found = product
    return found


def cheaper(one: Cost, other: Cost) -> bool:
    """Whether ``one`` is at most ``other`` for all lengths of at least 2, and less for some.

    >>> N, D = Dim.symbol("N"), Dim.symbol("D")
    >>> cheaper(volume([N]), volume([N, D])), cheaper(volume([N]), volume([D]))
    (True, False)
    """
    return one != other and _covers(other, one)


def _covers(larger: Cost, smaller: Cost) -> bool:
    """Whether every product of ``smaller`` finds room in one of ``larger`` that it divides.

    ``K M N`` has room for ``M N`` and for ``K M``: each is at most half of it.
    """
    room = {symbols: Fraction(count) for symbols, count in larger.items()}
    for symbols, count in sorted(smaller.items(), key=lambda item: -len(item[0])):
        for _ in range(count):
            fitting = [
                (key, Fraction(1, 2 ** (len(key) - len(symbols))))
                for key in room
                if not Counter(symbols) - Counter(key)
            ]
            fitting = [(key, share) for key, share in fitting if room[key] >= share]
            if not fitting:
                return False
            key, share = min(fitting, key=lambda found: len(found[0]))
            room[key] -= share
    return True


def associated(node: Node, program: Program) -> Node | None:
    """A chain of products, associated anew if that is cheaper or meets a product that is known."""
    if node not in program.uses:
        return None  # it came about by this rule
    chain = list(_chain(node, program, top=True))
    if not 3 <= len(chain) <= LONGEST:
        return None
    ways = dict(_ways(tuple(chain)))
    if node not in ways:
        return None
    own = set(_products(node, program))
    best = node
    for way, price in ways.items():
        gain = _known(way, own, program) - _known(best, own, program)
        if cheaper(price, ways[best]) or (price == ways[best] and gain > 0):
            best = way
    return None if best is node else best


def _chain(node: Node, program: Program, *, top: bool = False) -> Iterator[Node]:
    """The factors of a product; a product that is needed as a whole stays one factor."""
    if node.op == "transpose" and node.rank == 2 and _opens(node.args[0], program):
        yield from (factor.T for factor in reversed(list(_chain(node.args[0], program))))
        return
    if not _opens(node, program, top=top):
        yield node
        return
    left, right = node.args
    # a vector in the middle belongs to one side: (A @ x) @ B is no chain
    yield from (left,) if _ends_in_vector(left, 1) else _chain(left, program)
    yield from (right,) if _ends_in_vector(right, 0) else _chain(right, program)


def _opens(node: Node, program: Program, *, top: bool = False) -> bool:
    """Whether a product may be taken apart: nobody needs it but as a factor beside a vector."""
    if node.op != "matmul" or any(arg.rank > 2 for arg in node.args):
        return False
    if top or program.uses.get(node, 0) <= 1:
        return True
    parents = program.parents.get(node, [])
    turned = [one for one in parents if one.op == "transpose"]
    users = [one for one in parents if one.op != "transpose"]
    users += [user for one in turned for user in program.parents.get(one, [])]
    roots = set(program.expressions())
    return not roots.intersection((node, *turned)) and all(
        one.op == "matmul" and any(arg.rank == 1 for arg in one.args) for one in users
    )


def _ends_in_vector(node: Node, side: int) -> bool:
    return node.op == "matmul" and node.args[side].rank == 1


def _ways(chain: tuple[Node, ...]) -> Iterator[tuple[Node, Cost]]:
    """Every way to put parentheses, with what it costs."""
    if len(chain) == 1:
        yield chain[0], Counter()
        return
    for cut in range(1, len(chain)):
        for left, left_cost in _ways(chain[:cut]):
            for right, right_cost in _ways(chain[cut:]):
                if _fit(left, right):
                    yield left @ right, left_cost + right_cost + _price(left, right)


def _fit(left: Node, right: Node) -> bool:
    return bool(left.rank and right.rank and left.shape[-1] == right.shape[max(0, right.rank - 2)])


def _price(left: Node, right: Node) -> Cost:
    return volume([*left.shape[:-1], *right.shape])


def _products(node: Node, program: Program) -> Iterator[Node]:
    return (one for one in program.inside(node) if one.op == "matmul")


def _known(node: Node, own: set[Node], program: Program) -> int:
    """How many products in it are computed elsewhere too."""
    return sum(program.uses.get(one, 0) > (one in own) for one in _products(node, program))


#: The rules of this module.
CHAINS: Rules = {"matmul": (associated,)}
