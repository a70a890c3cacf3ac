"""The entry of any expression at index letters: ``(x @ W + b)_ij`` is ``Σ_k x_ik W_kj + b_j``."""

from collections.abc import Callable

from gradus.gradients.elements import meanings
from gradus.gradients.elements.letters import Letters, is_leaf, names_in
from gradus.gradients.elements.reader import Reader
from gradus.gradients.elements.tree import FIRST, Element, Index, Place, Places, letters_at
from gradus.gradients.expressions.nodes import Node

#: The module that fills :data:`~gradus.gradients.elements.reader.ENTRIES`.
HOME = meanings


def entry(node: Node, places: Places | str, *, opaque: Callable[[Node], bool] = is_leaf) -> Element:
    """The entry of a node at index letters, from entries of inputs, named lines and signals.

    ``places`` are letters, one for every axis; an axis of length 1 ignores its own. What is
    ``opaque`` is not written out.

    >>> from gradus.gradients.expressions.dims import Dim
    >>> from gradus.gradients.elements.writers import text
    >>> from gradus.gradients.expressions.nodes import leaf
    >>> from gradus.gradients.writing.notation import notation
    >>> N, D, H = map(Dim.symbol, "NDH")
    >>> x, W, b = leaf("x", (N, D), ""), leaf("W", (D, H), ""), leaf("b", (H,), "")
    >>> text(entry(x @ W + b, "ij"), notation)
    'Σ_k x[i, k] W[k, j] + b[j]'
    """
    if isinstance(places, str):
        pairs = zip(places, node.shape, strict=True)
        places = tuple(FIRST if n.is_one else Place(Index(letter, n)) for letter, n in pairs)
    letters = Letters(names_in([node]).union(*map(letters_at, places)))
    return Reader(letters, opaque).entry(node, places)
