"""``gradus vectors neighbors``, ``analogy`` and ``odd``: questions to word vectors."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradus.cli.console import print_json, print_table
from gradus.cli.lazy import examples
from gradus.cli.options import Json
from gradus.cli.vectors.arguments import Count, Vectors

if TYPE_CHECKING:
    from gradus.vectors.table import Neighbor, WordVectors


@examples(
    "gradus vectors neighbors vectors king queen",
    "gradus vectors neighbors glove.6B.100d.txt frog -n 5 --json",
)
def neighbors(
    vectors: Vectors,
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Words to look around.")],
    n: Count = 10,
    json: Json = False,
) -> None:
    """Show the words nearest to each WORD, with their cosines."""
    table = _load(vectors)
    found = {word: table.most_similar(word, n=n) for word in words}
    if json:
        print_json({word: _plain(near) for word, near in found.items()})
        return
    for position, (word, near) in enumerate(found.items()):
        if position:
            print()
        print_table([word, "cosine"], near)


@examples(
    "gradus vectors analogy vectors man king woman",
    "gradus vectors analogy vectors france paris italy --method 3cosmul",
)
def analogy(
    vectors: Vectors,
    a: Annotated[str, typer.Argument(metavar="A")],
    b: Annotated[str, typer.Argument(metavar="B")],
    c: Annotated[str, typer.Argument(metavar="C")],
    method: Annotated[
        str, typer.Option(metavar="3cosadd|3cosmul", help="How candidates are scored.")
    ] = "3cosadd",
    n: Count = 10,
    json: Json = False,
) -> None:
    """Show the best answers to: A is to B as C is to what?"""
    table = _load(vectors)
    from gradus.vectors.queries import named_method

    near = table.analogy(a, b, c, n=n, method=named_method(method))
    if json:
        print_json({"a": a, "b": b, "c": c, "method": method, "answers": _plain(near)})
        return
    print_table([f"{a} : {b} = {c} :", "score"], near)


@examples("gradus vectors odd vectors breakfast lunch dinner car")
def odd(
    vectors: Vectors,
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Three words or more.")],
    json: Json = False,
) -> None:
    """Show the WORD that is farthest from the mean of all of them."""
    found = _load(vectors).odd_one_out(words)
    if json:
        print_json({"words": words, "odd": found})
        return
    print(found)


def _load(path: Path) -> "WordVectors":
    # starting OpenBLAS's threads takes longer than one product of a matrix and a vector; it is
    # told so before NumPy is imported, which is done here so that help stays quick
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from gradus.vectors.table import WordVectors

    return WordVectors.load(path)


def _plain(near: list["Neighbor"]) -> list[dict[str, Any]]:
    return [neighbor._asdict() for neighbor in near]
